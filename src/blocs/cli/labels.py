"""Short labels of offices, which the user chooses, for the tables that are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..core.errors import Fault, InputError, missing_columns, nearest

if TYPE_CHECKING:
    from ..core.schema import Schema

__all__ = ["read_labels", "with_group_labels"]


def read_labels(path: str | None, offices: Sequence[str]) -> dict[str, str]:
    """Return office -> label; its name where the file has none.

    Parameters
    ----------
    path : str, optional
        A CSV file with columns office and label.
    offices : sequence of str
        The offices that are printed.

    Raises
    ------
    InputError
        For missing columns, offices that are not there or have two rows, rows without a label, and a label that two
        offices would have.
    """
    names = {office: office for office in offices}
    if path is None:
        return names
    from ..tables.survey_table import text_table

    table = text_table(path)
    faults = missing_columns(("office", "label"), "labels", [str(name) for name in table.columns])
    if faults:
        raise InputError(*faults)
    cells = table[["office", "label"]].fillna("").map(lambda cell: str(cell).strip())
    first: dict[str, str] = {}
    for place, office, label in zip(table.index, cells["office"], cells["label"], strict=True):
        where = f"{table.index.name or 'row'} {place}"
        if office not in names:
            faults.append(Fault(f"no office is called {office!r}", where, f"The offices are {', '.join(offices)}",
                                nearest(office, offices), argument="labels"))  # fmt: skip
        elif not label:
            faults.append(Fault(f"{office!r} has no label", where, "Every row gives one", argument="labels"))
        elif office in first:
            faults.append(Fault(f"{office!r} has a label in {first[office]} already", where,
                                "An office has one row", argument="labels"))  # fmt: skip
        else:
            first[office], names[office] = where, label
    labels = list(names.values())
    faults += [
        Fault(f"{label!r} stands for {' and '.join(repr(o) for o in names if names[o] == label)}", argument="labels",
              rule="Offices are told apart by their labels")
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return names


def with_group_labels(labels: Mapping[str, str], schema: Schema) -> dict[str, str]:
    """Return labels of items with those of items of single groups: the label of the item, and the group."""
    from ..profiles.group_items import group_item

    own = {item.name: group_item(labels[item.within[0]], item.within[1]) for item in schema.items if item.within}
    return {**labels, **own}
