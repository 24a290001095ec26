"""Which models of who belongs to a type, and which steps after the types, go with which data: the table of the page.

`RUN` fits each model to data of one kind and returns its standard errors: `tests/test_model_combinations.py` runs each
cell, and `tests/test_combinations.py` writes the page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import blocs

__all__ = ["DATA", "MODELS", "RUN", "TOGETHER", "render"]

N = 240
ITEMS = [*"abcd"]
FAST = {"starts": 1, "most": 1, "exchange": False, "seed": 1, "gain": 1e-3, "change": 1e-2, "jobs": 1}
RATES = [{"item": item, "type": k, "outcome": 1, "equals": f"rate of type {k}"} for item in "bc" for k in (1, 2)]

DATA = ("menus", "missing cells", "frequency weights", "sampling weights", "clusters", "counts and measurements")
MODELS = ("the same shares for all", "covariates", "shares by group", "covariates and groups",
          "constraints", "dependent items", "two-step",
          "three-step ML", "three-step BCH", "outcome by BCH", "outcome by ML", "outcome by ML, controls",
          )  # fmt: skip


@cache
def profiles(kind: str, joint: bool = False) -> blocs.Profiles:
    """Rows of two types with a covariate x, a group g and an outcome y; kind: a name in DATA."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=N).round(1)
    z = rng.random(N) < 1 / (1 + np.exp(0.3 - x))
    frame = pd.DataFrame((rng.random((N, 4)) < np.where(z[:, None], 0.85, 0.15)).astype(float), columns=ITEMS)
    frame = frame.assign(x=x, g=rng.integers(8, size=N), y=rng.normal(size=N) + z)
    frame["won"] = (rng.random(N) < np.where(z, 0.7, 0.3)).astype(int)
    items, how = [*ITEMS], dict[str, Any]()
    if kind == "menus":
        how["menus"] = {"a": [{0, 1} if i % 3 else {0, 1, 2} for i in range(N)]}
    if kind == "missing cells":
        frame[["a", "d"]] = frame[["a", "d"]].mask(rng.random((N, 2)) < 0.2)
    if kind == "frequency weights":
        how["weights"] = rng.integers(1, 4, N)
    if kind == "sampling weights":
        how["design_weights"] = rng.choice([0.5, 1.0, 2.0], N)
    if kind == "counts and measurements":
        frame["visits"], frame["income"] = rng.poisson(np.where(z, 6, 2)), rng.normal(size=N) + 3 * z
        items += ["visits", "income"]
        how["kinds"] = {"visits": blocs.Poisson(), "income": blocs.Gaussian("income")}
    made = blocs.Profiles.from_table(frame, items, covariates=["x", "g"], groups="g", outcomes=["y", "won"], **how)
    return blocs.joint_items(made, [("a", "b")]) if joint else made


def fitted(kind: str, **settings: Any) -> blocs.Fit:
    """A fit of two types."""
    return blocs.fit(profiles(kind, settings.pop("joint", False)), 2, **{**FAST, **settings})


def _errors(kind: str, **settings: Any) -> pd.DataFrame:
    of, cluster = profiles(kind, settings.get("joint", False)), "g" if kind == "clusters" else None
    fit = fitted(kind, **settings)
    fit.check(of)
    return blocs.standard_errors(fit, of, cluster=cluster).shares()


def _regressed(kind: str, method: str) -> pd.DataFrame:
    of = profiles(kind)
    return blocs.regress(fitted(kind), of, "~ x", method, cluster="g" if kind == "clusters" else None).coefficients()


def _compared(kind: str, method: str, **how: Any) -> pd.DataFrame:
    of = profiles(kind)
    return blocs.distal(fitted(kind), of, "y", method, cluster="g" if kind == "clusters" else None, **how).table()


RUN: dict[str, Callable[[str], pd.DataFrame]] = {
    "the same shares for all": _errors,
    "covariates": lambda kind: _errors(kind, covariates="~ x"),
    "shares by group": lambda kind: _errors(kind, groups="g"),
    "covariates and groups": lambda kind: _errors(kind, covariates="~ x", groups="g"),
    "constraints": lambda kind: _errors(kind, constraints=RATES),
    "dependent items": lambda kind: _errors(kind, joint=True),
    "two-step": lambda kind: _regressed(kind, "two_step"),
    "three-step ML": lambda kind: _regressed(kind, "ml"),
    "three-step BCH": lambda kind: _regressed(kind, "bch"),
    "outcome by BCH": lambda kind: _compared(kind, "bch"),
    "outcome by ML": lambda kind: _compared(kind, "ml"),
    "outcome by ML, controls": lambda kind: _compared(kind, "ml", controls="~ x"),
}
"""A model -> the frame with standard errors that it gives for data of a kind."""

