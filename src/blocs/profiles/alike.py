"""New tables read as the table of a fit was: each item from its columns, by the kind that the schema remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.errors import Fault, InputError
from ..core.schema import Item, Kind, Schema
from .kinds import Binomial, Description, Gaussian, Known, Multinomial, Values
from .profiles import Profiles
from .traced import Traced, profiles_of

__all__ = ["profiles_alike"]


def profiles_alike(data: Any, schema: Schema, covariates: Sequence[str] = ()) -> Profiles:
    """Return profiles as they are, those of coded ballots, and any table as profiles of the items of a schema.

    A table has the columns that the items were read from; those that say what is known of the type may be absent. Rows
    in which every item is missing are kept. covariates: names of columns that are these, too. Raises InputError for
    columns that are not there, and for items that need more than a table: those with menus, and those that no table was
    read into.
    """
    if isinstance(data, Profiles | Traced):
        return profiles_of(data)
    faults = [
        Fault(f"item {item.name!r} had {why}", where="data", rule="A table alone does not say all of it",
              remedy="Make profiles as those of the fit were made")
        for item in schema.items
        if (why := _beyond_a_table(item))
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    kinds = {item.name: _description(item.kind) for item in schema.items if item.kind is not None}
    absent = {name for name, kind in kinds.items() if isinstance(kind, Known) and not _has(data, kind.needs(name))}
    names = [item.within[0] if item.within else item.name for item in schema.items if item.name not in absent]
    return Profiles.from_table(
        data,
        items=list(dict.fromkeys(names)),
        kinds={name: kind for name, kind in kinds.items() if name not in absent},
        keep_empty=True,
        covariates=covariates,
    )


def _beyond_a_table(item: Item) -> str:
    """Return what an item has that no table says, "" where a table says all."""
    if item.kind is None:
        return "" if item.plain or not item.menus else "menus"
    read = dict(item.kind.read)
    known = {"binomial": "trials" in read, "known": bool(read), "multinomial": True, "gaussian": True}
    read_from_columns = known.get(item.kind.family, "whole" in read)
    return "" if read_from_columns else f"{item.kind.family} values that no table was read into"


def _description(kind: Kind) -> Description:
    """Return how the columns of an item were described."""
    read, options = dict(kind.read), dict[str, Any](kind.options)
    if kind.family == "binomial":
        return Binomial(**read)
    if kind.family == "known":
        return Known(**read)
    if kind.family == "multinomial":
        return Multinomial(kind.parts)
    if kind.family == "gaussian":
        return Gaussian(kind.parts, **options)
    return Values(kind.family, options=kind.options, **read)


def _has(table: Any, columns: tuple[str, ...]) -> bool:
    """Whether a table has all the columns."""
    names = table.column_names if hasattr(table, "column_names") else getattr(table, "columns", table)
    return all(name in names for name in columns)
