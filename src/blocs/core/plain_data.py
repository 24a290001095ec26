"""What is read from JSON: numbers, labels and accounts must be what blocs writes, as a file may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

__all__ = ["is_account", "is_count", "is_list", "is_number", "is_numbers", "is_schema", "is_table", "is_text"]

MOST_CODES = 10_000_000
"""Codes of all items together: no table of so many was ever fitted."""
LARGEST = 1e300
"""No number is beyond this; those of hundreds of digits would not fit a float."""


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def is_count(value: Any) -> bool:
    """Whether a value is a whole number, 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


def is_list(value: Any, good: Callable[[Any], bool]) -> bool:
    """Whether a value is a list of which each element is good."""
    return isinstance(value, list | tuple) and all(map(good, value))


def is_table(value: Any, good: Callable[[Any], bool]) -> bool:
    """Whether a value is an object whose names are texts and whose values are good."""
    return isinstance(value, Mapping) and all(map(is_text, value)) and all(map(good, value.values()))


def is_numbers(value: Any) -> bool:
    """Whether a value is a list of finite numbers, or of arrays of such: lists of lists that are equally long."""
    return is_list(value, lambda of: _shape(of) is not None)


def _shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of an array, () of a finite number, and None of what is neither."""
    if not isinstance(value, list):
        return () if is_number(value) else None
    shapes = {_shape(of) for of in value}
    inside = shapes.pop() if shapes else ()
    return None if shapes or inside is None else (len(value), *inside)


def _is_plain(value: Any) -> bool:
    """Whether a value is text, a truth value or a finite number."""
    return isinstance(value, str | bool) or is_number(value)


def is_schema(value: Any) -> bool:
    """Whether a value describes items with different names, each with its outcomes, menus and kind."""
    items = value.get("items") if isinstance(value, Mapping) else None
    if not isinstance(items, list) or not items or not all(map(_is_item, items)):
        return False
    names = [item["name"] for item in items]
    codes = sum(len(menu) for item in items for menu in item["menus"])
    return len(set(names)) == len(names) and codes <= MOST_CODES


def _is_item(value: Any) -> bool:
    if not isinstance(value, Mapping) or not is_text(value.get("name")):
        return False
    outcomes, menus = value.get("outcomes", ()), value.get("menus")
    return (
        isinstance(value.get("outcomes"), list | tuple)
        and is_list(outcomes, _is_plain)
        and len({(type(outcome), outcome) for outcome in outcomes}) == len(outcomes)
        and isinstance(menus, list)
        and all(_is_menu(menu, len(outcomes)) for menu in menus)
        and isinstance(value.get("plain"), bool)
        and ("kind" not in value or _is_kind(value["kind"]))
        and ("joint" not in value or _is_joint(value["joint"]))
    )


def _is_menu(value: Any, outcomes: int) -> bool:
    """Whether a value has positions of outcomes, in their order, each once."""
    if not is_list(value, is_count) or not value or value[-1] >= outcomes:
        return False
    return all(first < then for first, then in pairwise(value))


def _is_kind(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and is_text(value.get("family"))
        and is_list(value.get("parts"), is_text)
        and is_list(value.get("units"), lambda unit: is_list(unit, is_number) and len(unit) == 2 and unit[1] > 0)
        and is_table(value.get("options"), _is_plain)
        and is_table(value.get("read", {}), lambda of: of is None or _is_plain(of) or is_list(of, _is_plain))
    )


def _is_joint(value: Any) -> bool:
    """Whether a value has the names and outcomes of two items."""

    def named(of: Any) -> bool:
        return isinstance(of, list | tuple) and len(of) == 2 and is_text(of[0]) and is_list(of[1], is_text)

    return is_list(value, named) and len(value) == 2


def is_account(value: Any) -> bool:
    """Whether a value is an account: steps whose parts add up, remarks and tables of texts; or empty."""
    if not isinstance(value, Mapping):
        return False
    tables = value.get("tables", {})
    return (
        is_list(value.get("steps", []), _is_step)
        and is_list(value.get("remarks", []), is_text)
        and is_table(tables, lambda rows: is_list(rows, lambda row: is_table(row, is_text)))
    )


def _is_step(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and is_text(value.get("name"))
        and is_text(value.get("unit"))
        and is_table(value.get("parts"), is_count)
        and value.get("total") == sum(value["parts"].values())
    )
