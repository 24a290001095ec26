"""The values in a saved fit: each must be what a fit can have, as the file may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["wrong_values"]

LARGEST = 1e300
"""Numbers beyond this come from no fit; those of hundreds of digits would not fit a float."""
MOST_TYPES = 100_000
STATUS = ("converged", "step_limit", "interrupted", "given_up", "duplicate", "stopped_short", "singular")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _positive(value: Any) -> bool:
    return _number(value) and value > 0


def _not_negative(value: Any) -> bool:
    return _number(value) and value >= 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _end(value: Any) -> bool:
    """Whether a value describes where a start ended."""
    return (
        isinstance(value, Mapping)
        and _count(value.get("start"))
        and _count(value.get("iterations"))
        and _number(value.get("loglik"))
        and value.get("status") in STATUS
        and isinstance(value.get("best", False), bool)
        and _optional(_number)(value.get("arrived"))
    )


_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "types": (lambda value: _count(value) and 0 < value <= MOST_TYPES, f"a whole number from 1 to {MOST_TYPES:,}"),
    "prior": (_not_negative, "a number, 0 or more"),
    "loglik": (_number, "a finite number"),
    "n": (_positive, "a positive number"),
    "profiles": (lambda value: _count(value) and value > 0, "a whole number, 1 or more"),
    "hits": (_count, "a whole number, 0 or more"),
    "status": (lambda value: value in STATUS, "the name of a status"),
    "settings": (lambda value: isinstance(value, Mapping), "an object"),
    "account": (lambda value: isinstance(value, Mapping), "an object"),
    "trace": (_list_of(_number), "a list of finite numbers"),
    "notes": (_list_of(_text), "a list of texts"),
    "starts": (_list_of(_end), "a list of where starts ended"),
    "relative_entropy": (_optional(_number), "a finite number or null"),
    "entropy_r2": (_optional(_number), "a finite number or null"),
    "gradient": (_optional(_not_negative), "a number, 0 or more, or null"),
    "best_start": (_optional(_count), "a whole number, 0 or more, or null"),
    "identified": (_optional(lambda value: isinstance(value, bool)), "true, false or null"),
}
"""Part of a saved fit -> what it must satisfy, and that in words. The parameters are checked by the model."""
_MAY_LACK = ("relative_entropy", "entropy_r2", "gradient", "best_start", "identified")
"""Parts that earlier formats do not have."""


def wrong_values(data: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with each part of a saved fit that no fit can have; KeyError for one that is not there."""
    wrong = []
    for name, (good, rule) in _RULES.items():
        value = data.get(name) if name in _MAY_LACK else data[name]
        if not (name in _MAY_LACK and value is None) and not good(value):
            wrong.append(f"{name!r} is not {rule}")
    if not wrong and data["hits"] > len(data["starts"]):
        wrong.append("'hits' are more than the starts")
    return wrong
