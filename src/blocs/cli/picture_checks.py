"""What a picture of `blocs plot` needs and has, and the refusal of what does not go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import Fault, InputError
from .options import DataOptions, Files
from .pictures import PICTURES

__all__ = ["refuse", "refuse_effects"]

OWN = {
    "by": ("groups",), "comparison": ("criteria",), "beside": ("two-fits",), "category": ("profile",),
    "lines": ("profile",), "compare": ("profile",), "dots": ("types", "one-party"),
    "se": ("profile", "shares", "effects"), "place": ("types",), "date": ("types",), "outcome": ("outcomes",),
    "returns": ("certified",), "method": ("effects", "outcomes"),
}  # fmt: skip
"""Options of some pictures only."""
NEEDED = {
    "file": ("there is no file", "Give the data that were fitted after the fit"),
    "by": ("there is no group", "Name a column, such as --by precinct"),
    "comparison": ("there is no comparison", "Give the table that `blocs compare --out` wrote"),
    "beside": ("there is no other fit", "Give a second saved fit"),
    "outcome": ("there is no outcome", "Name a column, such as --outcome turnout"),
    "returns": ("there are no certified totals", "Give a table with the columns contest, candidate and votes"),
}
"""What a picture needs -> what is wrong without it, and what to do."""


def refuse(
    name: str, file: Files | None, read: DataOptions, options: Mapping[str, Any], groups: Sequence[str] = ()
) -> None:
    """Refuse a picture without what it needs, and options that it does not have; nothing is ignored.

    read: how the data are read; options: of the command; groups: columns of the groups of the fit, for what is stated
    where there are several.
    """
    faults = [*_of_needs(name, file, read, options, groups), *_of_options(name, options)]
    if options["compare"] and options["se"] and name == "profile":
        faults.append(Fault("intervals of several fits in one picture are not available", argument="se",
                            remedy="Leave it out"))  # fmt: skip
    elif options["se"] and name in OWN["se"] and file is None and "file" not in PICTURES[name].needs:
        faults.append(Fault("there is no file", argument="file", rule="Standard errors are computed from the data",
                            remedy="Give the data that were fitted after the fit"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def _of_needs(
    name: str, file: Files | None, read: DataOptions, options: Mapping[str, Any], groups: Sequence[str]
) -> list[Fault]:
    """Return the faults of a picture that lacks what it needs; of one of ballots, that there are none comes first."""
    if "coded" in PICTURES[name].needs and read.items is not None:
        return [Fault(f"{name!r} is a picture of ballots", argument="picture",
                      rule="The fit is of a table of answers", remedy="Draw its profile")]  # fmt: skip
    faults = []
    needs = [*PICTURES[name].needs, *(["file"] if options["compare"] and name == "profile" else [])]
    given = {**options, "file": file}
    for need in (need for need in needs if need in NEEDED and not given[need]):
        what, remedy = NEEDED[need]
        rule = f"The picture {name!r} needs one"
        if need == "by" and groups:
            together = " and ".join(map(repr, groups))
            rule = f"The fit has shares by {together} together, and the picture is of one column"
            remedy = "Fit with one of them, or without groups"
        faults.append(Fault(what, argument=need, rule=rule, remedy=remedy))
    return faults


def _of_options(name: str, options: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of options that a picture does not have."""
    return [Fault(f"the picture {name!r} does not have it", argument=own, rule=f"It is for {' and '.join(pictures)}",
                  remedy="Leave it out")
            for own, pictures in OWN.items() if options[own] and name not in pictures]  # fmt: skip


def refuse_effects(formula: str | None, method: str | None, after: bool) -> None:
    """Refuse effects without covariates, and a method of steps where these are not made after the fit."""
    if formula is None:
        raise InputError(Fault("there is none", argument="covariates", rule="The fit has none itself",
                               remedy="Give a formula, such as --covariates '~ age'"))  # fmt: skip
    if method and not after:
        raise InputError(Fault("the fit has covariates, whose coefficients were estimated with the types",
                               argument="method", remedy="Leave it out"))  # fmt: skip
