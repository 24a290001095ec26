"""diagnose: what is wrong with a fit, in words and numbers."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError
from blocs.model.structural_rank import structural_rank
from errors_support import FINE, Problem, Shared, published


def test_a_diagnosis_says_what_is_wrong(shared_data: Shared) -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 20, 10, 40]}, weights="n")
    found = blocs.diagnose(blocs.fit(profiles, 2, **FINE), profiles)
    assert (found.structural_rank, found.parameters) == (3, 5)
    sentence = "These items cannot identify the model, whatever the data: they determine 3 of 5 parameters."
    assert f"{sentence} Fit fewer types, or give more items." in found.verdict
    assert json.loads(json.dumps(found.to_dict()))["parameters"] == 5
    assert max(map(len, str(found).split("\n"))) <= 80
    led = str(replace(found, starts=1_000, hits=17, moved=901)).split("\n")
    assert max(map(len, led)) <= 80
    at = next(i for i, line in enumerate(led) if line.startswith("starts at this optimum"))
    assert [line.split("  ")[-1].strip() for line in led[at : at + 2]] == ["17 of 1000 by themselves", "901"]
    stopped = blocs.diagnose(blocs.fit(profiles, 2, steps=1), profiles)
    assert stopped.verdict[0] == (
        "The fit has not converged (its status is 'step_limit'): go on with it before you use it."
    )


def test_a_diagnosis_measures_the_way_to_the_maximum() -> None:
    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    best, errors = blocs.diagnose(fit, profiles), blocs.standard_errors(fit, profiles)
    assert best.distance < 1e-5 and best.gradient < 1e-7
    well = "The estimates are a maximum of the likelihood at which the data determine every parameter."
    assert best.verdict == (well,)
    even = fit.params.each(lambda block: np.full_like(block, 0.5) if len(block) == 1 else block)
    moved = fit.params.toward(even, 0.1)
    loglik = float(profiles.weights @ fit.mixture.posterior(moved, profiles)[0])
    off = blocs.diagnose(replace(fit, params=moved, loglik=loglik), profiles)
    away = math.log(moved.shares[0][1] / moved.shares[0][0]) - math.log(fit.shares[2] / fit.shares[1])
    information = np.linalg.inv(errors.matrix)[0, 0]
    assert off.distance == pytest.approx(abs(away) * math.sqrt(information), rel=0.2)
    assert off.verdict[0].startswith("The estimates are ")
    assert np.allclose(np.sum(best.classification, axis=1), 1.0)
    zeta = fit.posterior(profiles).to_numpy()
    assert best.error == pytest.approx(1 - zeta.max(axis=1).mean())


@pytest.mark.parametrize("name", ["values", "cheating"])
def test_published_measures_of_how_clear_the_types_are(name: str, shared_data: Shared) -> None:
    """The entropies of Mplus and Latent GOLD, its lambda and standard R-squared, and mean posteriors."""
    frame, wanted = pd.read_csv(shared_data(f"lca/{name}.csv")), published(shared_data)[f"{name}_K2.fit"]["value"]
    profiles = blocs.Profiles.from_table(frame.iloc[:, :4])
    found = blocs.diagnose(blocs.fit(profiles, 2, **FINE), profiles)
    values = {"entropy_relative_Mplus": found.relative_entropy, "entropy_R2_LatentGOLD": found.entropy_r2,
              "R2_gini_LatentGOLD_standard": found.gini_r2, "classification_error": found.error,
              "lambda_LatentGOLD": found.reduction_of_errors}  # fmt: skip
    for key, value in values.items():
        assert value == pytest.approx(wanted[key], abs=1e-6), key
    np.testing.assert_allclose(found.average_posteriors, wanted["avg_posterior_by_modal"], atol=1e-6)
    assert "Gini R2                                      0." in str(found)


def test_of_one_type_nothing_is_unclear() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1, 1], "b": [0, None, 1]})
    found = blocs.diagnose(blocs.fit(profiles, 1), profiles)
    assert (found.relative_entropy, found.entropy_r2, found.gini_r2, found.reduction_of_errors) == (None,) * 4
    assert found.menu_shares is None and found.average_posteriors == ((1.0,),)
    with pytest.raises(InputError) as caught:
        blocs.diagnose(blocs.fit(profiles, 1), profiles, cluster="district")
    assert str(caught.value) == "cluster: there is no column 'district'. There are no columns to choose from."


def test_published_ranks(shared_data: Shared) -> None:
    for name, number in published(shared_data).items():
        if name.startswith("rank.lca"):
            sizes, types = json.loads(name[len("rank.lca ") : name.index("]") + 1]), int(name.split("K=")[1])
            cells = pd.DataFrame(np.indices(sizes).reshape(len(sizes), -1).T).rename(columns=str)
            profiles = blocs.Profiles.from_table(cells)
        elif name.startswith("rank.binomial"):
            trials, types = int(name.split("n=")[1].split()[0]), int(name.split("K=")[1])
            heads = {"h": list(range(trials + 1))}
            profiles = blocs.Profiles.from_table(heads, kinds={"h": blocs.Binomial(trials)})
        else:
            continue
        mixture = blocs.Mixture.of(profiles.schema, types)
        assert {"rank": structural_rank(mixture, profiles), "parameters": mixture.free} == number["value"], name
