"""Options that say what they are for, and the help of a command that lists them under headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

import click

__all__ = ["Section", "option", "write_options"]

F = TypeVar("F", bound=Callable[..., Any])


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

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Read the value; of what is no whole number, say which form one has."""
        if isinstance(self.type, click.types.IntParamType) and isinstance(value, str) and not _is_whole(value):
            raise click.BadParameter(f"{value!r} is no whole number in digits, such as 12 or 1000", ctx, self)
        return super().type_cast_value(ctx, value)


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
