"""Options where Python has arguments: a fault of an argument becomes one of the option that gave its value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import click

from ..core.errors import Fault, InputError, UnsupportedError, nearest
from ..core.memory import require_space
from .exit_codes import OptionError
from .help_sections import write_options
from .settings_file import options_of_file, options_used, place_of, refuse_variables
from .usage_errors import WORDS, name_of

__all__ = ["ALIASES", "Command", "option_errors", "words_of"]

ALIASES = {
    "init": ("resume",),
    "threads": ("jobs",),
    "groups": ("by", "groups", "cluster", "by_group"),
    "covariates": ("covariates", "by_group"),
    "by": ("group_by",),
    "pairs": ("dependent",),
    "path": ("file",),
}
"""Arguments of functions behind the commands, and the options that give their values under another name."""
FUNCTIONS = {"blocs.joint_items": "dependent"}
"""Functions that texts mention, and the options that have them called."""
OTHER_WORDS = {
    **dict.fromkeys(("--nclass", "--nclasses", "--n-classes", "--classes", "--clusters", "--nclusters", "--n-clusters",
                     "--components", "--n-components", "--k", "-k"), "--types"),
    "--by-top": "--by",
}  # fmt: skip
"""Words for an option that are not spelled like it, such as those of other programs, and the option."""
OF_COMMANDS = {("plot", "--group"): "--by"}
"""Command and word for an option that is spelled like one for something else, and the option."""
VALUES = re.compile(r"\b(prior|kind)=(['\"]?)(\w+)\2")
"""Arguments with a value that texts recommend, whose options have the same name: prior=0 is --prior 0."""


class Command(click.Command):
    """A command whose faults name options, `--resume`, where Python has arguments, `init`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options under headings that say what they are for."""
        write_options(ctx, self.get_params(ctx), formatter)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line, and what the environment and `blocs.toml` add to it."""
        if parent is not None and not parent.resilient_parsing:
            refuse_variables(self)
            extra["default_map"] = options_of_file(self, partial(_commands, parent))
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        ctx.meta[WORDS] = tuple(args)
        with _naming_options(ctx), _with_nearest(ctx):
            self._refuse_twice(ctx, args)
            try:
                return super().parse_args(ctx, args)
            except click.BadParameter as error:
                place = place_of(ctx, error.param.name if error.param is not None else None)
                if not place:
                    raise
                raise click.BadParameter(f"{error.message} (from {place})", error.ctx, error.param) from None

    def _refuse_twice(self, ctx: click.Context, args: list[str]) -> None:
        """Raise InputError for outputs that are one file and are given several, of which click keeps the last.

        Of other options the last one counts, as in other programs: a call can be made again with one value changed.
        """
        if ctx.resilient_parsing:
            return
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        single = (p for p in given if isinstance(p, click.Option) and not p.multiple and "--out" in p.opts)
        faults = [
            Fault(f"it is given {'twice' if number == 2 else f'{number} times'}", argument=str(option.name),
                  rule="It has one value", remedy="Leave out all but one")
            for option, number in Counter(single).items() if number > 1
        ]  # fmt: skip
        if faults:
            raise InputError(*faults)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        used = options_used(ctx)
        if used and not ctx.params.get("quiet"):
            click.echo(used, err=True)
        require_space()
        with _naming_options(ctx):
            return super().invoke(ctx)


@contextmanager
def _with_nearest(ctx: click.Context) -> Iterator[None]:
    """Name the nearest option for one that the command does not have: click lists several, by the alphabet.

    Of an option without its value, and of a flag with one, say so in the form of all errors of options.
    """
    try:
        yield
    except click.BadOptionUsage as error:
        is_flag = any(error.option_name in p.opts and getattr(p, "is_flag", False) for p in ctx.command.get_params(ctx))
        text = f"{error.option_name}: it {'takes no' if is_flag else 'needs a'} value"
        raise click.BadOptionUsage(error.option_name, text, ctx=ctx) from None
    except click.NoSuchOption as error:
        word = error.option_name
        known = [name for p in ctx.command.get_params(ctx) for name in p.opts if isinstance(p, click.Option)]
        other = OF_COMMANDS.get((str(ctx.command.name), word)) or OTHER_WORDS.get(word.replace("_", "-"))
        near = other if other in known else nearest(word, known)
        text = f"there is no option {word!r}.{f' Nearest match: {near}.' if near else ''}"
        raise click.NoSuchOption(word, text, ctx=error.ctx) from None


def words_of(ctx: click.Context) -> list[str]:
    """Return the words of the command line, after the name of the command."""
    return list(ctx.meta[WORDS])


def _commands(parent: click.Context) -> Mapping[str, click.Command]:
    """Load all commands."""
    group = parent.command
    names = group.list_commands(parent) if isinstance(group, click.Group) else []
    found = {name: group.get_command(parent, name) for name in names if isinstance(group, click.Group)}
    return {name: command for name, command in found.items() if command is not None}


@contextmanager
def _naming_options(ctx: click.Context) -> Iterator[None]:
    """Raise the faults of arguments anew, as faults of options, and what is not computed with options in its text."""
    try:
        yield
    except InputError as error:
        options = option_errors(ctx)
        kind = OptionError if any(fault.argument in options for fault in error.faults) else type(error)
        raise kind(*(_of_option(_of_default(fault, ctx), options) for fault in error.faults)) from error
    except UnsupportedError as error:
        raise UnsupportedError(_with_options(str(error), option_errors(ctx))) from error


def _of_default(fault: Fault, ctx: click.Context) -> Fault:
    """Return the fault with the fact that its value is the default, where the user gave none."""
    if ctx.get_parameter_source(fault.argument) is not click.core.ParameterSource.DEFAULT:
        return fault
    value = ctx.params.get(fault.argument)
    quoted = isinstance(value, str) and fault.what.endswith(repr(value))
    return replace(fault, what=f"{fault.what}, which is the default") if quoted else fault


def option_errors(ctx: click.Context) -> dict[str, str]:
    """Return argument -> option of the command, such as "init" -> "--resume".

    Where several options give the value of an argument, those that were used are named: "--by or --groups"; -o is
    named where it was written.
    """
    words = ctx.meta.get(WORDS, ())
    options = {p.name: "-o" if "-o" in p.opts and "-o" in words else name_of(p) for p in ctx.command.params if p.name}
    names = dict(options)
    for argument, stand_ins in ALIASES.items():
        present = [name for name in stand_ins if name in options]
        used = [name for name in present if ctx.params.get(name)]
        if present:
            names[argument] = " or ".join(options[name] for name in used or present[:1])
    return names


def _of_option(fault: Fault, options: Mapping[str, str]) -> Fault:
    """Return the fault with the options in place of the arguments that it is about and that its texts mention."""
    texts = {name: _with_options(getattr(fault, name), options) for name in ("what", "rule", "remedy")}
    if fault.argument not in options:
        return replace(fault, **texts)
    option = f"{options[fault.argument]} {fault.key}".rstrip()
    return replace(fault, where=", ".join(filter(None, (option, fault.where))), argument="", key="", **texts)


def _with_options(text: str, options: Mapping[str, str]) -> str:
    for argument, option in options.items():
        text = text.replace(f"`{argument}=`", option)
    for function, argument in FUNCTIONS.items():
        text = text.replace(function, options.get(argument, function))
    return VALUES.sub(r"--\1 \3", text)
