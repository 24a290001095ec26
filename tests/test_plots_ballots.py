"""Pictures of ballots: their tables against counts of the raw ballots, and what is drawn against their tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

matplotlib = pytest.importorskip("matplotlib", reason="the extra plots is not installed")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

import blocs  # noqa: E402
from blocs import plots  # noqa: E402
from blocs.core.errors import InputError, UnsupportedError  # noqa: E402
from blocs.inference.as_cast_errors import as_cast_errors, errors_of_posteriors  # noqa: E402
from blocs.plots.house_style import OUTCOMES  # noqa: E402
from blocs.plots.layout import figure_of  # noqa: E402
from blocs.profiles import profiles_of  # noqa: E402
from pictures_support import made  # noqa: E402
from plots_support import ballots, bars_of, coded, cut_off, points_of, spans_of, texts_of  # noqa: E402


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def voters() -> Any:
    return coded()


@pytest.fixture(scope="module")
def fit(voters: Any) -> blocs.Fit:
    return blocs.fit(voters.profiles, 2, starts=6, seed=1)


@pytest.fixture(scope="module")
def table(fit: blocs.Fit, voters: Any) -> pd.DataFrame:
    return plots.types_by_office_data(fit, voters.profiles)


def test_the_types_together_are_the_ballots_as_they_were_cast(table: pd.DataFrame) -> None:
    raw = ballots()
    number = table.assign(n=table["voters"] * table["probability"]).groupby(["top", "office", "stood", "outcome"])["n"]
    of_types = number.sum()
    for top, other in (("DEM", "REP"), ("REP", "DEM")):
        rows = raw[raw["President"] == top]
        house = {"both": rows[rows["hd"] == "1"], "own" if top == "DEM" else "other": rows[rows["hd"] == "2"]}
        for stood, of in house.items():
            assert of_types[top, "US House", stood, "abstain"] == pytest.approx((of["US House"] == "none").sum())
        assert of_types[top, "US House", "both", "split"] == pytest.approx((house["both"]["US House"] == other).sum())
        assert of_types[top, "US Senate", "both", "split"] == pytest.approx((rows["US Senate"] == other).sum())
    assert set(table.loc[(table["top"] == "DEM") & (table["office"] == "Sheriff"), "stood"]) == {"other"}
    once = table.drop_duplicates(["type", "top"])
    assert once.groupby("top")["of_type"].sum().to_dict() == pytest.approx(raw["President"].value_counts().to_dict())
    sums = table.groupby(["type", "top", "office", "stood"])["probability"].sum()
    assert np.allclose(sums, 1)


def test_the_bars_are_the_shares_from_the_left_split_blank_other_straight(table: pd.DataFrame) -> None:
    axes = plots.types_by_office(table)
    assert axes.shape == (2, 2)
    offices = ["US Senate", "US House"]
    for i, top in enumerate(("DEM", "REP")):
        for k in (1, 2):
            of = table[(table["type"] == k) & (table["top"] == top) & (table["stood"] == "both")]
            shares = of.set_index(["office", "outcome"])["probability"].to_dict()
            bars = bars_of(axes[i, k - 1])
            places = sorted({y for _, y, _, _ in bars})
            assert len(places) == len(offices)
            for y, office in zip(places, offices, strict=True):
                left = 0.0
                order = [o for o in OUTCOMES if shares.get((office, o), 0) >= 0.0005]
                drawn = [bar for bar in bars if bar[1] == y]
                assert [bar[0] for bar in drawn] == [OUTCOMES[o] for o in order]
                for (_, _, x, width), outcome in zip(drawn, order, strict=True):
                    assert (x, width) == pytest.approx((left, shares[office, outcome]), abs=1e-9)
                    left += width
                assert left == pytest.approx(1, abs=2e-3)
            split_or_blank = [shares[o, w] for o in offices for w in ("split", "abstain")]
            printed = [f"{100 * p:.0f}" for p in split_or_blank if p >= 0.095]
            assert sorted(texts_of(axes[i, k - 1])) == sorted(printed)
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == offices  # in ballot order, not by name
    share = table.drop_duplicates("type").set_index("type")["share"]
    number = table.drop_duplicates(["type", "top"]).set_index(["type", "top"])["of_type"]
    heading = f"Type 2 ({100 * share[2]:.1f} %)\nDEM voters (≈ {number[2, 'DEM']:,.0f})"
    assert axes[0, 1].get_title(loc="left") == heading
    assert axes[1, 0].get_title(loc="left") == f"REP voters (≈ {number[1, 'REP']:,.0f})"
    assert cut_off(axes) == []


def test_where_one_party_stood_is_another_figure_and_a_divided_office_is_in_both(table: pd.DataFrame) -> None:
    axes = plots.types_by_office(table, "one", tops={"DEM": "Clinton voters"}, labels={"Sheriff": "County sheriff"})
    names = [[t.get_text() for t in axes[i, 0].get_yticklabels()] for i in (0, 1)]
    assert names == [["US House (own party only)", "County sheriff (other party only)"],
                     ["Sheriff (own party only)".replace("Sheriff", "County sheriff"),
                      "US House (other party only)"]]  # fmt: skip
    assert axes[0, 0].get_title(loc="left").splitlines()[1].startswith("Clinton voters (≈ ")
    own = bars_of(axes[0, 0])
    assert OUTCOMES["split"] not in [bar[0] for bar in own if bar[1] == own[0][1]]  # nobody could split there
    assert cut_off(axes) == []


def test_bars_of_under_30_voters_are_not_drawn() -> None:
    few, enough = made(voters=29.9), made(voters=30.0)
    with pytest.raises(InputError) as error:
        plots.types_by_office(few)
    assert str(error.value) == "data: there is no office where both parties stood for 30 voters or more."
    assert len(bars_of(plots.types_by_office(enough)[0, 0])) == 8
    both = pd.concat([enough, few.assign(type=2)])
    axes = plots.types_by_office(both)
    assert bars_of(axes[0, 1]) == []
    assert texts_of(axes[0, 1]) == ["under 30 voters"]  # once for bars that follow each other


def test_bars_stand_at_equal_distances_whatever_their_names() -> None:
    long = {"A": "Clerk of the Circuit Court of a County with a Long Name"}
    table = pd.concat([made(voters=100.0).assign(office=office) for office in "ABC"])
    ax = plots.types_by_office(table, labels=long)[0, 0]
    assert "\n" in ax.get_yticklabels()[0].get_text()
    assert len(np.unique(np.diff(ax.get_yticks()).round(9))) == 1


def test_fits_by_top_party_have_the_shares_of_each_party_in_the_headings(voters: Any) -> None:
    fits = blocs.fit_by_group(voters.profiles, 2, starts=4, seed=1)
    data = plots.types_by_office_data(fits, voters.profiles)
    axes = plots.types_by_office(data)
    for i, top in enumerate(("DEM", "REP")):
        for k in (1, 2):
            expected = f"Type {k} ({100 * fits.shares[top][k]:.1f} %)"
            assert axes[i, k - 1].get_title(loc="left").splitlines()[0] == expected


@pytest.mark.parametrize(
    ("types", "offices", "rows"), [(5, 10, 2), pytest.param(10, 40, 3, marks=pytest.mark.slow)]
)
def test_many_types_continue_below_and_nothing_is_cut_off(types: int, offices: int, rows: int) -> None:
    data = made(types, offices)
    long = data["office"] == "Office 7"
    data.loc[long, "office"] = "Commissioner of the Southern Harbor and Water District 7"
    axes = plots.types_by_office(data)
    figure = figure_of(axes)
    assert figure.get_figwidth() * 25.4 == pytest.approx(170)
    assert axes.shape == (1, types)
    assert len({round(ax.get_position().y0, 6) for ax in axes.flat}) == rows
    width = axes[0, 0].get_position().width * 170
    assert width >= 27  # a number of two digits in 10 per cent
    assert min(text.get_fontsize() for ax in axes.flat for text in ax.texts) >= 6.5
    assert cut_off(axes) == []


def test_a_column_of_a_journal_is_85_mm_wide() -> None:
    axes = plots.types_by_office(made(types=3), width=85)
    assert figure_of(axes).get_figwidth() * 25.4 == pytest.approx(85)
    assert cut_off(axes) == []


def test_outcomes_apart_have_their_intervals_and_always_their_numbers(table: pd.DataFrame) -> None:
    axes = plots.types_by_office(table, kind="dots")
    of = table[(table["type"] == 2) & (table["top"] == "REP") & (table["stood"] == "both")]
    split, blank = (of[of["outcome"] == outcome] for outcome in ("split", "abstain"))
    ax = axes[1, 1]
    drawn = points_of(ax)
    assert drawn[0::2, 0].tolist() == split["probability"].tolist()
    assert drawn[1::2, 0].tolist() == blank["probability"].tolist()
    assert (np.diff(drawn[:, 1]) > 1).all()  # each on a line of its own
    ends = np.concatenate([spans_of(collection, 0) for collection in ax.collections])
    assert ends[0::2].tolist() == split[["low", "high"]].to_numpy().tolist()
    assert ends[1::2].tolist() == blank[["low", "high"]].to_numpy().tolist()
    assert len(texts_of(ax)) == 4
    assert cut_off(axes) == []


def test_intervals_as_cast_are_those_of_a_ratio_of_sums(fit: blocs.Fit, voters: Any, table: pd.DataFrame) -> None:
    """Row by row, from the posteriors of the ballots; and of one type, the interval of a binomial share."""
    raw, zeta = ballots(), fit.evaluate(voters.profiles).posterior[voters.profiles.cells.row]
    cells = voters.profiles.cells
    top = cells.table["top"].to_numpy()[cells.group]
    item = voters.profiles.schema.names.index("US Senate")
    labels = voters.profiles.schema.items[item]
    chosen = np.array([None, *(labels.outcomes[o] for _, o in labels.codes)])[voters.profiles.codes[cells.row, item]]
    own = top == "DEM"
    n, z, y = cells.counts[own], zeta[own, 1], (chosen == "split")[own]
    p = (n * z * y).sum() / (n * z).sum()
    se = np.sqrt((n * z**2 * (y - p) ** 2).sum()) / (n * z).sum()
    errors = as_cast_errors(fit, voters.profiles).set_index(["type", "top", "office", "stood", "outcome"])
    found = errors.loc[(2, "DEM", "US Senate", "both", "split")]
    assert (found["probability"], found["se"]) == pytest.approx((p, se))
    logit = np.log(p / (1 - p))
    wide = 1.959963984540054 * se / (p * (1 - p))
    assert (found["low"], found["high"]) == pytest.approx(tuple(1 / (1 + np.exp(-logit - s * wide)) for s in (-1, 1)))
    one = as_cast_errors(blocs.fit(voters.profiles, 1), voters.profiles)
    senate = one[(one["office"] == "US Senate") & (one["top"] == "REP") & (one["outcome"] == "split")].iloc[0]
    number = (raw["President"] == "REP").sum()
    assert senate["se"] == pytest.approx(np.sqrt(senate["probability"] * (1 - senate["probability"]) / number))


def test_there_is_no_interval_where_nobody_of_a_type_split() -> None:
    """EM ends near 0 and not at it: of what is left, an interval would have no width."""
    below = {name: ["DEM"] * 900 + ["REP"] * 100 for name in ("Sheriff", "Clerk", "Judge")}
    votes = {"President": ["DEM"] * 1000, **below}
    votes["Clerk"][0] = votes["Judge"][1] = votes["Judge"][999] = "none"
    coded = blocs.code(blocs.read_cvr(pd.DataFrame(votes), offices=list(votes)))
    errors = as_cast_errors(blocs.fit(coded, 2, starts=4, seed=1), profiles_of(coded))
    expected = np.minimum(errors["probability"], 1 - errors["probability"]) * errors["voters"]
    never = errors[(errors["type"] == 1) & (errors["outcome"] == "split")]
    assert (never["probability"] > 0).any() and (never["probability"] < 1e-6).all() and len(never) == 3
    assert never[["se", "low", "high"]].isna().all(axis=None)
    assert (errors["low"].isna() == (expected < 0.5)).all() and errors["low"].notna().any()


def test_cells_in_which_nobody_of_a_type_is_expected_have_no_interval_and_move_no_others() -> None:
    """A posterior of 1e-200 has a square that is 0: its row is there all the same, and those after it are their own."""
    votes = {"President": ["DEM"] * 60 + ["REP"] * 60, "Sheriff": (["DEM"] * 40 + ["REP"] * 20) * 2,
             "Clerk": ["DEM"] * 10 + ["REP"] * 50 + ["none"] * 60}  # fmt: skip
    coded = blocs.code(blocs.read_cvr(pd.DataFrame(votes), offices=list(votes)))
    profiles = profiles_of(coded)
    rows, cells = len(profiles), profiles.cells
    own = np.bincount(cells.row, cells.table["top"].to_numpy()[cells.group] == "DEM", rows) > 0
    zeta = np.where(own[:, None], (1.0, 1e-200), 0.5)
    errors = errors_of_posteriors(profiles, zeta)
    of_whom = errors.groupby(["type", "top"])["se"]
    assert of_whom.count().to_dict() == {(1, "DEM"): 4, (1, "REP"): 2, (2, "DEM"): 0, (2, "REP"): 2}
    known = errors.dropna(subset="se")
    p = {("DEM", "Sheriff"): 40 / 60, ("DEM", "Clerk"): 10 / 60, ("REP", "Sheriff"): 20 / 60}
    for row in known.to_dict("records"):  # equal posteriors of 0.5 count as one voter each
        straight = p[row["top"], row["office"]]
        assert row["probability"] == pytest.approx(straight if row["outcome"] == "straight" else 1 - straight)
        assert row["se"] == pytest.approx(np.sqrt(straight * (1 - straight) / 60))


def test_types_can_be_chosen() -> None:
    axes = plots.types_by_office(made(types=3), types=[3, 1])
    assert [ax.get_title(loc="left").splitlines()[0] for ax in axes.flat] == ["Type 3 (33.3 %)", "Type 1 (33.3 %)"]
    with pytest.raises(InputError) as error:
        plots.types_by_office(made(types=3), types=[4])
    assert str(error.value) == "types: there is no type 4. The types are 1, 2, 3."


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: plots.types_by_office(made(), "all"),
         "stood: there is no figure 'all'. The figures are 'both', 'one'."),
        (lambda: plots.types_by_office(made(), "one"),
         "data: there is no office where only one party stood for 30 voters or more."),
        (lambda: plots.types_by_office(made().drop(columns="stood")),
         "data: there is no column 'stood'. The columns are 'type', 'share', 'top', 'of_type', 'office', 'voters', "
         "'outcome', 'probability', 'low', 'high'. Give what types_by_office_data returns."),
        (lambda: plots.types_by_office(3),
         "data: it is a int. It is the table that types_by_office_data returns."),
        (lambda: plots.types_by_office(made().iloc[:0]), "data: there are no rows to draw."),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(call: Any, text: str) -> None:
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == text


def test_what_are_no_ballots_is_refused() -> None:
    plain = blocs.Profiles.from_table({"a": ["x", "y"], "b": ["x", "y"]})
    fit = blocs.fit(plain, 1)
    with pytest.raises(InputError) as error:
        plots.types_by_office_data(fit, plain)
    assert str(error.value) == (
        "profiles: there is no column 'top'. There are no columns to choose from. "
        "Give ballots that `blocs.code` returned."
    )
    grouped = blocs.Profiles.from_table({"a": ["x", "y"], "top": ["D", "R"]}, items=["a"], groups="top")
    with pytest.raises(InputError) as error:
        plots.types_by_office_data(blocs.fit(grouped, 1), grouped)
    assert str(error.value) == (
        "profiles: items have the outcomes 'x', 'y'. Those of ballots are 'abstain', 'split', 'straight', 'other'. "
        "`blocs.plots.item_profiles` draws other items."
    )


@pytest.mark.slow
def test_the_model_is_hatched_where_the_types_had_no_choice(fit: blocs.Fit, voters: Any) -> None:
    data = plots.model_by_office_data(fit, voters.profiles)
    table = fit.table(voters.profiles)
    assert data["probability"].tolist() == table["probability"].tolist()
    assert data["extrapolated"].tolist() == (table["observed"] < 5).tolist()
    assert data[data["extrapolated"]]["office"].unique().tolist() == ["Sheriff"]
    axes = plots.model_by_office(data)
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["US Senate", "US House"]
    assert not any(patch.get_hatch() for ax in axes.flat for patch in ax.patches)
    axes = plots.model_by_office(data, extrapolated=True)
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["US Senate", "US House", "Sheriff"]
    hatched = {round(p.get_y(), 6) for ax in axes.flat for p in ax.patches if p.get_hatch()}
    assert len(hatched) == 1
    assert hatched == {round(max(p.get_y() for p in axes[0, 0].patches), 6)}
    assert "extrapolated" in texts_of(axes[0, 1])
    assert cut_off(axes) == []
    one = data.assign(extrapolated=data["extrapolated"] | ((data["type"] == 2) & (data["office"] == "US House")))
    assert "extrapolated: 2" in texts_of(plots.model_by_office(one)[0, 1])
    with pytest.raises(InputError) as error:
        plots.model_by_office(data.assign(extrapolated=True))
    assert str(error.value) == (
        "data: the probabilities of all types are extrapolated in every office. "
        "`extrapolated=True` draws them all the same."
    )


def test_a_fit_of_one_party_says_nothing_of_a_choice_between_two_where_one_stood(voters: Any) -> None:
    """All Democratic voters had all the outcomes that they had for Sheriff, and yet none had both parties."""
    fits = blocs.fit_by_group(voters.profiles, 2, starts=2)
    sheriff = fits.table(voters.profiles).query("item == 'Sheriff'")
    assert (sheriff["observed"] > 5).all()
    data = plots.model_by_office_data(fits, voters.profiles)
    assert data.loc[data["office"] == "Sheriff", "observed"].unique().tolist() == [0.0]
    assert data.loc[data["extrapolated"], "office"].unique().tolist() == ["Sheriff"]
    others = data["office"] != "Sheriff"
    assert data.loc[others, "observed"].tolist() == fits.table(voters.profiles).query("item != 'Sheriff'")[
        "observed"
    ].tolist()
    assert [t.get_text() for t in plots.model_by_office(data)[0, 0].get_yticklabels()] == ["US Senate", "US House"]


def test_a_bar_of_which_a_type_says_nothing_is_unknown_and_the_others_keep_their_places(
    fit: blocs.Fit, voters: Any
) -> None:
    data = plots.model_by_office_data(fit, voters.profiles)
    silent = (data["type"] == 2) & (data["office"] == "US Senate")
    data.loc[silent, "probability"] = np.nan
    axes = plots.model_by_office(data)
    assert texts_of(axes[0, 1])[-1] == "unknown"
    first, second = ({bar[1] for bar in bars_of(ax)} for ax in axes.flat)
    assert len(first) == 2
    assert second == {max(first)}  # the House, below
    assert axes[0, 1].texts[-1].get_position()[1] == pytest.approx(min(first))


def test_fits_by_another_column_than_the_party_at_the_top_are_refused(voters: Any) -> None:
    fits = blocs.FitsByGroup("precinct", {"P00": blocs.fit(voters.profiles, 1)}, {"P00": (1,)})
    for data in (plots.types_by_office_data, plots.model_by_office_data):
        with pytest.raises(UnsupportedError) as refused:
            data(fits, voters.profiles)
        assert str(refused.value) == "Pictures of ballots show one fit of all or fits by 'top', not by 'precinct'."


def test_offices_without_a_model_are_the_shares_of_all_voters_who_had_the_choice(voters: Any) -> None:
    data = plots.office_shares_data(voters)
    share = data.set_index(["top", "office", "outcome"])["share"]
    raw = ballots()
    senate = raw.loc[raw["President"] == "REP", "US Senate"]
    assert share["REP", "US Senate", "split"] == pytest.approx((senate == "DEM").mean())
    house = raw.loc[(raw["President"] == "DEM") & (raw["hd"] == "1"), "US House"]
    assert share["DEM", "US House", "abstain"] == pytest.approx((house == "none").mean())
    axes = plots.office_shares(data)
    assert axes.shape == (1, 2)
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["US Senate", "US House"]  # Sheriff: no choice
    assert axes[0, 1].get_title(loc="left") == f"REP voters ({(raw['President'] == 'REP').sum():,})"
    split = next(bar for bar in bars_of(axes[0, 1]) if bar[0] == OUTCOMES["split"])
    assert split[3] == pytest.approx(share["REP", "US Senate", "split"])
    assert cut_off(axes) == []


def test_a_fit_draws_its_first_picture(fit: blocs.Fit, voters: Any, table: pd.DataFrame) -> None:
    axes = fit.plot(voters.profiles, labels={"US House": "House"})
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["US Senate", "House"]
    assert bars_of(axes[1, 1]) == bars_of(plots.types_by_office(table)[1, 1])
    with pytest.raises(InputError) as error:
        fit.plot()
    assert str(error.value) == (
        "profiles: there are no ballots. The picture shows what the types did on the menus they had. "
        "Give the coded ballots."
    )
