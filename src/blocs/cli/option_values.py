"""How the text of options is read: lists, pairs, roles of columns, sizes, meanings of cells, numbers of types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault
from .exit_codes import OptionError

__all__ = ["Types", "codes", "listed", "of_numbered", "pairs", "roles", "size", "type_range"]


def listed(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """A list with commas."""
    parts = () if value is None else tuple(part.strip() for part in value.split(",") if part.strip())
    _refuse_twice(parts)
    return None if value is None else parts


def _refuse_twice(parts: Sequence[str]) -> None:
    if twice := [part for part in dict.fromkeys(parts) if parts.count(part) > 1]:
        raise click.BadParameter(f"{twice[0]!r} is in the list twice")


def of_numbered(ctx: click.Context, param: click.Parameter, value: str | None) -> str | dict[str, str] | None:
    """Return a word, or contest -> word."""
    return pairs(ctx, param, value) if value and "=" in value else value


def pairs(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, str] | None:
    """A list of name=value."""
    if value is None:
        return None
    parts = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and text.strip() for name, _, text in parts):
        raise click.BadParameter(f"{value!r} is not a list of name=value, with commas")
    _refuse_twice([name.strip() for name, _, _ in parts])
    return {name.strip(): text.strip() for name, _, text in parts}


def roles(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, str | tuple[str, ...]] | None:
    """A list of role=column; nothing behind the sign says that no column has the role, several voter=column one id."""
    if value is None:
        return None
    parts = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(role.strip() and sign for role, sign, _ in parts):
        raise click.BadParameter(f"{value!r} is not a list of role=column, with commas")
    named = [(role.strip(), column.strip()) for role, _, column in parts]
    _refuse_twice([role for role, _ in named if role != "voter"])
    voter = tuple(column for role, column in named if role == "voter" and column)
    return {role: column or () for role, column in named} | ({"voter": voter} if len(voter) > 1 else {})


_SIZE = re.compile(r"\s*\d+(\.\d+)?\s*[KMGT]i?B\s*", re.IGNORECASE)


def size(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no size, also for files that are read without a limit because they are small."""
    if value is not None and not (_SIZE.fullmatch(value) and float(re.sub(r"[^\d.]", "", value))):
        raise OptionError(Fault(f"cannot use {value!r} as a limit", where="--memory",
                                rule="Write a number with a unit, such as '2GB' or '800MB'"))  # fmt: skip
    return value


def codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, dict[str, str]] | None:
    """COLUMNS:cell=meaning,... for each use of the option; COLUMNS may hold * and ?."""
    meanings: dict[str, dict[str, str]] = {}
    _refuse_twice([text.partition(":")[0].strip() for text in value])
    for text in value:
        columns, colon, rest = text.partition(":")
        if not colon:
            raise click.BadParameter(f"{text!r} has no columns before a colon, as in 'v_*:0=none,1=REP,2=DEM,*=other'")
        meanings[columns.strip()] = pairs(ctx, param, rest) or {}
    return meanings or None


if TYPE_CHECKING:
    _Numbers = click.ParamType[tuple[range, ...]]
else:
    _Numbers = click.ParamType  # of which click before 8.4 has one kind only


class Types(_Numbers):
    """Numbers of types: 4, 1-8 or 1,2,4; ranges stay ranges, however long they are."""

    name = "K"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[range, ...]:
        """Read the numbers; refuse a text that holds none."""
        if isinstance(value, tuple):
            return value
        ranges: list[range] = []
        for part in str(value).split(","):
            first, dash, last = part.partition("-")
            if not NUMBER.fullmatch(first) or (dash and not NUMBER.fullmatch(last)):
                self.fail(f"{value!r} is not a number, a range such as 1-8 or a list such as 1,2,4", param, ctx)
            if last and int(last) < int(first):
                self.fail(f"{value!r} goes down; write the smaller number first, as in {last.strip()}-{first.strip()}",
                          param, ctx)  # fmt: skip
            ranges.append(range(int(first), int(last or first) + 1))
        if not all(ranges) or min(part.start for part in ranges) < 1:
            self.fail(f"{value!r} holds no number of types; the least is 1", param, ctx)
        return tuple(ranges)


NUMBER = re.compile(r"\s*[0-9]{1,18}\s*")
"""A number of types as text: digits that Python's int reads, and not more of them than such a number has."""
type_range = Types()
