"""One column to codes: its labels, its outcomes (declared or those present), and the menus they were chosen from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, more, nearest
from ..core.lazy import lazy_import
from ..core.schema import MISSING, Item, Label, label_order, plain_label
from .frames import Columns
from .menus import unseen
from .numeric import Described
from .rows import compact

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["columns_of_menus", "encode_item"]

Menus = Any  # one set of labels | one set per row | name of a column of sets | (column name, {value: set})


def columns_of_menus(menus: Mapping[str, Menus]) -> set[str]:
    """Return the columns that hold menus, or codes of menus: they are no items."""
    coded = [given[0] for given in menus.values() if _is_coded(given)]
    return {str(name) for name in (*coded, *(given for given in menus.values() if isinstance(given, str)))}


def encode_item(name: str, columns: Columns, levels: Sequence[Any] | None, menus: Menus) -> Described:
    """Return one item and the (N,) unsigned codes of its column, before pruning.

    levels: the outcomes, where the caller declares them; menus: what was on offer (see Profiles.from_table). Levels
    that the column's type declares, as a filtered categorical's does, are outcomes where a row or a menu has them.
    Raises InputError: levels not declared, outcomes not on their menus.
    """
    place, labels = _factorize(name, columns)
    offered = _read_menus(name, menus, columns) if menus is not None else None
    present = set(labels) | (set().union(*offered.sets) if offered is not None else set())
    of_column = columns.declared.get(name) or ()
    outcomes = _outcomes(name, levels, of_column, present)
    position = {label: i for i, label in enumerate(outcomes)}
    outcome = np.array([position[label] for label in labels] + [-1], dtype=np.int64)
    if offered is None:
        item = Item.full(name, outcomes)
        gone = () if levels is not None or not present else tuple(v for v in of_column if v not in present)
        codes = compact(outcome + 1, [item.size])[place]
        return Described(item, codes, notes=tuple(unseen(name, label) for label in gone))
    outcome = outcome[place]
    sets = [tuple(sorted(position[label] for label in menu)) for menu in offered.sets]
    item = Item(name, outcomes, tuple(sorted({menu for menu in sets if menu}, reverse=True)))
    number = {menu: m for m, menu in enumerate(item.menus)}
    of_row = np.array([number.get(menu, -1) for menu in sets], dtype=np.int64)[offered.of_row]
    codes = np.where((of_row < 0) | (outcome < 0), -1, item.lookup[of_row, outcome] if item.menus else -1)
    wrong = np.flatnonzero((place >= 0) & (codes < 0))
    if len(wrong):
        raise InputError(_off_menu(name, columns.rows, wrong, labels[place[wrong[0]]], offered))
    return Described(item, compact(np.where(place < 0, MISSING, codes), [item.size]))


def _outcomes(
    name: str, levels: Sequence[Any] | None, of_column: tuple[Label, ...], present: set[Label]
) -> tuple[Label, ...]:
    """Return the outcomes that the caller declares, else those present, in the order of the column's type or sorted."""
    declared = _declared(name, levels) if levels is not None else of_column
    if not declared:
        return tuple(sorted(present, key=label_order))
    _refuse_undeclared(name, sorted(present, key=label_order), declared)
    return declared if levels is not None else tuple(label for label in declared if label in present)


def _declared(name: str, levels: Sequence[Any]) -> tuple[Label, ...]:
    declared = tuple(plain_label(v) for v in levels)
    where = f"levels[{name!r}]"
    faults = [
        Fault(f"outcome {label!r} is listed {n} times", where=where, rule="Outcomes are unique")
        for label, n in Counter(declared).items()
        if n > 1
    ]
    if not declared:
        faults.append(Fault("no outcomes are declared", where=where, rule="At least one is needed"))
    if faults:
        raise InputError(*faults)
    return declared


def _factorize(name: str, columns: Columns) -> tuple[NDArray[np.int64], list[Label]]:
    """Return (N,) positions in the list of labels, -1 where missing, and the labels in order of appearance."""
    try:
        place, uniques = columns.factorized(name, "items")
    except TypeError:
        raise InputError(
            Fault("a cell holds a list or another value that cannot be a label", where=f"item {name!r}",
                  rule="Labels are text, numbers, true or false")
        ) from None  # fmt: skip
    raw = [plain_label(v) for v in uniques]
    if any(isinstance(v, float) and np.isinf(v) for v in raw):
        raise InputError(
            Fault(
                "a cell is infinite",
                where=f"item {name!r}",
                rule="Labels are text, finite numbers, true or false",
            )
        )
    labels = list(dict.fromkeys(raw))
    merged = np.array([labels.index(v) for v in raw] + [-1], dtype=np.int64) if len(labels) < len(raw) else None
    return (merged[place] if merged is not None else place), labels


