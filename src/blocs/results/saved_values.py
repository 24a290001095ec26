"""The values in a saved fit: each must be what a fit can have, as the file may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.plain_data import is_account, is_count, is_list, is_number, is_numbers, is_schema, is_text

__all__ = ["wrong_values"]

MOST_TYPES = 100_000
ROUNDING = 1e-6
"""How far above 1 an entropy may be."""
STATUS = ("converged", "step_limit", "interrupted", "given_up", "duplicate", "stopped_short", "singular")


def _positive(value: Any) -> bool:
    return is_number(value) and value > 0


def _not_negative(value: Any) -> bool:
    return is_number(value) and value >= 0


def _at_most_one(value: Any) -> bool:
    return is_number(value) and value <= 1 + ROUNDING


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: is_list(value, check)


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _end(value: Any) -> bool:
    """Whether a value describes where a start ended."""
    return (
        isinstance(value, Mapping)
        and is_count(value.get("start"))
        and is_count(value.get("iterations"))
        and is_number(value.get("loglik"))
        and value.get("status") in STATUS
        and isinstance(value.get("best", False), bool)
        and _optional(is_number)(value.get("arrived"))
    )


_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "types": (lambda value: is_count(value) and 0 < value <= MOST_TYPES, f"a whole number from 1 to {MOST_TYPES:,}"),
    "prior": (_not_negative, "a number, 0 or more"),
    "loglik": (is_number, "a finite number"),
    "n": (_positive, "a positive number"),
    "profiles": (lambda value: is_count(value) and value > 0, "a whole number, 1 or more"),
    "hits": (is_count, "a whole number, 0 or more"),
    "status": (lambda value: value in STATUS, "the name of a status"),
    "settings": (lambda value: isinstance(value, Mapping), "an object"),
    "account": (is_account, "an account of steps whose parts add up"),
    "schema": (is_schema, "a list of items with names, outcomes and menus of their own"),
    "shares": (is_numbers, "a list of finite numbers"),
    "blocks": (is_numbers, "lists of finite numbers"),
    "data": (is_text, "a text"),
    "trace": (_list_of(is_number), "a list of finite numbers"),
    "traces": (_optional(_list_of(_list_of(is_number))), "a list of lists of finite numbers, or null"),
    "notes": (_list_of(is_text), "a list of texts"),
    "starts": (_list_of(_end), "a list of where starts ended"),
    "parameters": (_optional(is_count), "a whole number, 0 or more"),
    "aic": (_optional(is_number), "a finite number or null"),
    "bic": (_optional(is_number), "a finite number or null"),
    "counts": (_optional(is_numbers), "lists of finite numbers, or null"),
    "relative_entropy": (_optional(_at_most_one), "a number, 1 or less, or null"),
    "entropy_r2": (_optional(_at_most_one), "a number, 1 or less, or null"),
    "gradient": (_optional(_not_negative), "a number, 0 or more, or null"),
    "best_start": (_optional(is_count), "a whole number, 0 or more, or null"),
    "identified": (_optional(lambda value: isinstance(value, bool)), "true, false or null"),
}
"""Part of a saved fit -> what it must satisfy, and that in words. The parameters are checked by the model."""
_MAY_LACK = ("parameters", "aic", "bic", "counts", "relative_entropy", "entropy_r2", "gradient", "best_start",
             "identified", "traces")  # fmt: skip
"""Parts that earlier formats do not have."""


_SETTINGS: Mapping[Callable[[Any], bool], Sequence[str]] = {
    is_count: ("types", "starts", "finish", "most", "seed", "steps"),
    is_number: ("prior", "gain", "change"),
    is_text: ("method", "accelerate", "kernel", "covariates", "constraints_file"),
    lambda value: isinstance(value, bool): ("exchange", "init"),
    lambda value: isinstance(value, Mapping): ("data",),
    lambda value: is_list(value, is_text): ("groups", "not_chosen"),
}
"""What a value must be -> the settings of which it is asked."""


def _wrong_settings(settings: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that have values which no fit has; a setting may be null, or not there."""
    asked = {name: good for good, names in _SETTINGS.items() for name in names}
    return [name for name, value in settings.items() if value is not None and name in asked and not asked[name](value)]


def wrong_values(data: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with each part of a saved fit that no fit can have; KeyError for one that is not there."""
    wrong = []
    for name, (good, rule) in _RULES.items():
        value = data.get(name) if name in _MAY_LACK else data[name]
        if not (name in _MAY_LACK and value is None) and not good(value):
            wrong.append(f"{name!r} is not {rule}")
    if not wrong and data["hits"] > len(data["starts"]):
        wrong.append("'hits' are more than the starts")
    if not wrong and (data.get("best_start") or 0) >= max(1, len(data["starts"])):
        wrong.append("'best_start' is the number of no start")
    if not wrong and len(data.get("traces") or data["starts"]) != len(data["starts"]):
        wrong.append("'traces' are not as many as the starts")
    if not wrong and (settings := _wrong_settings(data["settings"])):
        wrong.append(f"'settings' has values that no fit has: {', '.join(map(repr, settings))}")
    return wrong
