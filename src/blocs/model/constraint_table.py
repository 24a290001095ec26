"""constraints_of: the rows of a table of constraints, checked against the items."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.errors import Fault, InputError, UnsupportedError, counted, missing_columns, nearest
from ..core.schema import Item, Label, Schema, plain_label
from ..families import INDEPENDENT, Constraint
from ..profiles.frames import read_columns

__all__ = ["constraints_of"]

COLUMNS = ("item", "type", "outcome", "equals")


def constraints_of(table: Any, schema: Schema, types: int) -> tuple[Constraint, ...]:
    """Return the constraints of a table, in its order; the families check what they mean together.

    Parameters
    ----------
    table : table, or list of mappings
        A row for each constraint, in the columns item, type, outcome, equals.
    schema : Schema
        The items.
    types : int
        Number of types K.

    Raises
    ------
    InputError
        If columns are missing, or a row names an item, a type or an outcome that is not there or has no value and no
        label, such as "50%" or a truth value; if a probability has two rows, or a label one; if "independent" stands
        beside an outcome or is written otherwise.
    UnsupportedError
        For items of counts and measurements.
    """
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        table = {name: [row.get(name) for row in table] for name in dict.fromkeys(key for row in table for key in row)}
    columns = read_columns(table)
    faults = missing_columns(COLUMNS, "constraints", [*columns.data])
    if faults:
        raise InputError(*faults)
    out, word = [], str(columns.rows.name or "row")
    for place, *cells in zip(columns.rows, *(columns.data[name] for name in COLUMNS), strict=True):
        try:
            out.append(_constraint(f"{word} {place}", schema, types, *cells))
        except InputError as error:
            faults += error.faults
    labels = Counter(c.equals for c in out if isinstance(c.equals, str) and c.equals != INDEPENDENT)
    apart = {constraint[:2] for constraint in out if constraint.equals == INDEPENDENT}
    faults += [
        Fault(f"item {name!r} under type {k} has other constraints beside {INDEPENDENT!r}", argument="constraints",
              rule="Its probabilities are products of those of its two parts")
        for name, k in dict.fromkeys(c[:2] for c in out if c[:2] in apart and c.equals != INDEPENDENT)
    ]  # fmt: skip
    faults += [
        Fault(f"the label {label!r} is that of one probability", argument="constraints",
              rule="A label makes two or more equal", nearest=nearest(label, labels.keys() - {label}))
        for label, n in labels.items() if n == 1
    ]  # fmt: skip
    faults += [
        Fault(f"outcome {outcome!r} of item {item!r} under type {k} has {counted(n, 'row')}", argument="constraints",
              rule="A probability has one")
        for (item, k, outcome), n in Counter(constraint[:3] for constraint in out).items() if n > 1
    ]  # fmt: skip
    zero = {constraint[:3] for constraint in out if constraint.equals == 0}
    faults += [
        Fault(f"all outcomes of the menu {_listed(item.outcomes[o] for o in menu)} of item {item.name!r} have the "
              f"value 0 under type {k}", argument="constraints", rule="One of them can be chosen")
        for item, k in dict.fromkeys((schema.item(c.item), c.type) for c in out if c.equals == 0)
        for menu in item.menus if all((item.name, k, item.outcomes[o]) in zero for o in menu)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    if not out:
        raise InputError(Fault("there are none", argument="constraints", remedy="Leave it out"))
    _refuse_others([schema.item(name) for name in dict.fromkeys(constraint.item for constraint in out)])
    return tuple(out)


def _constraint(
    where: str, schema: Schema, types: int, item: Any, number: Any, outcome: Any, equals: Any
) -> Constraint:
    """Return the constraint of a row; raise InputError with its faults."""
    names, faults, label = schema.names, list[Fault](), None
    value, text = _number(equals), "" if _is_empty(equals) else str(equals).strip()
    independent = text.casefold() == INDEPENDENT
    if str(item) not in names:
        faults.append(Fault(f"there is no item {plain_label(item)!r}", where, f"The items are {_listed(names)}",
                            nearest(item, names), argument="constraints"))  # fmt: skip
    else:
        own = schema.item(str(item))
        label = "" if independent or _is_empty(outcome) else _outcome(own, outcome)
        if label is None and own.kind is None:
            faults.append(Fault(f"item {own.name!r} has no outcome {plain_label(outcome)!r}", where,
                                f"Its outcomes are {_listed(own.outcomes)}", nearest(outcome, own.outcomes),
                                argument="constraints"))  # fmt: skip
    k = _number(number)
    if not k.is_integer() or not 1 <= k <= types:
        faults.append(Fault(f"there is no type {plain_label(number)!r}", where,
                            f"There {'is' if types == 1 else 'are'} {counted(types, 'type')}, numbered from 1",
                            argument="constraints"))  # fmt: skip
    if independent and not _is_empty(outcome):
        faults.append(Fault(f"outcome {plain_label(outcome)!r} stands beside {text!r}", where,
                            "Two items are independent in all their outcomes", argument="constraints",
                            remedy="Leave the outcome empty"))  # fmt: skip
    elif text != INDEPENDENT and (independent or (text and _is_empty(outcome))):
        faults.append(Fault(f"`equals` is {text!r}, without an outcome", where, f"It is {INDEPENDENT!r} then",
                            nearest(text, [INDEPENDENT]), "Or name the outcome", argument="constraints"))  # fmt: skip
    elif not text or (_is_no_label(text) if math.isnan(value) else not 0 <= value <= 1):
        faults.append(Fault(f"`equals` is {text or 'empty'}", where, "It is a probability from 0 to 1, such as 0.5, "
                            "or a label with a letter in it that other rows have too",
                            argument="constraints"))  # fmt: skip
    if faults:
        raise InputError(*faults)
    return Constraint(str(item), int(k), outcome if label is None else label, text if math.isnan(value) else value)


def _is_no_label(text: str) -> bool:
    """Whether a text is a truth value, or rather a number that is written as in "0,5", "50%" and "1/2"."""
    is_number = any(map(str.isnumeric, text)) and not any(map(str.isalpha, text))
    return is_number or text.casefold() in ("true", "false", "nan")


def _is_empty(cell: Any) -> bool:
    return cell is None or cell != cell or cell == ""


def _number(cell: Any) -> float:
    """Return a cell as a number, NaN where it is none."""
    try:
        return float("nan") if isinstance(cell, bool | np.bool_) else float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _outcome(item: Item, cell: Any) -> Label | None:
    """Return the outcome of an item that a cell names, as it is or as text; None where there is none."""
    plain = plain_label(cell)
    alike = [outcome for outcome in item.outcomes if str(outcome) == str(plain)]
    return next((outcome for outcome in alike if type(outcome) is type(plain)), alike[0] if alike else None)


def _refuse_others(items: list[Item]) -> None:
    """Raise UnsupportedError for items of which a constraint has no meaning."""
    for item in items:
        if item.kind is not None:
            raise UnsupportedError(
                f"Constraints are available for items of categories; item {item.name!r} is {item.kind.family}."
            )


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))
