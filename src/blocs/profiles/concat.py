"""concat: several sets of profiles as one, with the union of their outcomes, menus and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account
from ..core.errors import Fault, InputError, UnsupportedError
from ..core.lazy import lazy_import
from ..core.schema import Schema
from .menus import joined_notes
from .profiles import Profiles, require_profiles
from .relabel import translate, union

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["concat"]


def concat(parts: Sequence[Profiles]) -> Profiles:
    """Return the profiles of all parts together, with the union of their outcomes, menus and groups.

    Parameters
    ----------
    parts : sequence of Profiles
        One or more sets of profiles with the same items and the same group columns.

    Returns
    -------
    Profiles
        Equal rows are merged. Sampling weights are kept as they stand, and input rows follow one another.

    Raises
    ------
    InputError
        When there are no parts, or two parts differ in their items or in what they are grouped by.
    UnsupportedError
        For profiles with covariates.

    Examples
    --------
    >>> import blocs
    >>> parts = [blocs.Profiles.from_table({"q": ["yes", "no"]}), blocs.Profiles.from_table({"q": ["no", "maybe"]})]
    >>> blocs.concat(parts)
    Profiles of 4 observations
      distinct profiles  3
      groups             none
      weights            numbers of observations
      items              1
      - q                maybe, no, yes
    """
    if not parts:
        raise InputError(Fault("there are no profiles to join", rule="Give at least one"))
    for part in parts:
        require_profiles(part)
    if any(part.covariates is not None for part in parts):
        raise UnsupportedError("Profiles with covariates cannot be joined yet. Join their tables, and make profiles of "
                               "the whole.")  # fmt: skip
    _check_parts(parts)
    names = parts[0].schema.names
    schema = Schema(tuple(union([part.schema.item(name) for part in parts]) for name in names))
    codes = [_codes_in(schema, part) for part in parts]
    grouped = parts[0].cells is not None
    rows = [part.cells.row if part.cells is not None else np.arange(len(part)) for part in parts]
    counts = [part.cells.counts if part.cells is not None else part.counts for part in parts]
    weights = [part.cells.weights if part.cells is not None else part.weights for part in parts]
    whole = Profiles.from_codes(
        schema,
        np.vstack([c[row] for c, row in zip(codes, rows, strict=True)]),
        np.concatenate(counts),
        design=np.concatenate(weights) / np.concatenate(counts) if any(part.design for part in parts) else None,
        squared=np.concatenate([_squares(part) for part in parts]) if any(part.design for part in parts) else None,
        groups=pd.concat([part.cells.labels() for part in parts if part.cells is not None]) if grouped else None,
        values=np.vstack([part.values_in(schema)[row] for part, row in zip(parts, rows, strict=True)])
        if schema.measured
        else None,
        account=sum((part.account for part in parts), Account()),
    )
    notes = joined_notes([note for part in (*parts, whole) for note in part.notes], whole.schema)
    index, labels = _joined_index(parts, rows, whole)
    outcomes = parts[0].cells.outcomes if parts[0].cells is not None else ()
    cells = whole.cells and replace(whole.cells, outcomes=outcomes)
    return replace(whole, index=index, rows=labels, notes=notes, cells=cells)


def _squares(part: Profiles) -> NDArray[np.float64]:
    """Return the squared weights of the rows that are joined: of cells where there are groups."""
    if part.cells is None:
        return part.squares
    if not part.design:
        return part.cells.counts
    assert part.cells.squared is not None, "cells of rows with sampling weights have their squares"
    return part.cells.squared


def _codes_in(schema: Schema, part: Profiles) -> NDArray[np.int64]:
    """Return the codes of one part in the items of a schema that has all its outcomes and menus."""
    place = {name: j for j, name in enumerate(part.schema.names)}
    columns = []
    for item in schema.items:
        j = place[item.name]
        columns.append(translate(part.schema.items[j], item, into=item)[1][part.codes[:, j]])
    return np.column_stack(columns)


def _joined_index(
    parts: Sequence[Profiles], rows: Sequence[NDArray[np.int64]], whole: Profiles
) -> tuple[NDArray[np.int64] | None, pd.Index[Any] | None]:
    """Return the profile of every input row of all parts, and the rows' labels, where every part has its own."""
    indexes, labels, done = [], [], 0
    for part, row in zip(parts, rows, strict=True):
        if part.index is None or part.rows is None or whole.index is None:
            return None, None
        profile = np.empty(len(part), dtype=np.int64)
        profile[row] = whole.index[done : done + len(row)]
        done += len(row)
        indexes.append(np.where(part.index < 0, part.index, profile[part.index]))
        labels.append(part.rows)
    return np.concatenate(indexes), labels[0].append(labels[1:])


def _check_parts(parts: Sequence[Profiles]) -> None:
    names = parts[0].schema.names
    faults = [
        Fault(
            f"part {i} has items {', '.join(map(repr, part.schema.names))}",
            rule=f"All parts have the items of part 0: {', '.join(map(repr, names))}",
        )
        for i, part in enumerate(parts)
        if set(part.schema.names) != set(names)
    ]
    by = [() if part.cells is None else tuple(part.cells.table.columns) for part in parts]
    faults += [
        Fault(f"part {i} is grouped by {_listed(group)}", rule=f"All parts have the groups of part 0: {_listed(by[0])}")
        for i, group in enumerate(by)
        if group != by[0]
    ]
    if faults:
        raise InputError(*faults)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"