@dataclass(frozen=True)
class _Offered:
    """Distinct menus of an item as sets of labels, and (N,) which one each row had."""

    sets: list[frozenset[Label]]
    of_row: NDArray[np.int64]


def _read_menus(name: str, menus: Menus, columns: Columns) -> _Offered:
    where = f"menus[{name!r}]"
    if isinstance(menus, str):
        return _menus_of_rows(where, list(columns.get(menus, where)))
    if _is_coded(menus):
        return _coded_menus(where, columns.get(menus[0], where), menus[1])
    if not _is_set(menus):
        raise InputError(
            Fault(f"{menus!r} is not a menu", where=where, rule="Give one set of outcomes, one set for each row, the "
                  "name of a column of sets, or (column, {value: set})")
        )  # fmt: skip
    if isinstance(menus, set | frozenset) or not any(_is_set(m) for m in menus):
        return _Offered([_labels(where, menus)], np.zeros(len(columns), dtype=np.int64))
    rows = len(columns) if columns.kept is None else len(columns.kept)
    if len(menus) != rows:
        raise InputError(
            Fault(
                f"{counted(len(menus), 'menu')} for {counted(rows, 'row')}",
                where=where,
                rule="Give one set for all rows, or one set for each row",
            )
        )
    return _menus_of_rows(where, menus if columns.kept is None else list(compress(menus, columns.kept)))


def _menus_of_rows(where: str, menus: Sequence[Any]) -> _Offered:
    """Return one menu a row; a row without a set was offered nothing."""
    number: dict[frozenset[Label], int] = {}
    of_row = np.empty(len(menus), dtype=np.int64)
    number_of: dict[Hashable, int] = {}
    for i, menu in enumerate(menus):
        key: Hashable = frozenset(menu) if _is_set(menu) else None
        if key not in number_of:
            labels = _labels(where, menu) if _is_set(menu) else frozenset()
            number_of[key] = number.setdefault(labels, len(number))
        of_row[i] = number_of[key]
    return _Offered(list(number), of_row)


def _coded_menus(where: str, column: pd.Series[Any], sets_by_code: Mapping[Any, Any]) -> _Offered:
    place, uniques = pd.factorize(column)
    menu_of = {plain_label(value): menu for value, menu in sets_by_code.items()}
    values = [plain_label(v) for v in uniques]
    faults = [
        Fault(f"menu code {v!r} is not explained", where=where,
              rule=f"The codes given are {', '.join(map(repr, menu_of))}", nearest=nearest(v, menu_of))
        for v in values
        if v not in menu_of
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    sets = [_labels(where, menu_of[v]) for v in values]
    if (place < 0).any():
        sets.append(frozenset())
    return _Offered(sets, np.where(np.asarray(place) < 0, len(values), place).astype(np.int64))


def _is_coded(menus: Menus) -> bool:
    """Whether menus are given as (column, {value: set})."""
    return isinstance(menus, tuple) and len(menus) == 2 and isinstance(menus[1], Mapping)


def _is_set(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes)


def _labels(where: str, menu: Any) -> frozenset[Label]:
    options = list(menu)
    if any(option is None or option is pd.NA or option != option for option in options):
        raise InputError(
            Fault("a menu holds a missing value", where=where, rule="A menu is a set of outcomes",
                  remedy="An item that was not on the ballot has an empty menu")
        )  # fmt: skip
    return frozenset(plain_label(v) for v in options)


def _refuse_undeclared(name: str, labels: Sequence[Label], declared: Sequence[Label]) -> None:
    faults = [
        Fault(f"outcome {label!r} is not declared", where=f"item {name!r}",
              rule=f"Its outcomes are {', '.join(map(repr, declared))}", nearest=nearest(label, declared))
        for label in labels
        if label not in set(declared)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def _off_menu(name: str, rows: pd.Index[Any], wrong: NDArray[np.int64], label: Label, offered: _Offered) -> Fault:
    menu = offered.sets[int(offered.of_row[wrong[0]])]
    options = ", ".join(repr(v) for v in sorted(menu, key=label_order)) or "nothing"
    return Fault(
        f"row {plain_label(rows[wrong[0]])!r} chose {label!r} from a menu of {options}{more(len(wrong) - 1)}",
        where=f"item {name!r}",
        rule="An outcome must be on its row's menu",
        remedy="Correct the menus, or make the outcome missing",
    )
