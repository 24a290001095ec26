"""Log-likelihoods, shares and probabilities of the published problems; their errors and tests are in other files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import blocs
from errors_support import FINE, Shared, published

PROBLEMS = {
    "values_K2": ("lca/values.csv", ["A", "B", "C", "D"], 2, None),
    "cheating_K2": ("lca/cheating.csv", ["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"], 2, None),
    "cheating_GPA_K2": ("lca/cheating.csv", ["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"], 2, "~ GPA"),
    "clusters_K2": ("inference/clusters.csv", ["y1", "y2", "y3", "y4", "y5"], 2, None),
    "threestep.step1": ("inference/threestep.csv", [f"y{j}" for j in range(1, 7)], 3, None),
}


def probabilities(fit: blocs.Fit) -> np.ndarray:
    """(K, J, L) probabilities of items with equally many outcomes."""
    table, items = fit.table(), len(fit.schema.names)
    return table["probability"].to_numpy().reshape(fit.types, items, -1)


@pytest.mark.parametrize("name", PROBLEMS)
def test_estimates(name: str, shared_data: Shared) -> None:
    file, items, types, covariates = PROBLEMS[name]
    frame, wanted = pd.read_csv(shared_data(file)), {k: v["value"] for k, v in published(shared_data).items()}
    if covariates:
        frame = frame.dropna(subset=["GPA"])
    profiles = blocs.Profiles.from_table(frame, items=items, covariates="GPA" if covariates else None)
    fit = blocs.fit(profiles, types, covariates=covariates, **FINE)
    if name == "threestep.step1":
        expected = wanted[name]
        np.testing.assert_allclose(probabilities(fit)[..., 1], expected["p1"], atol=5e-5)
    else:
        expected = {part: wanted[f"{name}.{part}"] for part in ("loglik", "shares", "mu")}
        np.testing.assert_allclose(probabilities(fit), expected["mu"], atol=5e-5)
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-4)
    np.testing.assert_allclose(fit.shares, expected["shares"], atol=2e-5)
    if covariates:
        assert fit.loglik - wanted[f"{name}.LR"] / 2 == pytest.approx(wanted[f"{name}.loglik_without"], abs=2e-4)
        np.testing.assert_allclose(fit.coefficients()["coefficient"], wanted[f"{name}.beta"][0], atol=1e-4)


def test_coefficients_in_one_step(shared_data: Shared) -> None:
    """Types by decreasing share there; the rows are types 2 and 3 against type 1."""
    wanted, frame = published(shared_data), pd.read_csv(shared_data("inference/threestep.csv"))
    profiles = blocs.Profiles.from_table(frame, items=[f"y{j}" for j in range(1, 7)], covariates="x")
    fit = blocs.fit(profiles, 3, covariates="~ x", **FINE)
    step = blocs.fit(profiles, 3, **FINE)
    fit = fit.relabel(blocs.match(fit, step))
    for kind, key in (("observed", "observed"), ("opg", "opg"), ("robust", "sandwich")):
        rows = blocs.standard_errors(fit, profiles, kind).coefficients()
        for column, name in (("coefficient", "est"), ("se", f"se_{key}")):
            number = wanted[f"threestep.cov_one_step.{name}"]
            np.testing.assert_allclose(rows[column], np.ravel(number["value"]), rtol=0, atol=number["tol"])


@pytest.mark.parametrize("types", [1, 2])
def test_estimates_with_menus(types: int, shared_data: Shared) -> None:
    frame = pd.read_csv(shared_data("inference/iia_true.csv"), dtype=str)
    menus = {f"y{j}": [set(menu) for menu in frame[f"m{j}"]] for j in range(1, 6)}
    fit = blocs.fit(blocs.Profiles.from_table(frame, items=list(menus), menus=menus), types, **FINE)
    expected = published(shared_data)[f"iia_true_K{types}.pooled"]["value"]
    np.testing.assert_allclose(probabilities(fit), expected["mu"], atol=2e-4)
