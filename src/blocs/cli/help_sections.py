"""Options that say what they are for, and the help of a command that lists them under headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ..core.errors import nearest
from .completed import completed
from .usage_errors import ranges_in_words

__all__ = ["Section", "option", "write_options"]

SEVERAL = re.compile(r"[0-9]+([-,][0-9]+)+")
"""A range or a list of numbers."""
F = TypeVar("F", bound=Callable[..., Any])
ELSEWHERE = {"r3step": "ml", "3step": "ml", "vermunt": "ml", "dcat": "ml"}
"""What other programs call a choice, in small letters."""


class Section(Enum):
    """Headings of the help, in their order."""

    SIMULATION = "Simulation"
    DATA = "Data"
    CODING = "Coding of ballots"
    TABLES = "Tables"
    TESTS = "Tests"
    SEARCH = "Fit and search"
    OUTPUT = "Output"
    HELP = "Help"


class SectionOption(click.Option):
    """An option with the section of the help that it stands in."""

    def __init__(self, *names: Any, section: Section, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.section = section

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help, ranges in words."""
        record = super().get_help_record(ctx)
        return record and (record[0], ranges_in_words(record[1]))

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Read the value; of what is no whole number, say which form one has, of no choice the nearest one."""
        if isinstance(self.type, click.types.IntParamType) and isinstance(value, str) and not _is_whole(value):
            if self.name == "types" and SEVERAL.fullmatch(value):
                several = f"{value!r} is several numbers, and one is needed. `blocs compare FILE --types {value}`"
                raise click.BadParameter(f"{several} compares them", ctx, self)
            raise click.BadParameter(f"{value!r} is no whole number in digits, such as 12 or 1000", ctx, self)
        if isinstance(self.type, click.Choice) and isinstance(value, str):
            value = _chosen(value, list(self.type.choices), ctx, self)
        if isinstance(self.type, click.types.BoolParamType) and isinstance(value, str):
            value = _truth(value, ctx, self)
        return super().type_cast_value(ctx, value)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what the tab key completes."""
        return completed(self, incomplete)


def _truth(word: str, ctx: click.Context, of: click.Option) -> bool:
    """Return what a text of the environment or of the file of options says of a flag."""
    try:
        return bool(of.type.convert(word, of, ctx))
    except click.BadParameter:
        raise click.BadParameter(f"{word!r} is neither true nor false", ctx, of) from None


def _chosen(word: str, choices: Sequence[str], ctx: click.Context, of: click.Option) -> str:
    """Return a choice as it is written here; upper case counts as lower case. Refuse what is none."""
    for choice in choices:
        if word.casefold() == choice.casefold():
            return choice
    near = ELSEWHERE.get(word.casefold(), word)
    near = near if near in choices else nearest(word, choices)
    hint = f" Nearest match: {near}." if near else ""
    raise click.BadParameter(f"{word!r} is not one of {', '.join(map(repr, choices))}.{hint}", ctx, of)


def _is_whole(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def option(section: Section, *names: str, **settings: Any) -> Callable[[F], F]:
    """Return a decorator that adds an option to a command, in a section of its help."""
    return click.option(*names, cls=SectionOption, section=section, **settings)


def write_options(ctx: click.Context, params: Sequence[click.Parameter], formatter: click.HelpFormatter) -> None:
    """Write the options under their headings."""
    options = [param for param in params if isinstance(param, click.Option)]
    for section in Section:
        chosen = [o for o in options if getattr(o, "section", Section.HELP) is section]
        records = [record for o in chosen if (record := o.get_help_record(ctx))]
        if records:
            with formatter.section(section.value):
                formatter.write_dl(records)
