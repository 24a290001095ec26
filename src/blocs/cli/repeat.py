"""The commands that make a saved fit and its page again, from the settings that the fit has."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from ..core.printable import printable
from .options import DataOptions

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["commands", "made_by", "written"]

SEARCH = ("types", "starts", "seed", "method", "prior", "accelerate", "exchange", "steps")
"""Settings of a fit that are options of `blocs fit`."""


def commands(
    ctx: click.Context, fit: Fit | FitsByGroup, fitted: str, files: tuple[str, ...], options: DataOptions
) -> list[str]:
    """Return the command that makes the fit from its files, where it has how they were read, and the one of `ctx`.

    fitted: the file of the fit; options: how the data were read and coded. A file of a comparison has no options, so
    that a comment says which command made it.
    """
    this = shlex.join(["blocs", "report", fitted, *files, *written(ctx.command, _given(ctx))])
    last = [this] if ctx.params["comparison"] is None else [_made_before(ctx.params["comparison"]), this]
    return [*made_by(fit, files, options, files=[fitted]), *last]


def made_by(
    fit: Fit | FitsByGroup, data: tuple[str, ...], options: DataOptions, **outputs: Any
) -> list[str]:
    """Return the command that makes the fit from its data; nothing where it does not have how they were read.

    data: their files; outputs: name of a parameter of `blocs fit` -> the files that it writes.
    """
    from ..results.fits_by_group import FitsByGroup
    from .fit import command as fit_command

    settings = dict(fit.first.settings if isinstance(fit, FitsByGroup) else fit.settings)
    if "data" not in settings:
        return []
    search = {name: settings[name] for name in {*SEARCH} & {*settings} - {*settings.get("not_chosen", ())}}
    if "constraints_file" in settings:
        search["constraints"] = settings["constraints_file"]
    by = {"group_by": fit.by} if isinstance(fit, FitsByGroup) else _free_by_group(fit)
    made = written(fit_command, {**options.to_dict(), **search, **by, **outputs})
    return [shlex.join(["blocs", "fit", *data, *made])]


def _free_by_group(fit: Fit) -> dict[str, Any]:
    """Return the options `--by` and `--equal` of a fit with items that are free by group, in place of `--by-group`."""
    groups = {column for item in fit.schema.items if item.within for column, _ in item.within[1]}
    equal = [item.name for item in fit.schema.items if item.within is None]
    return {"by_group": None, "group_by": ",".join(groups), "equal": equal or ["none"]} if groups else {}


def _made_before(comparison: str) -> str:
    """Return a comment for a shell on the file of a comparison; a name cannot end it.

    Examples
    --------
    >>> _made_before("a\\nb.csv")
    '# a\\\\nb.csv was made before by blocs compare; it does not have the options that were given.'
    """
    name = printable(comparison).replace("\n", "\\n")
    return f"# {name} was made before by blocs compare; it does not have the options that were given."


def _given(ctx: click.Context) -> dict[str, Any]:
    """Return the options that the caller gave."""
    source = click.core.ParameterSource.COMMANDLINE
    return {name: value for name, value in ctx.params.items() if ctx.get_parameter_source(name) is source}


def written(command: click.Command, values: Mapping[str, Any]) -> Iterator[str]:
    """Give the words of the options of a command that have these values, but those that are the default.

    values: name of the parameter -> value, as the command gets it.
    """
    for option in command.params:
        if not isinstance(option, click.Option) or option.name not in values:
            continue
        name, value = max(option.opts, key=len), values[option.name]
        if option.is_flag:
            if value != option.default:
                yield name if value else max(option.secondary_opts, key=len)
        elif value is not None and _text(value) != _text(option.default):
            for text in _texts(value) if option.multiple else [_text(value)]:
                yield from (name, text)


def _texts(value: Any) -> list[str]:
    """Return a value as the texts of an option that is given several times: files, or columns and their cells."""
    if isinstance(value, Mapping):
        return [f"{columns}:{_text(cells)}" for columns, cells in value.items()]
    return [str(one) for one in value]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={text or ''}" for name, text in value.items())
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
