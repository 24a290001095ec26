"""Every combination of family, missing values, weights, known labels, prior, kernel, stepper and engine works or is
refused by name; docs/combinations.md is written from the same table.

    python tests/test_combinations.py        writes the document
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blocs
import model_combinations
from blocs.engines import Serial, Threads

PAGE = Path(__file__).parent.parent / "docs" / "combinations.md"
N = 240


def table(family: str, missing: bool, known: bool) -> tuple[pd.DataFrame, dict[str, object], dict[str, object]]:
    """Return a frame of two types, the kinds of its items and its menus."""
    rng = np.random.default_rng(3)
    z = rng.integers(2, size=N)
    p = np.where(z[:, None], [0.9, 0.8, 0.85], [0.15, 0.2, 0.1])
    kinds: dict[str, object] = {}
    menus: dict[str, object] = {}
    if family in ("categorical", "choice"):
        frame = pd.DataFrame((rng.random((N, 3)) < p).astype(float), columns=["a", "b", "c"])
        if family == "choice":
            menus = {"a": [{0, 1} if i % 3 else {0, 1, 2} for i in range(N)]}
    elif family == "binomial":
        frame = pd.DataFrame(rng.binomial(5, p).astype(float), columns=["a", "b", "c"])
        kinds = {name: blocs.Binomial(5) for name in frame}
    elif family == "poisson":
        frame = pd.DataFrame(rng.poisson(9 * p).astype(float), columns=["a", "b", "c"])
        kinds = {name: blocs.Poisson() for name in frame}
    elif family == "multinomial":
        cells = [rng.multinomial(6, [0.7, 0.2, 0.1] if k else [0.1, 0.2, 0.7]) for k in z]
        frame = pd.DataFrame(np.array(cells, dtype=float), columns=["a", "b", "c"])
        kinds = {"votes": blocs.Multinomial(["a", "b", "c"])}
    else:
        frame = pd.DataFrame(rng.normal(size=(N, 3)) + 3 * z[:, None], columns=["a", "b", "c"])
        kinds = {"g": blocs.Gaussian(["a", "b", "c"], family.split()[1])}
        if family == "mixed full":
            frame["vote"], frame["heads"] = np.where(rng.random(N) < p[:, 0], "D", "R"), rng.binomial(5, p[:, 1])
            kinds["heads"] = blocs.Binomial(5)
    if missing:
        frame["a"] = frame["a"].mask(rng.random(N) < 0.2)
    if known:
        frame["label"] = np.where(rng.random(N) < 0.3, np.where(z, "one", "zero"), None)
        kinds["label"] = blocs.Known()
    return frame, kinds, menus


FAMILIES = ("categorical", "choice", "binomial", "multinomial", "poisson", "gaussian full", "gaussian tied",
            "gaussian diag", "gaussian tied-diag", "gaussian spherical", "mixed full")  # fmt: skip
DATA = {"missing cells": {"missing": True}, "frequency weights": {"weights": "weights"},
        "sampling weights": {"weights": "design_weights"}, "known labels": {"known": True}}  # fmt: skip
FITS = {"prior": {"prior": 1.0}, "plain kernel": {"kernel": "plain"}, "2 threads": {"jobs": 2}}
REFUSED = {
    ("poisson", "prior"): "A prior is not available for the poisson family (item 'a'). "
    "Fit with prior=0, or leave the item out.",
    **{
        (name, "prior"): "A prior is not available for the gaussian family (item 'g'). "
        "Fit with prior=0, or leave the item out; its covariances have a floor in any case."
        for name in FAMILIES
        if name.startswith("gaussian") or name == "mixed full"
    },
}


def profiles(family: str, missing: bool = False, weights: str = "", known: bool = False) -> blocs.Profiles:
    frame, kinds, menus = table(family, missing, known)
    given = {weights: np.random.default_rng(1).integers(1, 4, N)} if weights else {}
    return blocs.Profiles.from_table(frame, menus=menus, kinds=kinds, **given)


def fitted(data: blocs.Profiles, **settings: object) -> blocs.Fit:
    given = {"starts": 2, "seed": 1, "gain": 1e-3, "change": 1e-2, "jobs": 1, **settings}
    return blocs.fit(data, 2, **given)  # type: ignore[arg-type]


def sound(fit: blocs.Fit, data: blocs.Profiles) -> None:
    """Assert that a fit hangs together: likelihood rose, is that of its parameters, and survives saving."""
    assert fit.status == "converged"
    assert (np.diff(fit.trace) >= -1e-7).all()
    fit.check(data)
    blocs.Fit.from_dict(fit.to_dict()).check(data)
    zeta = fit.posterior(data)
    assert len(zeta) == N
    assert np.allclose(zeta.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("family", "missing", "weights", "known"),
    list(product(FAMILIES, (False, True), ("", "weights", "design_weights"), (False, True))),
)
def test_data_combinations(family: str, missing: bool, weights: str, known: bool) -> None:
    data = profiles(family, missing, weights, known)
    sound(fitted(data), data)


@pytest.mark.parametrize(("family", "name"), list(product(FAMILIES, FITS)))
def test_settings(family: str, name: str) -> None:
    data = profiles(family, missing=True)
    if (family, name) in REFUSED:
        with pytest.raises(blocs.UnsupportedError) as caught:
            fitted(data, **FITS[name])
        assert str(caught.value) == REFUSED[family, name]
    else:
        fit = fitted(data, **FITS[name])
        sound(fit, data)
        if name == "plain kernel":
            assert fit.loglik == pytest.approx(fitted(data).loglik, abs=1e-2)


@pytest.mark.parametrize("family", FAMILIES)
def test_starts_and_shards_on_threads_give_the_same_bits(family: str) -> None:
    data = profiles(family, missing=True, weights="weights", known=True)
    fit, other = fitted(data), fitted(data, jobs=2)
    assert other.loglik == fit.loglik
    assert all(np.array_equal(a, b) for a, b in zip(fit.params.families, other.params.families, strict=True))
    placed = fit.mixture.place(data, 7)
    one, two = (where.sum(fit.mixture.task(fit.params), where.place(placed)) for where in (Serial(), Threads(2)))
    for name in ("loglik", "totals", "counts"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert one.loglik[0] == pytest.approx(fit.loglik, rel=1e-12)


def render() -> str:
    """Return the document."""
    columns = [*DATA, *FITS]
    lines = [
        "# What goes with what",
        "",
        "Look here whether two parts of blocs work together: a kind of item with missing cells, weights, covariates, "
        "standard errors.",
        "",
        "Families are explained in [kinds](kinds.md); `categorical` are items of categories, `choice` the same with",
        "menus. The plain kernel is slow code that the fast one is compared with.",
        "",
        "Each cell is a test (`tests/test_combinations.py`, which also writes this page). Missing cells, weights and",
        "known labels are tested in all their combinations, on one thread and on two, and give the same bits.",
        "",
        f"| family | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for family in FAMILIES:
        cells = ["refused" if (family, name) in REFUSED else "yes" for name in columns]
        told = "mixed: categories, binomial, gaussian" if family == "mixed full" else family
        lines.append(f"| {told} | {' | '.join(cells)} |")
    lines += ["", "Refused by name:", ""]
    lines += [f"- {message}" for message in dict.fromkeys(REFUSED.values())]
    lines += ["", *model_combinations.render()]
    return "\n".join(lines) + "\n"


def test_the_document_is_this_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == render()


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
