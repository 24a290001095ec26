"""Pictures of fits: what is drawn against the tables of the fit, and the tables against plain computations."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

matplotlib = pytest.importorskip("matplotlib", reason="the extra plots is not installed")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

import blocs  # noqa: E402
from blocs import plots  # noqa: E402
from blocs.core.account import Account, Step  # noqa: E402
from blocs.core.errors import InputError, UnsupportedError  # noqa: E402
from blocs.inference.mean_posteriors import mean_posteriors  # noqa: E402
from blocs.inference.selection import compare_table  # noqa: E402
from blocs.inference.shown_shares import shown_shares  # noqa: E402
from blocs.plots.captions import criteria_caption, group_caption  # noqa: E402
from blocs.plots.house_style import type_style  # noqa: E402
from blocs.plots.item_profiles import shown_category  # noqa: E402
from plots_support import answers, cut_off, points_of, spans_of, texts_of  # noqa: E402

ITEMS = [f"q{j}" for j in range(1, 7)]


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return blocs.Profiles.from_table(answers(), items=ITEMS, groups="place")


@pytest.fixture(scope="module")
def fits(profiles: blocs.Profiles) -> list[blocs.Fit]:
    return [blocs.fit(profiles, k, starts=6, seed=1) for k in (1, 2, 3)]


@pytest.fixture(scope="module")
def errors(fits: list[blocs.Fit], profiles: blocs.Profiles) -> Any:
    return blocs.standard_errors(fits[2], profiles)


def test_the_profile_of_a_fit_has_its_probabilities_and_intervals(fits: list[blocs.Fit], errors: Any) -> None:
    data = plots.item_profiles_data(fits[2], errors)
    axes = plots.item_profiles(data)
    ax, table = axes[0, 0], errors.table()
    yes = table[table["outcome"] == "yes"].reset_index(drop=True)
    drawn = points_of(ax)
    assert drawn[:, 1].tolist() == yes["probability"].tolist()
    assert drawn[:, 0].round().tolist() == [0, 1, 2, 3, 4, 5] * 3
    bars = np.concatenate([spans_of(collection, 1) for collection in ax.collections])
    assert bars.tolist() == yes[["low", "high"]].dropna().to_numpy().tolist()
    assert ax.get_ylim() == pytest.approx((-0.04, 1.04))
    assert ax.get_ylabel() == "Probability of «yes»"
    assert [t.get_text() for t in ax.get_xticklabels()] == ITEMS
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert names == [f"Type {k} ({100 * share:.1f} %)" for k, share in fits[2].shares.items()]
    assert all(line.get_linestyle() == "None" for line in ax.lines)  # items have no order
    assert len({line.get_marker() for line in ax.lines}) == 3
    assert len({line.get_color() for line in ax.lines}) == 3
    assert cut_off(axes) == []


def test_lines_join_the_points_of_a_type_for_those_who_ask(fits: list[blocs.Fit], errors: Any) -> None:
    axes = plots.item_profiles(plots.item_profiles_data(fits[2]), "no", lines=True, labels={"q1": "First question"})
    lines = axes[0, 0].lines
    assert len({str(line.get_linestyle()) for line in lines}) == 3
    assert lines[0].get_xdata().tolist() == [0, 1, 2, 3, 4, 5]  # not aside
    with_errors = plots.item_profiles(plots.item_profiles_data(fits[2], errors), lines=True)[0, 0].lines
    starts = [line.get_xdata()[0] for line in with_errors]
    assert len(set(starts)) == 3 and sum(starts) == pytest.approx(0)  # aside, so that no interval is hidden
    table = fits[2].table()
    no = table[(table["type"] == 1) & (table["outcome"] == "no")]["probability"]
    assert lines[0].get_ydata().tolist() == no.tolist()
    assert axes[0, 0].get_ylabel() == "Probability of «no»"
    assert axes[0, 0].get_xticklabels()[0].get_text() == "First question"


def test_long_names_of_items_stand_upright_and_nothing_is_cut_off(fits: list[blocs.Fit]) -> None:
    names = {item: f"{item}: How much confidence do you have in intergovernmental organisations?" for item in ITEMS}
    data = plots.item_profiles_data(fits[2])
    for width, rotation in ((170, 0), (85, 90)):
        axes = plots.item_profiles(data, labels=names, width=width)
        assert {t.get_rotation() for t in axes[0, 0].get_xticklabels()} == {rotation}
        assert cut_off(axes) == []


def test_types_of_several_fits_have_the_colour_of_the_type_that_they_resemble(fits: list[blocs.Fit]) -> None:
    turned = fits[2].relabel({1: 3, 2: 1, 3: 2})
    data = plots.item_profiles_data([turned, fits[1], fits[0]])
    one = data.drop_duplicates(["types", "type"])
    assert one["types"].tolist() == [1, 2, 2, 3, 3, 3]
    goes_with = blocs.match(fits[1], turned).mapping
    aligned = one[one["types"] == 3].set_index("type")["aligned"].to_dict()
    assert {aligned[other]: k for k, other in goes_with.items()} == {1: 1, 2: 2}
    assert sorted(aligned.values()) == [1, 2, 3]
    assert aligned != {1: 1, 2: 2, 3: 3}
    axes = plots.item_profiles(data, lines=True)
    titles = [ax.get_title(loc="left") for ax in axes.flat[:3]]
    assert titles == [f"1 type, BIC {fits[0].bic:,.1f}", f"2 types, BIC {fits[1].bic:,.1f}",
                      f"3 types, BIC {fits[2].bic:,.1f}"]  # fmt: skip
    colours = [line.get_color() for line in axes[1, 0].lines]
    assert colours == [type_style(aligned[k])["color"] for k in (1, 2, 3)]
    assert cut_off(axes) == []


def test_items_with_more_than_two_categories_have_panels_of_their_own() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"TV": rng.choice(["never", "often", "always"], 90), "Voted": rng.choice(["no", "yes"], 90)})
    fit = blocs.fit(blocs.Profiles.from_table(table), 2, starts=2)
    data = plots.item_profiles_data(fit)
    axes = plots.item_profiles(data)
    assert [ax.get_title(loc="left") for ax in axes.flat] == ["TV", "Voted"]
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["always", "never", "often"]
    expected = fit.table()
    expected = expected[(expected["item"] == "TV") & (expected["type"] == 2)]["probability"].tolist()
    assert points_of(axes[0, 0])[3:, 0].tolist() == expected
    assert cut_off(axes) == []
    long = {"TV": "TV: on how many evenings of a usual week do you watch programmes about politics and the economy?"}
    for width in (170, 85):
        axes = plots.item_profiles(data, labels=long, width=width)
        assert " ".join(axes.flat[0].get_title(loc="left").split()) == long["TV"]
        assert cut_off(axes) == []
    worded = "on every evening of the week or on nearly every evening"
    axes = plots.item_profiles(data[data["item"] == "TV"].replace({"outcome": {"always": worded}}), worded)
    assert cut_off(axes) == []
    named = plots.item_profiles(data, {"TV": "never", "Voted": "yes"})
    assert [t.get_text() for t in named[0, 0].get_xticklabels()] == ["TV = never", "Voted = yes"]
    with pytest.raises(InputError) as error:
        plots.item_profiles(data, "yes")
    assert str(error.value) == (
        "category: 'TV' has no category 'yes'. Its categories are 'always', 'never', 'often'. Leave out `category=`."
    )
    with pytest.raises(InputError) as error:
        plots.item_profiles(data, {"TV": "often", "Voted": "Yes"})
    assert str(error.value) == (
        "category: 'Voted' has no category 'Yes'. Its categories are 'no', 'yes'. Nearest match: yes. Leave out "
        "`category=`."
    )
    with pytest.raises(UnsupportedError) as refused:
        plots.item_profiles(pd.concat([data, data.assign(types=3)]))
    assert str(refused.value) == (
        "Several fits of items with more than two categories are drawn for one category of each item. Name it with "
        "`category=`."
    )


def test_what_has_no_profiles_is_refused(fits: list[blocs.Fit], errors: Any) -> None:
    with pytest.raises(InputError) as error:
        plots.item_profiles_data([])
    assert str(error.value) == "fits: there are none. Give at least one fit."
    with pytest.raises(InputError) as error:
        plots.item_profiles_data(fits[1], errors)
    assert str(error.value) == "errors: they are of another fit. Give those of the fit."
    with pytest.raises(UnsupportedError) as refused:
        plots.item_profiles_data(fits, errors)
    assert str(refused.value) == "Intervals of several fits in one picture are not available: give one fit."
    counts = blocs.Profiles.from_table({"n": [1, 2, 3, 9, 8]}, kinds={"n": blocs.Poisson()})
    with pytest.raises(UnsupportedError) as refused:
        plots.item_profiles_data(blocs.fit(counts, 1))
    assert str(refused.value) == (
        "A fit of counts and measurements has no item profiles: its items have no outcomes."
    )


def test_the_fit_of_a_survey_draws_its_profiles(fits: list[blocs.Fit]) -> None:
    drawn = plots.item_profiles(plots.item_profiles_data(fits[2]))
    assert np.array_equal(points_of(fits[2].plot()[0, 0]), points_of(drawn[0, 0]))


@pytest.mark.slow
def test_items_whose_names_are_too_long_for_a_square_are_numbered() -> None:
    name = "Judge of the Superior Court of the Commonwealth, second district, for the unexpired term, seat"
    names = [f"{name} {i}" for i in range(1, 13)]
    pairs = [(a, b, 1.0, 0.5) for i, a in enumerate(names) for b in names[i + 1 :]]
    data = plots.residual_map_data(pd.DataFrame(pairs, columns=["item_a", "item_b", "bvr", "p"]), names)
    ax = plots.residual_map(data)
    rows = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    assert rows == [f"{i} {name}" for i, name in enumerate(names, start=1)][1:]
    assert [label.get_text() for label in ax.get_xticklabels()] == list(map(str, range(1, 12)))
    assert [" ".join(text.get_text().split()) for text in ax.figure.texts] == [f"1: {names[0]}"]
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(below.y1 <= above.y0 + 1 for above, below in pairwise(boxes))
    assert cut_off(ax) == []
    narrow = plots.residual_map(data, width=85).get_xticklabels()
    assert [label.get_text() for label in narrow][:4] == ["1", "", "3", ""]


def test_criteria_of_groups_have_a_panel_each(fits: list[blocs.Fit]) -> None:
    tables = [compare_table(fits), compare_table(fits).assign(bic=[1.0, 2.0, 3.0])]
    for table, label in zip(tables, ("DEM", "REP"), strict=True):
        table.insert(0, "top", label)
    data = plots.criteria_over_types_data(pd.concat(tables), ("bic",))
    axes = plots.criteria_over_types(data)
    assert [ax.get_ylabel() for ax in axes[:, 0]] == [f"Criterion, {top} (lower is better)" for top in ("DEM", "REP")]
    for ax, table in zip(axes[:, 0], tables, strict=True):
        assert ax.lines[0].get_ydata().tolist() == table["bic"].tolist()
    assert cut_off(axes[0, 0]) == cut_off(axes[1, 0]) == []
    assert criteria_caption(data).startswith("Fit of models with 1 to 3 types, for each of 2 groups. ")
    with pytest.raises(InputError) as error:
        plots.criteria_over_types(data, ax=axes[0, 0])
    assert str(error.value) == "ax: the comparison has 2 groups, which is a panel each. Leave it out."


def test_criteria_ring_the_lowest_value_unless_it_is_the_last(fits: list[blocs.Fit]) -> None:
    table = compare_table(fits)
    table.loc[2, "bic"] = table["bic"][1] + 5
    data = plots.criteria_over_types_data(table, ("bic", "aic"))
    assert data[data["lowest"]]["types"].tolist() == [2, 3]
    assert data[data["at_edge"]]["criterion"].unique().tolist() == ["aic"]
    ax = plots.criteria_over_types(data, chosen=2)
    bic, ring, aic, no_ring, chosen = ax.lines
    assert bic.get_ydata().tolist() == table["bic"].tolist()
    assert aic.get_ydata().tolist() == table["aic"].tolist()
    assert ring.get_xydata().tolist() == [[2, table["bic"][1]]]
    assert no_ring.get_xydata().tolist() == []
    assert chosen.get_xdata() == [2, 2]
    assert ax.get_title(loc="right") == "AIC: still falling at 3"
    assert cut_off(ax) == []
    turned = plots.criteria_over_types(data, sign="higher")
    assert turned.lines[0].get_ydata().tolist() == (-table["bic"]).tolist()
    assert turned.get_ylabel() == "Criterion (higher is better)"
    with pytest.raises(InputError) as error:
        plots.criteria_over_types(data, chosen=7)
    assert str(error.value) == "chosen: a fit of 7 types is not in the table. It has 1, 2, 3."
    with pytest.raises(InputError) as error:
        plots.criteria_over_types_data(table, ("bik",))
    assert str(error.value) == (
        "criteria: there is no criterion 'bik'. The criteria are 'aic', 'aic3', 'bic', 'abic', 'caic', 'awe', 'clc', "
        "'icl'. Nearest match: bic."
    )


def test_shares_have_their_intervals(fits: list[blocs.Fit], errors: Any) -> None:
    ax = plots.shares(plots.shares_data(errors))
    table = errors.shares()
    assert points_of(ax) == pytest.approx(np.array([(100 * s, k) for k, s in enumerate(table["share"])]))
    ends = np.concatenate([spans_of(collection, 0) for collection in ax.collections])
    assert ends == pytest.approx(100 * table[["low", "high"]].to_numpy())
    assert ax.get_xlim()[0] == 0
    assert texts_of(ax) == [f"{100 * s:.1f}" for s in table["share"]]
    assert cut_off(ax) == []
    assert len(plots.shares(plots.shares_data(fits[2])).collections) == 0


def test_mean_posteriors_are_those_of_the_rows_of_a_group(fits: list[blocs.Fit], profiles: blocs.Profiles) -> None:
    table, rows = mean_posteriors(fits[2], profiles, "place"), answers()
    zeta = fits[2].posterior(profiles)
    for place in ("Ward 0", "Ward 5"):
        of = zeta[(rows["place"] == place).to_numpy()]
        found = table[table["place"] == place]
        assert found["n"].tolist() == [len(of)] * 3
        assert found["share"].tolist() == pytest.approx(of.mean().tolist())
        assert found["se"].tolist() == pytest.approx((of.std(ddof=0) / np.sqrt(len(of))).tolist())
        assert ((found["low"] < found["share"]) & (found["share"] < found["high"])).all()
    with pytest.raises(InputError) as error:
        mean_posteriors(fits[2], profiles, "plaice")
    assert str(error.value) == (
        "by: there is no column 'plaice'. The columns are 'place'. Nearest match: place."
    )


def of_groups(shares: dict[str, tuple[float, int]]) -> pd.DataFrame:
    """Return a table of two types by group from the share of the first and the number of voters."""
    rows = [(name, n, k, s if k == 1 else 1 - s, 0.1, 0.9) for name, (s, n) in shares.items() for k in (1, 2)]
    return pd.DataFrame(rows, columns=["ward", "n", "type", "share", "low", "high"])


def test_small_and_unanimous_groups_are_withheld_and_counted() -> None:
    table = of_groups({"A": (0.3, 40), "B": (0.6, 50), "C": (0.5, 29), "D": (1.0, 80)})
    data = plots.shares_by_group_data(table)
    assert data.drop_duplicates("group").set_index("group")["withheld"].to_dict() == {
        "A": "", "B": "", "C": "small", "D": "unanimous"
    }  # fmt: skip
    assert data.loc[data["withheld"] != "", ["share", "low", "high"]].isna().all(axis=None)
    axes = plots.shares_by_group(data, unit="voter")
    assert [t.get_text() for t in axes[0, 0].get_yticklabels()] == ["B (50)", "A (40)"]  # by the share of type 1
    assert points_of(axes[0, 1]) == pytest.approx(np.array([(40, 0), (70, 1)]))
    note = axes[0, 0].figure.texts[0].get_text()
    assert note == (
        "Bars: 95 % intervals, types held fixed. In brackets: voters. Not shown, small, unanimous or beside such a "
        "group: 2 groups, 109 voters."
    )
    assert cut_off(axes) == []


@pytest.mark.slow
def test_one_group_alone_is_never_withheld() -> None:
    data = plots.shares_by_group_data(of_groups({"A": (0.3, 40), "B": (0.6, 50), "C": (0.5, 29)}))
    assert data.drop_duplicates("group").set_index("group")["withheld"].to_dict() == {
        "A": "beside", "B": "", "C": "small"
    }  # fmt: skip
    axes = plots.shares_by_group(data)
    assert axes[0, 0].figure.texts[0].get_text().replace("\n", " ") == (
        "Bars: 95 % intervals, types held fixed. In brackets: observations. Not shown, small, unanimous or beside such "
        "a group: 2 groups, 69 observations."
    )
    assert group_caption(data, "ward", unit="voter") == (
        "Share of each type in each ward, with 95 % intervals (types held fixed). Not shown: 1 group with fewer than "
        "30 voters; 1 group beside it, so that it cannot be worked out."
    )


def test_groups_are_withheld_from_a_picture_as_from_a_report() -> None:
    rng = np.random.default_rng(3)
    region = np.repeat(["large", "alike", "enough"], [200, 40, 30])
    frame = pd.DataFrame({"a": rng.integers(0, 2, 270), "b": rng.integers(0, 2, 270), "region": region})
    frame.loc[frame["region"] == "alike", "a"] = 1
    profiles = blocs.Profiles.from_table(frame, items=["a", "b"], groups="region")
    shown = shown_shares(blocs.fit(profiles, 2, seed=1), profiles, "region")
    data = plots.shares_by_group_data(shown)
    assert data[["group", "n", "type", "withheld"]].values.tolist() == [
        ["large", 200, 1, ""], ["large", 200, 2, ""], ["alike", 40, 1, "unanimous"], ["alike", 40, 2, "unanimous"],
        ["enough", 30, 1, "beside"], ["enough", 30, 2, "beside"],
    ]  # fmt: skip
    assert data.loc[data["withheld"] == "", "share"].tolist() == shown.table["share"].tolist()
    assert data.loc[data["withheld"] != "", ["share", "low", "high"]].isna().all(axis=None)
    nothing = plots.shares_by_group_data(shown_shares(blocs.fit(profiles, 2, seed=1), profiles, "region", minimum=500))
    with pytest.raises(InputError) as error:
        plots.shares_by_group(nothing)
    assert str(error.value) == "data: there are no rows to draw."


def test_of_many_groups_the_ends_are_drawn_and_a_histogram_of_all() -> None:
    table = of_groups({f"Precinct {i:02d}": (i / 60, 100) for i in range(1, 59)})
    axes = plots.shares_by_group(plots.shares_by_group_data(table))
    assert axes.shape == (2, 2)
    names = [t.get_text() for t in axes[0, 0].get_yticklabels()]
    assert len(names) == 40
    assert names[0] == "Precinct 58 (100)"
    assert names[-1] == "Precinct 01 (100)"
    assert sum(patch.get_height() for patch in axes[1, 0].patches) == 58
    assert cut_off(axes) == []


def test_many_types_by_group_continue_below_and_nothing_is_cut_off() -> None:
    name = "the ward of the consolidated district"
    rows = [(f"{g} {name}", 100, k, 0.2 + g / 1000, 0.15, 0.3) for g in range(4) for k in range(1, 6)]
    table = pd.DataFrame(rows, columns=["ward", "n", "type", "share", "low", "high"])
    axes = plots.shares_by_group(plots.shares_by_group_data(table), width=100)
    rows_of_panels, across = axes.shape
    assert across < 5 and rows_of_panels == -(-5 // across)
    assert [ax.get_title(loc="left") for ax in axes.flat][:5] == [f"Type {k}" for k in range(1, 6)]
    assert cut_off(axes) == []


def test_the_search_is_drawn_as_it_went(fits: list[blocs.Fit]) -> None:
    data = plots.trace_data(fits[2])
    best, others = (data[data["of"] == name] for name in ("best", "other"))
    assert best["loglik"].tolist() == list(fits[2].trace)
    assert best["below"].tolist() == pytest.approx([fits[2].trace[-1] - v for v in fits[2].trace])
    assert set(best["start"]) == {fits[2].best_start}
    ends = {end.start: end for end in fits[2].ends if end.start != fits[2].best_start}
    assert {*others["start"]} == {*ends}
    for start, of in others.groupby("start"):
        assert of["loglik"].tolist() == list(ends[start].trace)
        assert of["iteration"].tolist() == list(range(1, len(of) + 1))
        own = ends[start].loglik if ends[start].arrived is None else ends[start].arrived
        assert of.loc[of["end"], "loglik"].tolist() == pytest.approx([own], abs=1e-3)
    ax = plots.trace(data)
    *lines, line, marks = ax.lines
    assert len(lines) == len(ends)
    assert line.get_ydata().tolist() == [max(v, 1e-4) for v in best["below"]]  # every iteration
    assert marks.get_ydata().tolist() == [max(v, 1e-4) for v in others.loc[others["end"], "below"]]
    assert ax.yaxis.get_major_formatter()(1e-4) == "<0.0001"
    assert ax.get_yscale() == "log"
    assert cut_off(ax) == []
    kept = dataclasses.replace(fits[2], ends=tuple(dataclasses.replace(end, trace=()) for end in fits[2].ends))
    without = plots.trace_data(kept)  # as of a file of an earlier version
    assert without[without["of"] == "best"].equals(best)
    assert len(without) == len(best) + len(ends)
    assert without["end"].sum() == 1 + len(ends)
    data = plots.optima_data(fits[2])
    assert data["starts"].sum() == len(fits[2].ends)
    assert data["own"][0] == fits[2].hits
    assert data["starts"][0] == sum(end.best for end in fits[2].ends)
    ax = plots.optima(data)
    number = len(data)
    assert [bar.get_width() for bar in ax.patches[:number]] == data["starts"].tolist()
    assert [bar.get_width() for bar in ax.patches[number:]] == data["own"].tolist()
    assert ax.get_yticklabels()[0].get_text() == "best"
    assert cut_off(ax) == []
    with pytest.raises(InputError) as error:
        plots.optima(plots.optima_data(fits))
    assert str(error.value) == "data: it has fits of 3 numbers of types. One fit is drawn."


def test_pictures_of_one_panel_are_drawn_where_the_user_wants_them(fits: list[blocs.Fit]) -> None:
    figure, given = plt.subplots(2, 2, layout="constrained")
    comparison = plots.criteria_over_types_data(compare_table(fits))
    drawn = [plots.trace(plots.trace_data(fits[2]), ax=given[0, 0]),
             plots.optima(plots.optima_data(fits[2]), ax=given[0, 1]),
             plots.criteria_over_types(comparison, ax=given[1, 0]),
             plots.shares(plots.shares_data(fits[2]), ax=given[1, 1])]  # fmt: skip
    assert drawn == given.ravel().tolist()
    assert plt.get_fignums() == [figure.number]
    assert cut_off(given) == []


def test_residuals_stand_at_their_pair_of_items(fits: list[blocs.Fit], profiles: blocs.Profiles) -> None:
    residuals = blocs.bivariate_residuals(fits[0], profiles)
    data = plots.residual_map_data(residuals, fits[0].schema.names)
    ax = plots.residual_map(data)
    shown = ax.images[0].get_array()
    for row in residuals.to_dict("records"):
        a, b = sorted(ITEMS.index(row[name]) for name in ("item_a", "item_b"))
        assert shown[b - 1, a] == row["bvr"]
    assert np.ma.count(np.ma.masked_invalid(shown)) == 15
    assert ax.images[0].get_clim() == (0, 10)  # whatever the residuals are
    key = ax.images[0].colorbar.ax
    assert [t.get_text() for t in key.get_yticklabels()] == ["0", "3.84", "≥ 10"]
    assert key.get_ylabel() == "X² by degree of freedom\n(3.84: rule of thumb)"
    assert [t.get_text() for t in ax.get_yticklabels()] == ITEMS[1:]
    assert [t.get_text() for t in ax.get_xticklabels()] == ITEMS[:-1]
    first = data.iloc[0]
    assert texts_of(ax).count(f"{first['bvr']:.1f}" if first["bvr"] < 99.95 else f"{first['bvr']:,.0f}") >= 1
    assert cut_off(ax) == []


def test_effects_are_percentage_points_with_two_intervals() -> None:
    rows = [("age", 1, 0.02, -0.01, 0.05), ("age", 2, -0.02, -0.05, 0.01),
            ("party[REP]", 1, -0.12, -0.15, -0.09), ("party[REP]", 2, 0.12, 0.09, 0.15)]  # fmt: skip
    margins = pd.DataFrame(rows, columns=["covariate", "type", "effect", "low", "high"])
    margins = margins.assign(se=0.01, change=["one more unit"] * 2 + ["against DEM"] * 2)
    data = plots.effects_data(margins)
    assert data.columns.tolist() == ["term", "type", "change", "low", "high"]
    axes = plots.effects(data, labels={"party[REP], against DEM": "Republican (against Democrat)"})
    ax = axes[0, 0]
    assert points_of(ax) == pytest.approx(np.array([(2, 0), (-12, 1)]))
    wide, inner = (spans_of(collection, 0) for collection in ax.collections)
    assert wide == pytest.approx(np.array([[-1, 5], [-15, -9]]))
    z = 1.2815515594457831 / 1.959963984540054
    assert inner == pytest.approx(np.array([[2 - 3 * z, 2 + 3 * z], [-12 - 3 * z, -12 + 3 * z]]))
    assert texts_of(ax) == ["+2.0", "−12.0"]
    assert axes[0, 1].get_xlim() == ax.get_xlim() == pytest.approx((-17.25, 17.25))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["age, one more unit", "Republican (against Democrat)"]
    assert cut_off(axes) == []
    with pytest.raises(InputError) as error:
        plots.effects(data, labels={"party[REP]": "Republican"})
    assert str(error.value) == (
        "labels: no term is called 'party[REP]'. The terms are 'age, one more unit', 'party[REP], against DEM'. "
        "Nearest match: party[REP], against DEM."
    )


def test_effects_with_their_change_in_words_are_terms() -> None:
    rows = [("age", "one more unit", 1, 0.02, 0.0, 0.04), ("party[REP]", "against DEM", 1, -0.1, -0.2, 0.0)]
    margins = pd.DataFrame(rows, columns=["covariate", "change", "type", "effect", "low", "high"])
    data = plots.effects_data(margins)
    assert data["term"].tolist() == ["age, one more unit", "party[REP], against DEM"]
    assert data["change"].tolist() == [0.02, -0.1]


def test_an_effect_with_a_flag_is_a_dash() -> None:
    rows = [("age", 1, 0.352, np.nan, np.nan, "boundary"), ("age", 2, -0.02, -0.05, 0.01, "")]
    margins = pd.DataFrame(rows, columns=["covariate", "type", "effect", "low", "high", "flag"])
    data = plots.effects_data(margins.assign(change="one more unit"))
    assert np.array_equal(data["change"], [np.nan, -0.02], equal_nan=True)
    axes = plots.effects(data)
    assert [texts_of(ax) for ax in axes.flat] == [["—"], ["−2.0"]]
    assert axes[0, 0].get_xlim() == pytest.approx((-5.75, 5.75))
    none = plots.effects(data.assign(change=np.nan, low=np.nan, high=np.nan))
    assert [texts_of(ax) for ax in none.flat] == [["—"], ["—"]]


def test_outcomes_by_type_have_one_panel_a_category() -> None:
    data = pd.DataFrame({"type": [1, 2], "estimate": [4.2, 5.9], "low": [4.0, 5.5], "high": [4.4, 6.3]})
    axes = plots.outcomes_by_type(data, outcome="Satisfaction, 0 to 10")
    assert points_of(axes[0, 0]) == pytest.approx(np.array([(4.2, 0), (5.9, 1)]))
    assert axes[0, 0].get_xlabel() == "Satisfaction, 0 to 10"
    assert cut_off(axes) == []
    both = pd.concat([data.assign(category="low"), data.assign(category="high", estimate=0.1, low=0, high=0.2)])
    axes = plots.outcomes_by_type(both)
    assert [ax.get_title(loc="left") for ax in axes.flat] == ["low", "high"]
    assert axes[0, 0].get_xlim() == axes[0, 1].get_xlim()
    assert cut_off(axes) == []
    asked = "How satisfied are you, all in all, with the way in which democracy works in this country"
    axes = plots.outcomes_by_type(both, outcome=asked)
    assert " ".join(axes[0, 1].get_title(loc="left").split()) == f"{asked} = high"
    assert " ".join(axes[0, 1].get_xlabel().split()) == asked
    assert cut_off(axes) == []


def test_outcomes_of_an_analysis_have_their_name_and_as_many_decimals() -> None:
    answers = {"a": [0, 0, 1, 1] * 3, "b": [0, 1, 0, 1] * 3, "c": [0, 0, 1, 1] * 3, "mood": ["bad", "fair", "good"] * 4,
               "age": list(range(20, 32)), "n": [90, 10, 12, 80, 70, 9, 8, 60, 50, 9, 9, 50]}  # fmt: skip
    profiles = blocs.Profiles.from_table(answers, items=["a", "b", "c"], weights="n", outcomes=["mood", "age"])
    fit = blocs.fit(profiles, 2, starts=4, seed=1)
    axes = plots.outcomes_by_type(blocs.distal(fit, profiles, "mood"))
    assert [ax.get_title(loc="left") for ax in axes.flat] == ["mood = bad", "mood = fair", "mood = good"]
    assert {ax.get_xlabel() for ax in axes.flat} == {"Probability"}
    assert {len(text.partition(".")[2]) for ax in axes.flat for text in texts_of(ax)} == {3}
    assert cut_off(axes) == []
    axes = plots.outcomes_by_type(blocs.distal(fit, profiles, "age"))
    assert axes[0, 0].get_xlabel() == "age"
    assert plots.outcomes_by_type(blocs.distal(fit, profiles, "age"), outcome="Years")[0, 0].get_xlabel() == "Years"


def test_numbers_of_outcomes_do_not_reach_beyond_the_panel() -> None:
    data = pd.DataFrame({"type": [1, 2], "estimate": [0.0963, 0.54], "low": [0.0963, 0.5], "high": [0.1, 0.54]})
    ax = plots.outcomes_by_type(data.assign(category=data["type"]), category="type")[0, 0]
    assert ax.get_title(loc="left") == "Type 1"
    ax = plots.outcomes_by_type(data)[0, 0]
    assert ax.get_xlabel() == "Estimate" and texts_of(ax) == ["0.096", "0.540"]
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    for text in ax.texts:
        assert box.x0 <= text.get_window_extent().x0 and text.get_window_extent().x1 <= box.x1


def test_discrepancies_beyond_the_axis_are_at_its_edge_and_counted() -> None:
    totals = pd.DataFrame({
        "contest": "Mayor", "district": "", "candidate": ["A", "B", "C", "D"], "counted": [100, 101, 130, 7],
        "certified": [100.0, 100.0, 100.0, np.nan], "difference": [0.0, 1.0, 30.0, np.nan],
    })  # fmt: skip
    data = plots.certified_data(totals)
    assert data["discrepancy"].tolist() == [0, 1, 30]
    axes = plots.certified(data)
    circles, triangle = axes[0, 0].lines[1], axes[0, 0].lines[2]
    assert circles.get_xydata().tolist() == [[100, 0], [100, 1]]
    assert triangle.get_xydata().tolist() == [[100, 10]]
    assert texts_of(axes[0, 0]) == ["C"]
    assert axes[0, 0].figure.texts[0].get_text() == "3 candidates, 1 with exactly the certified votes; 1 beyond 10 %."
    assert sum(patch.get_height() for patch in axes[0, 1].patches) == 3
    assert cut_off(axes) == []
    with pytest.raises(InputError) as error:
        plots.certified(data, limit=0)
    assert str(error.value) == "limit: it is 0. The axis ends above 0 per cent."


def test_the_account_flows_in_boxes_that_add_up() -> None:
    account = Account((
        Step("Records read", "ballots", 90, {"delivered": 90}),
        Step("Sorted by President", "ballots", 90, {"kept: DEM": 50, "kept: REP": 30, "set aside: no vote": 2,
                                                    "set aside: another party": 8, "set aside: overvote": 0}),
    ))  # fmt: skip
    data = plots.account_flow_data(account)
    assert data.groupby("step")["n"].sum().tolist() == [90, 90]
    assert "set aside: overvote" not in data["part"].tolist()
    ax = plots.account_flow(data)
    assert [text for text in texts_of(ax) if text] == [
        "Records read: 90 ballots\n   90 delivered",
        "Sorted by President: 90 ballots\n   50 kept: DEM\n   30 kept: REP",
        "Set aside: 10 ballots\n   8 another party\n   2 no vote",
    ]
    assert len(ax.patches) == 3
    assert cut_off(ax) == []
    assert plots.account_flow_data(account.to_dict()).equals(data)
    with pytest.raises(AssertionError):
        plots.account_flow_data({"steps": [{"name": "a", "unit": "rows", "total": 3, "parts": {"b": 2}}]})


def test_two_fits_stand_side_by_side_with_the_types_that_go_together(fits: list[blocs.Fit]) -> None:
    turned = fits[2].relabel({1: 3, 2: 1, 3: 2})
    data = plots.two_fits_data(fits[2], turned)
    assert data["probability"].tolist() == data["other_probability"].tolist()
    assert data.drop_duplicates("type")[["type", "other_type"]].to_numpy().tolist() == [[1, 3], [2, 1], [3, 2]]
    axes = plots.two_fits(plots.two_fits_data(fits[2], fits[1]), names=("K = 3", "K = 2"))
    matched = blocs.match(fits[2], fits[1]).mapping
    assert len([ax for ax in axes.flat if ax.figure]) == 2
    k = min(matched)
    first, other = axes[0, 0].lines
    for line, fit, number in ((first, fits[2], k), (other, fits[1], matched[k])):
        table = fit.table()
        yes = table[(table["type"] == number) & (table["outcome"] == "yes")]["probability"]
        assert line.get_xdata().tolist() == yes.tolist()
    assert axes[0, 0].get_title(loc="left").splitlines()[1].startswith(f"and {matched[k]} (")
    assert cut_off(axes) == []


def test_a_category_is_named_by_its_label_or_by_its_text() -> None:
    answers = {"a": [1, 2, 2, 1, 2], "b": [1, 1, 2, 2, 2]}
    data = plots.item_profiles_data(blocs.fit(blocs.Profiles.from_table(answers), 1))
    drawn = [points_of(plots.item_profiles(data, category)[0, 0]).tolist() for category in (2, "2", {"a": 2, "b": "2"})]
    assert drawn[0] == drawn[1] == drawn[2] and drawn[0][0][1] == pytest.approx(0.6)
    assert shown_category(data, "2") == shown_category(data, 2) == "«2»"
    with pytest.raises(InputError) as error:
        plots.item_profiles(data, "3")
    assert str(error.value) == (
        "2 faults:\n"
        "  - category: 'a' has no category '3'. Its categories are 1, 2. Leave out `category=`.\n"
        "  - category: 'b' has no category '3'. Its categories are 1, 2. Leave out `category=`."
    )
    alike = data.assign(outcome=data["outcome"].map({1: 2, 2: "2"}))
    assert points_of(plots.item_profiles(alike, "2")[0, 0]).tolist() == drawn[0]  # the label itself comes first