TOGETHER: dict[tuple[str, str], tuple[Callable[[], Any], str]] = {
    ("covariates", "shares by group"): (
        lambda: fitted("clusters", covariates="~ x", groups="g"), ""),
    ("covariates", "prior"): (
        lambda: fitted("clusters", covariates="~ x", prior=1.0), ""),
    ("covariates", "constraints"): (lambda: fitted("clusters", covariates="~ x", constraints=RATES), ""),
    ("covariates", "dependent items"): (lambda: fitted("clusters", covariates="~ x", joint=True), ""),
    ("covariates", "steps after the types"): (
        lambda: blocs.regress(fitted("clusters", covariates="~ x"), profiles("clusters"), "~ x"),
        "Regression on covariates is not available for fits with covariates: each row has shares of its own. Fit "
        "without them."),
    ("shares by group", "prior"): (lambda: fitted("clusters", groups="g", prior=1.0), ""),
    ("shares by group", "constraints"): (lambda: fitted("clusters", groups="g", constraints=RATES), ""),
    ("shares by group", "dependent items"): (lambda: fitted("clusters", groups="g", joint=True), ""),
    ("shares by group", "items free by group"): (
        lambda: blocs.fit(profiles("clusters"), 2, by="g", equal="none", starts=2, most=2), ""),
    ("items free by group", "covariates"): (
        lambda: blocs.fit(profiles("clusters"), 2, by="g", equal="none", covariates="~ x", starts=2, most=2), ""),
    ("items free by group", "constraints"): (
        lambda: blocs.fit(profiles("clusters"), 2, by="g", equal="none", constraints=RATES),
        "Items that are free by group are not available with constraints=: they are of the items of the profiles. Fit "
        "the profiles that `blocs.items_by_group` makes with constraints= and groups=."),
    ("shares by group", "two-step"): (
        lambda: blocs.regress(fitted("clusters", groups="g"), profiles("clusters"), "~ x"), ""),
    ("shares by group", "three steps"): (
        lambda: blocs.regress(fitted("clusters", groups="g"), profiles("clusters"), "~ x", "ml"), ""),
    ("shares by group", "proportional assignment"): (
        lambda: blocs.regress(fitted("clusters", groups="g"), profiles("clusters"), "~ x", "ml",
                              assignment="proportional"),
        "Proportional assignment is not available after shares by group: parts that do not depend on the group are no "
        "posteriors. Use 'modal'."),
    ("constraints", "prior"): (lambda: fitted("clusters", constraints=RATES, prior=1.0), ""),
    ("constraints", "steps after the types"): (
        lambda: blocs.regress(fitted("clusters", constraints=RATES), profiles("clusters"), "~ x"), ""),
    ("prior", "steps after the types"): (
        lambda: blocs.regress(fitted("clusters", prior=1.0), profiles("clusters"), "~ x"),
        "Regression on covariates is not available for a fit with a prior, which is no maximum of the likelihood. Fit "
        "with prior=0; probabilities of 0 and 1 are taken out."),
    ("prior", "standard errors"): (
        lambda: blocs.standard_errors(fitted("clusters", prior=1.0), profiles("clusters")),
        "Standard errors are not available for a fit with a prior, which is no maximum of the likelihood. Fit with "
        "prior=0; probabilities of 0 and 1 are taken out."),
    ("constraints", "items with menus"): (
        lambda: fitted("menus", constraints=[{"item": "a", "type": 1, "outcome": 0, "equals": 0.5}]), ""),
    ("constraints", "bootstrap likelihood-ratio test"): (
        lambda: blocs.blrt(profiles("clusters"), 2, constraints=RATES),
        "The bootstrap likelihood-ratio test is not available with constraints: they say which type is which, and with "
        "one type less there are others. Leave out constraints=."),
}  # fmt: skip
"""Two settings -> a call with both, and the error that refuses them; "" where they are available."""


def render() -> list[str]:
    """Return the lines of the page."""
    return [
        "## Models of the shares, and questions after a fit",
        "",
        "Each cell is a test (`tests/test_model_combinations.py`): a fit, and its standard errors, which are clustered",
        "where there are clusters.",
        "",
        f"| | {' | '.join(DATA)} |",
        f"|---|{'---|' * len(DATA)}",
        *(f"| {model} | {' | '.join('yes' for _ in DATA)} |" for model in MODELS),
        "",
        "Two of them together:",
        "",
        "| one | with | available |",
        "|---|---|---|",
        *(f"| {one} | {other} | {f'refused: {message}' if message else 'yes'} |"
          for (one, other), (_, message) in TOGETHER.items()),
    ]  # fmt: skip
