"""Menus of which a type says nothing: posteriors by the rule, by hand, never by the ratio of two rounding errors."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.core.schema import Item, Schema
from blocs.model.evidence import Evidence, substituted

Floats = np.ndarray


def voters(n: int = 3000, seed: int = 3) -> pd.DataFrame:
    """Two types; the first never chooses c nor d in item a."""
    rng = np.random.default_rng(seed)
    z = rng.integers(2, size=n)
    p = np.array([[0.5, 0.5, 0.0, 0.0], [0.05, 0.15, 0.5, 0.3]])
    a = (rng.random(n)[:, None] > np.cumsum(p[z], axis=1)).sum(axis=1)
    others = {f"q{j}": (rng.random(n) < np.where(z, 0.8, 0.2)).astype(int) for j in range(4)}
    return pd.DataFrame({"a": np.array(list("abcd"))[a], **others})


PROFILES = blocs.Profiles.from_table(voters())
FITS = [blocs.fit(PROFILES, 2, seed=seed, starts=2) for seed in range(5)]


def new(menu: str = "cd", choice: str | None = "c", **more: object) -> blocs.Profiles:
    table = pd.DataFrame({"a": [choice], **{name: [value] for name, value in more.items()}})
    return blocs.Profiles.from_table(table, menus={"a": [set(menu)]} if choice else None)


def test_five_seeds_agree_on_a_menu_that_a_type_never_chose_from() -> None:
    logliks = [fit.loglik for fit in FITS]
    assert np.ptp(logliks) < 1e-9 * abs(logliks[0])
    for choice in "cd":
        zeta = np.array([fit.posterior(new("cd", choice, q0=0)).to_numpy()[0] for fit in FITS])
        assert np.ptp(zeta, axis=0).max() < 1e-6  # as far as the fits themselves agree
        for fit, row in zip(FITS, zeta, strict=True):  # with two types: as if the item were missing
            assert row == pytest.approx(fit.posterior(new("cd", None, q0=0)).to_numpy()[0], abs=1e-12)
    # control: the ratios under the first type are what the iterations left
    ratios = [fit.params.families[0][2, 0] / fit.params.families[0][2:4, 0].sum(axis=0) for fit in FITS]
    assert np.ptp([ratio[fit.params.families[0][2, 0].argmin()] for ratio, fit in zip(ratios, FITS, strict=True)]) > 0.1


def test_five_seeds_agree_on_the_likelihood_of_a_new_menu() -> None:
    """The first type has the odds of the second, as it says nothing; on the fitted menus nothing changes."""
    for fit in FITS:
        mu = fit.params.families[0][2:4, 0]
        second = mu[0].argmax()
        p = mu[:, second] / mu[:, second].sum()
        alone = [fit.score(new("cd", choice)) for choice in "cd"]
        assert alone == pytest.approx(np.log(p), abs=1e-12)
        assert fit.score(PROFILES) == pytest.approx(fit.loglik, rel=1e-12)
    assert np.ptp([fit.score(new("cd", "c", q0=0)) for fit in FITS]) < 1e-6


def test_an_estimated_ratio_is_used_on_a_menu_that_was_never_seen() -> None:
    fit = FITS[0]
    shares, mu = fit.shares.to_numpy(), fit.params.families[0][:4, 0]
    for menu, choice in (("ac", "a"), ("ac", "c"), ("bcd", "d"), ("abcd", "c")):
        options = ["abcd".index(option) for option in menu]
        p = mu["abcd".index(choice)] / mu[options].sum(axis=0)
        assert fit.posterior(new(menu, choice)).to_numpy()[0] == pytest.approx(
            shares * p / (shares * p).sum(), abs=1e-12
        )
        assert fit.evaluate(new(menu, choice)).places == ()


def test_where_it_matters_is_said() -> None:
    fit = FITS[0]
    first = int(fit.params.families[0][2, 0].argmin())  # the type that chooses neither
    rows = pd.DataFrame({"a": ["c", "d", "a", "c"], "q0": [0, 1, 0, 0]})
    profiles = blocs.Profiles.from_table(rows, menus={"a": [{"c", "d"}, {"c", "d"}, {"a", "b"}, {"c", "b"}]})
    evaluation = fit.evaluate(profiles)
    (place,) = evaluation.places
    assert (place.item, place.menu, place.types.tolist()) == ("a", "c|d", [k == first for k in range(2)])
    assert profiles.counts[place.rows].sum() == 2
    assigned = fit.assign(profiles)
    assert assigned.columns.tolist() == ["type", "probability", "unknown"]
    zeta = fit.posterior(profiles)
    assert assigned["unknown"].tolist() == pytest.approx([*zeta[first + 1][:2], 0.0, 0.0])


def separated(seed: int = 1) -> tuple[blocs.Profiles, blocs.results.fit_result.Fit]:
    """Three types; item a has the outcomes u, v, w, x; types 1 and 3 choose w and x, type 2 only u and v."""
    rng = np.random.default_rng(seed)
    z = rng.choice(3, size=4000, p=[0.5, 0.3, 0.2])
    p = np.array([[0.1, 0.1, 0.5, 0.3], [0.6, 0.4, 0, 0], [0.2, 0.1, 0.2, 0.5]])
    a = (rng.random(4000)[:, None] > np.cumsum(p[z], axis=1)).sum(axis=1)
    q = {
        f"q{j}": (rng.random(4000)[:, None] > np.cumsum(np.eye(3)[z] * 0.8 + 0.2 / 3, axis=1)).sum(axis=1)
        for j in range(6)
    }
    profiles = blocs.Profiles.from_table({"a": np.array(list("uvwx"))[a], **q})
    return profiles, blocs.fit(profiles, 3, starts=5)


def test_three_types_by_hand() -> None:
    _, fit = separated()
    table = fit.table().pivot(index=["item", "outcome"], columns="type", values="probability")
    shares, p = fit.shares.to_numpy(), table.loc["a"].to_numpy()
    silent = p[2:].sum(axis=0).argmin()
    others = [k for k in range(3) if k != silent]
    on_menu = p[2] / p[2:].sum(axis=0)
    on_menu[silent] = (shares[others] * on_menu[others]).sum() / shares[others].sum()
    alone = blocs.Profiles.from_table({"a": ["w"]}, menus={"a": [{"w", "x"}]})
    zeta = fit.posterior(alone).to_numpy()[0]
    assert zeta == pytest.approx(shares * on_menu / (shares @ on_menu), abs=1e-12)
    assert zeta[silent] == pytest.approx(shares[silent], abs=1e-12)  # as if the item were missing
    assert not np.allclose(zeta, shares, atol=1e-3)  # control: the others are told apart
    both = blocs.Profiles.from_table({"a": ["w"], "q0": [1]}, menus={"a": [{"w", "x"}]})
    joint = shares * on_menu * table.loc[("q0", 1)].to_numpy()
    assert fit.posterior(both).to_numpy()[0] == pytest.approx(joint / joint.sum(), abs=1e-12)


def test_what_stands_in_place_is_a_probability() -> None:
    _, fit = separated()
    mixture = fit.mixture
    schema = Schema((replace(mixture.schema.items[0], menus=((2, 3), (0, 1, 2, 3), (1, 2))), *mixture.schema.items[1:]))
    bound = mixture.bind(schema)
    table = substituted(bound, fit.params, fit.evidence.unknown(schema)).table
    for codes in ((1, 3), (3, 7), (7, 9)):
        assert table[slice(*codes)].sum(axis=0) == pytest.approx([1.0, 1.0, 1.0], abs=1e-12)
    assert np.array_equal(substituted(mixture, fit.params, fit.evidence.unknown(mixture.schema)).table,
                          mixture.table(fit.params))  # fmt: skip


def counties() -> tuple[pd.DataFrame, dict[str, list[set[str]]]]:
    """Type 1 lives in county A, where d is not on the ballot and the sheriff is not elected; type 2 in county B."""
    rng = np.random.default_rng(2)
    n = 2000
    b = rng.integers(2, size=n) == 1
    race = np.where(b, rng.choice(["a", "d"], size=n, p=[0.3, 0.7]), rng.choice(["a", "c"], size=n, p=[0.8, 0.2]))
    q = {f"q{j}": np.where(rng.random(n) < 0.97, b, ~b).astype(int) for j in range(8)}
    table = pd.DataFrame({"race": race, "sheriff": np.where(b, rng.choice(["x", "y"], size=n), None), **q})
    return table, {"race": [{"a", "d"} if there else {"a", "c"} for there in b]}


def test_what_a_type_never_had_on_offer_is_unknown() -> None:
    table, menus = counties()
    fits = [blocs.fit(blocs.Profiles.from_table(table, menus=menus), 2, starts=2, seed=seed) for seed in range(3)]
    for fit in fits:
        assert "unknown" in fit.flags
        p = fit.table().pivot(index=["item", "outcome"], columns="type", values="probability")
        home = int(p.loc[("sheriff", "x")].isna().idxmax())  # the type that has no sheriff
        assert p.loc[("sheriff", "x")].isna().tolist() == [k == home for k in (1, 2)]
        assert p.loc[("race", "d")].isna().tolist() == [k == home for k in (1, 2)]
        assert p.loc[("race", "c")].isna().tolist() == [k != home for k in (1, 2)]
        assert p.loc["race"][home].dropna().sum() == pytest.approx(1.0, abs=1e-12)
        assert p.loc[("race", "a"), home] == pytest.approx(0.8, abs=0.03)
        elsewhere = blocs.Profiles.from_table({"race": ["d"], "sheriff": ["x"]}, menus={"race": [{"a", "d"}]})
        assert fit.posterior(elsewhere).to_numpy()[0] == pytest.approx(fit.shares.to_numpy(), abs=1e-12)
        assert [place.item for place in fit.unknown(elsewhere)] == ["race", "sheriff"]
        assert fit.score(elsewhere) <= 0  # the likelihood at the parameters as they are
        fit.check(blocs.Profiles.from_table(table, menus=menus))
    unknown = fits[0].table()
    types = [k for k in (1, 2) if unknown.query("item == 'sheriff' and type == @k")["probability"].isna().any()]
    with pytest.raises(blocs.InputError) as refused:
        blocs.given(fits[0].mixture, fits[0].shares.to_numpy(), unknown)
    rule = "A start has a probability for every outcome of every type"
    told = f"{rule}. Write down even ones, or those of another type."
    assert str(refused.value) == (
        f"2 faults:\n  - item 'sheriff': probabilities of type {types[0]} are unknown (NaN). {told}\n"
        f"  - item 'race': probabilities of types 1, 2 are unknown (NaN). {told}"
    )
    html = fits[0]._repr_html_()
    assert "<td>nan</td>" not in html
    assert f"relative entropy {fits[0].relative_entropy:.4f}; entropy R2 {fits[0].entropy_r2:.4f}; flags: " in html


@pytest.mark.parametrize(
    ("kind", "columns", "value"),
    [(blocs.Poisson(), ["n"], [3]), (blocs.Binomial(9), ["n"], [4]),
     (blocs.Multinomial(["n", "m"]), ["n", "m"], [2, 1]), (blocs.Gaussian(["n", "m"]), ["n", "m"], [1.5, -2.0])],
    ids=["poisson", "binomial", "multinomial", "gaussian"],
)  # fmt: skip
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_numbers_that_nobody_of_a_type_has_leave_its_posterior(kind, columns, value, scale: float) -> None:
    rng = np.random.default_rng(4)
    z = rng.choice(3, size=900, p=[0.4, 0.35, 0.25])
    q = {f"q{j}": np.where(rng.random(900) < 0.98, z, rng.integers(3, size=900)) for j in range(8)}
    numbers = {name: np.where(z == 0, np.nan, np.where(z == 1, 6, 1) * (name == "n") + rng.integers(1, 4, size=900))
               for name in columns}  # fmt: skip
    scale = scale if isinstance(kind, blocs.Gaussian) else 1.0
    table = {**q, **{name: column * scale for name, column in numbers.items()}}
    kinds = {"k": kind} if len(columns) > 1 else {"n": kind}
    fit = blocs.fit(blocs.Profiles.from_table(table, items=list(q), kinds=kinds), 3, starts=5)
    row = {name: [v * scale] for name, v in zip(columns, value, strict=True)}
    profiles = blocs.Profiles.from_table(row, items=[], kinds=kinds)
    evaluation = fit.evaluate(profiles)
    (place,) = evaluation.places
    silent = int(place.types.argmax())
    assert place.types.sum() == 1 and place.menu == ""
    assert evaluation.posterior[0, silent] == pytest.approx(fit.shares.iloc[silent], abs=1e-9)
    assert not np.allclose(evaluation.posterior[0], fit.shares, atol=1e-2)
    described = [*fit.parameters().query(f"type == {silent + 1}")["value"]]
    assert np.isnan(described).all()


def test_an_outcome_that_nobody_chose_says_nothing() -> None:
    table = {"a": ["x", "x", "y", "y"] * 30, "b": [0, 0, 1, 1] * 30, "c": [0, 1, 1, 1] * 30}
    menus = {"a": {"x", "y", "z"}}
    fits = [blocs.fit(blocs.Profiles.from_table(table, menus=menus), 2, seed=seed) for seed in range(3)]
    unseen = blocs.Profiles.from_table({"a": ["z"], "b": [1]}, menus=menus)
    without = blocs.Profiles.from_table({"b": [1]})
    for fit in fits:
        assert fit.posterior(unseen).to_numpy() == pytest.approx(fit.posterior(without).to_numpy(), abs=1e-12)
        assert [(p.item, p.menu, p.types.tolist()) for p in fit.unknown(unseen)] == [("a", "z", [True, True])]


def test_labels_are_given_and_never_unknown() -> None:
    table = {"q": [0, 0, 1, 1, 0, 1], "r": [0, 0, 1, 1, 0, 1], "k": ["A", "A", None, None, None, "B"]}
    profiles = blocs.Profiles.from_table(table, items=["q", "r"], kinds={"k": blocs.Known(["A", "B"])})
    fit = blocs.fit(profiles, 3, starts=3)  # nobody is labelled to be of the third type
    assert (
        fit.posterior(blocs.Profiles.from_table({"k": ["A"]}, items=[], kinds={"k": blocs.Known(["A", "B"])}))
        .to_numpy()
        .max()
        == 1
    )


def test_bounds_are_reachability_by_the_definition() -> None:
    """Against all simple chains of a random item, one type a column."""
    rng = np.random.default_rng(8)
    for _ in range(30):
        menus = tuple({tuple(sorted(rng.choice(5, size=rng.integers(2, 6), replace=False).tolist())) for _ in range(3)})
        item = Item("a", tuple("abcde"), menus)
        mixture = blocs.Mixture.of(Schema((item,)), 2)
        counts = rng.choice([0.0, 0.3, 0.49, 0.5, 4.0], size=(len(item.codes), 2))
        evidence = Evidence(mixture, (counts,))
        for k, subset in product(range(2), [(0, 1), (1, 2, 3), (0, 1, 2, 3, 4), (3, 4)]):
            beats = dict.fromkeys(product(range(5), repeat=2), 0.0)
            for (menu, best), c in zip(item.codes, counts[:, k], strict=True):
                for m in item.menus[menu]:
                    beats[m, best] += c

            def bounded(m: int, by: int, seen: tuple[int, ...] = (), beats=beats) -> bool:
                steps = [b for b in range(5) if b not in seen and beats[m, b] >= 0.5]
                return m == by or any(b == by or bounded(b, by, (*seen, m, b)) for b in steps)

            knows = any(all(bounded(m, by) for m in subset) for by in subset)
            assert evidence.knows(0, subset)[k] == knows


def test_weights_below_one_are_observations_too() -> None:
    frame = voters(400)
    one = blocs.fit(blocs.Profiles.from_table(frame), 2, starts=3)
    with pytest.warns(UserWarning, match="The weights sum to 1 over 400 rows"):
        profiles = blocs.Profiles.from_table(frame, weights=np.full(400, 1 / 400))
    small = blocs.fit(profiles, 2, starts=3)
    assert small.table()["probability"].notna().all()
    assert small.posterior(new("ac", "a")).to_numpy() == pytest.approx(
        one.posterior(new("ac", "a")).to_numpy(), abs=1e-4
    )


def test_a_prior_is_an_observation() -> None:
    fit = blocs.fit(PROFILES, 2, starts=3, prior=1.0)
    assert fit.unknown(new("cd", "c")) == ()
    shares, mu = fit.shares.to_numpy(), fit.params.families[0][:4, 0]
    p = mu[2] / mu[2:].sum(axis=0)
    assert fit.posterior(new("cd", "c")).to_numpy()[0] == pytest.approx(shares * p / (shares @ p), abs=1e-12)


def test_saved_and_loaded_and_older_files(tmp_path) -> None:
    fit = FITS[0]
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", PROFILES)
    assert again.posterior(new(q0=0)).equals(fit.posterior(new(q0=0)))
    older = json.loads((tmp_path / "fit.json").read_text())
    older["entropy_r2"] = older.pop("relative_entropy")  # as up to format 5
    del older["counts"], older["identified"]
    (tmp_path / "old.json").write_text(json.dumps({**older, "blocs_fit": 5}))
    old = blocs.load(tmp_path / "old.json", PROFILES)
    assert old.relative_entropy == fit.relative_entropy and old.entropy_r2 == fit.entropy_r2
    assert old.posterior(new(q0=0)).to_numpy() == pytest.approx(fit.posterior(new(q0=0)).to_numpy(), abs=1e-12)
    assert old.identified is None and "not_identified" not in old.flags
    damaged = {**json.loads((tmp_path / "fit.json").read_text())}
    damaged["counts"][0][0] = [-1.0, 2.0]
    (tmp_path / "bad.json").write_text(json.dumps(damaged))
    with pytest.raises(blocs.InputError, match="an expected count is negative or not finite"):
        blocs.load(tmp_path / "bad.json")


def test_assign_says_where_types_say_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = voters(600)
    third = np.arange(600) % 3 == 0
    table["sheriff"] = np.where(third | (table["a"] < "c"), "x", "y")
    run = CliRunner().invoke
    # a question that only clear voters of one type were asked
    clear = (table[["q0", "q1", "q2", "q3"]].sum(axis=1) == 4) & (table["a"] >= "c")
    fitted = table.assign(sheriff=table["sheriff"].where(clear))
    fitted.to_csv("fitted.csv", index=False)
    table.iloc[:50].to_csv("new.csv", index=False)
    items = "a,q0,q1,q2,q3,sheriff"
    call = ["fit", "fitted.csv", "--items", items, "--types", "2", "--starts", "3", "--out", "fit.json", "--quiet"]
    assert run(cli, call).exit_code == 0
    fit = blocs.load("fit.json")
    silent = int(fit.counts[5].sum(axis=0).argmin()) + 1
    result = run(cli, ["assign", "new.csv", "--fit", "fit.json", "--out", "out.csv", "--quiet"])
    out = pd.read_csv("out.csv")
    rows = int((out["unknown"] >= 0.01).sum())
    assert 0 < rows < 50
    assert " ".join(result.stdout.split()).split("Note: ")[1] == (
        "the data of the fit do not say how these types choose from these menus. There they have the probabilities of "
        "the other types, so that the item does not change their posterior: "
        f"sheriff (x|y): type {silent}, 50 observations "
        f"Such types have a posterior of 1 % or more, in the column 'unknown', in {rows} rows. "
        "50 rows written to out.csv."
    )
    result = run(cli, ["assign", "new.csv", "--fit", "fit.json", "--out", "out.csv", "--quiet", "--json"])
    assert json.loads(result.stdout)["unknown"] == {
        "rows": rows, "menus": [{"item": "sheriff", "menu": "x|y", "types": [silent], "observations": 50.0}],
    }  # fmt: skip
