"""Every picture from a small table made by hand, and what is kept of each: its structure and a small image.

`PYTHONPATH=src:tests python tests/pictures_support.py` draws them all and keeps them anew in tests/reference/pictures;
look at each before they are committed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blocs import plots

KEPT = Path(__file__).parent / "reference" / "pictures"
STRUCTURE = KEPT / "structure.json"
DPI = 60
Picture = Callable[[float], Any]
SHARES = {"split": 0.25, "abstain": 0.105, "other": 0.045, "straight": 0.6}
ALONE = {"own": {"abstain": 0.2, "other": 0.1, "straight": 0.7},
         "other": {"split": 0.45, "abstain": 0.4, "other": 0.15}}  # fmt: skip


def made(types: int = 1, offices: int = 2, voters: float = 200.0) -> pd.DataFrame:
    """Return a table of types by office with round numbers, of one party."""
    rows = [
        (k, 1 / types, "DEM", voters, f"Office {j}", "both", voters, outcome, share, share - 0.03, share + 0.03)
        for k in range(1, types + 1) for j in range(1, offices + 1) for outcome, share in SHARES.items()
    ]  # fmt: skip
    columns = ["type", "share", "top", "of_type", "office", "stood", "voters", "outcome", "probability",
               "low", "high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def alone() -> pd.DataFrame:
    """Return a table of types by office where one party stood; the second office has too few voters of type 2."""
    rows = [
        (k, 0.5, top, 150.0, office, stood, 12.0 if (k, office) == (2, "Sheriff") else 150.0, outcome, share, np.nan,
         np.nan)
        for k in (1, 2) for top in ("DEM", "REP") for office, stood in (("US House", "own"), ("Sheriff", "other"))
        for outcome, share in ALONE[stood].items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=made().columns)


def of_model() -> pd.DataFrame:
    rows = [
        ("", k, share, office, outcome, p, voters, voters < 5)
        for k, share in ((1, 0.7), (2, 0.3)) for office, voters in (("US House", 90.0), ("Sheriff", 93.0 - 45 * k))
        for outcome, p in SHARES.items()
    ]  # fmt: skip
    columns = ["top", "type", "share", "office", "outcome", "probability", "observed", "extrapolated"]
    return pd.DataFrame(rows, columns=columns)


def of_offices() -> pd.DataFrame:
    rows = [(top, office, 400, outcome, share) for top in ("DEM", "REP") for office in ("US House", "Sheriff")
            for outcome, share in SHARES.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["top", "office", "contested", "outcome", "share"])


def profiles(types: tuple[int, ...] = (2,), categories: tuple[str, ...] = ("no", "yes")) -> pd.DataFrame:
    rows = []
    for number in types:
        for k in range(1, number + 1):
            for j in range(4):
                p = abs(k - 1.2 + j / 8) % 1
                for c, category in enumerate(categories):
                    share = p if c == len(categories) - 1 else (1 - p) / (len(categories) - 1)
                    rows.append((number, 1000.0 - 10 * number, k, k, 1 / number, f"q{j}", category, share,
                                 max(share - 0.08, 0), min(share + 0.08, 1)))  # fmt: skip
    columns = ["types", "bic", "type", "aligned", "share", "item", "outcome", "probability", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def of_groups(groups: int = 6) -> pd.DataFrame:
    rows = []
    for g in range(groups):
        share = 0.3 + 0.4 * g / groups
        for k, value in ((1, share), (2, 1 - share)):
            rows.append((f"Precinct {g + 1}", k, 120 + g, value, value - 0.06, value + 0.05, ""))
    rows += [("Precinct 0", k, 12, np.nan, np.nan, np.nan, "small") for k in (1, 2)]
    return pd.DataFrame(rows, columns=["group", "type", "n", "share", "low", "high", "withheld"])


def of_trace() -> pd.DataFrame:
    below = np.append(200 * 0.4 ** np.arange(15), 0.0)
    parts = [pd.DataFrame({"start": start, "iteration": range(1, len(values) + 1), "loglik": -1000 - values,
                           "below": values, "of": "other" if start else "best"})
             for start, values in enumerate((below, 40 + below[:9], 2 * below))]  # fmt: skip
    return pd.concat(part.assign(end=part.index == len(part) - 1) for part in parts)


def of_optima() -> pd.DataFrame:
    rows = [(3, -1000.0, 0.0, 12, 9, "converged"), (3, -1004.2, -4.2, 5, 5, "converged"),
            (3, -1090.0, -90.0, 3, 3, "given_up")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["types", "loglik", "below", "starts", "own", "status"])
    return frame.assign(below=-frame["below"])


def of_residuals() -> pd.DataFrame:
    pairs = [("a", "b", 0.4, 0.8), ("a", "c", 3.9, 0.02), ("b", "c", 12.0, 0.001)]
    return plots.residual_map_data(pd.DataFrame(pairs, columns=["item_a", "item_b", "bvr", "p"]))


def of_criteria() -> pd.DataFrame:
    table = pd.DataFrame({"types": [1, 2, 3, 4], "bic": [900.0, 700, 720, 750], "abic": [890.0, 690, 680, 670],
                          "caic": [905.0, 705, 726, 757], "aic": [880.0, 660, 655, 656], "flags": ""})  # fmt: skip
    return plots.criteria_over_types_data(table)


def of_account() -> pd.DataFrame:
    steps = [
        {"name": "Read and sorted by Governor", "unit": "ballots", "total": 2335, "parts": {
            "kept: DEM": 1500, "kept: REP": 794, "set aside: no vote at the top": 30,
            "set aside: another party at the top": 11}},
        {"name": "Offices of the ballots kept", "unit": "offices by ballots", "total": 4588, "parts": {
            "both parties on the menu": 3000, "own party only": 1588, "not readable": 0}},
    ]  # fmt: skip
    return plots.account_flow_data({"steps": steps})


def of_two_fits() -> pd.DataFrame:
    rows = [(k, 3 - k, 0.6, 0.55, 0.1, item, outcome, p, p + 0.1 * (k - 1))
            for k in (1, 2) for item in ("q1", "q2") for outcome, p in (("no", 0.3), ("yes", 0.7))]  # fmt: skip
    columns = ["type", "other_type", "share", "other_share", "distance", "item", "outcome", "probability",
               "other_probability"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def of_effects() -> pd.DataFrame:
    rows = [(term, k, sign * change, sign * change - 0.02, sign * change + 0.02)
            for term, change in (("age", 0.004), ("party[REP], against DEM", -0.07)) for k, sign in ((1, 1), (2, -1))]
    return pd.DataFrame(rows, columns=["term", "type", "change", "low", "high"])


def of_outcomes() -> pd.DataFrame:
    return pd.DataFrame({"type": [1, 2, 3], "estimate": [52.1, 47.0, 40.25], "low": [50.0, 44.0, np.nan],
                         "high": [54.0, 50.0, np.nan]})  # fmt: skip


def of_totals() -> pd.DataFrame:
    certified = np.array([100.0, 250, 900, 4000, 12000, 60000])
    counted = np.array([100, 255, 900, 3900, 15000, 60100])
    return pd.DataFrame({"contest": "Mayor", "candidate": list("ABCDEF"), "counted": counted, "certified": certified,
                         "discrepancy": 100 * (counted / certified - 1)})  # fmt: skip


PICTURES: dict[str, Picture] = {
    "types": lambda width: plots.types_by_office(made(types=2), width=width),
    "one-party": lambda width: plots.types_by_office(alone(), "one", width=width),
    "dots": lambda width: plots.types_by_office(made(types=2), kind="dots", width=width),
    "model": lambda width: plots.model_by_office(of_model(), width=width),
    "offices": lambda width: plots.office_shares(of_offices(), width=width),
    "profile": lambda width: plots.item_profiles(profiles(), "yes", lines=True, width=width),
    "profiles": lambda width: plots.item_profiles(profiles((1, 2, 3)), "yes", width=width),
    "categories": lambda width: plots.item_profiles(profiles(categories=("a", "b", "c")), width=width),
    "shares": lambda width: plots.shares(of_groups(1).query("withheld == ''"), width=width),
    "groups": lambda width: plots.shares_by_group(of_groups(), unit="voter", width=width),
    "many-groups": lambda width: plots.shares_by_group(of_groups(44), width=width),
    "trace": lambda width: plots.trace(of_trace(), width=width),
    "optima": lambda width: plots.optima(of_optima(), width=width),
    "residuals": lambda width: plots.residual_map(of_residuals(), width=width),
    "criteria": lambda width: plots.criteria_over_types(of_criteria(), chosen=2, width=width),
    "account": lambda width: plots.account_flow(of_account(), width=width),
    "two-fits": lambda width: plots.two_fits(of_two_fits(), width=width),
    "effects": lambda width: plots.effects(of_effects(), width=width),
    "outcomes": lambda width: plots.outcomes_by_type(of_outcomes(), outcome="Age", width=width),
    "certified": lambda width: plots.certified(of_totals(), width=width),
}
"""Name of a picture -> what draws it in a width in millimetres."""


def panels_of(axes: Any) -> list[Any]:
    """Return the panels of a picture in the order in which they were made."""
    from blocs.plots.layout import figure_of

    return list(figure_of(axes).axes)


def structure(axes: Any) -> dict[str, Any]:
    """Return the texts of a picture, and the data of its lines, bars and intervals by panel, with the sizes in mm."""
    from blocs.plots.layout import INCH, figure_of

    figure = figure_of(axes)
    figure.canvas.draw()
    size = [round(float(inches) * INCH, 1) for inches in figure.get_size_inches()]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    remarks = [text.get_text() for text in figure.texts]
    return {"size": size, "key": legends, "remarks": remarks, "panels": [_panel(ax) for ax in panels_of(axes)]}


def _panel(ax: Any) -> dict[str, Any]:
    lines = [line for line in ax.lines if len(line.get_xdata())]
    bars = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    return {
        "heading": [ax.get_title(loc) for loc in ("left", "center", "right") if ax.get_title(loc)],
        "axes": [ax.get_xlabel(), ax.get_ylabel()],
        "ticks": [[label.get_text() for label in of.get_ticklabels()] for of in (ax.xaxis, ax.yaxis)],
        "limits": _plain([*ax.get_xlim(), *ax.get_ylim()]),
        "texts": [text.get_text() for text in ax.texts],
        "points": [_plain(np.asarray(line.get_xydata(), dtype=float)) for line in lines],
        "looks": [f"{line.get_marker()} {line.get_linestyle()} {line.get_color()}" for line in lines],
        "bars": [_plain([*bar.get_xy(), bar.get_width(), bar.get_height()]) for bar in bars],
        "intervals": [_plain(np.concatenate(of.get_segments())) for of in ax.collections if hasattr(of, "get_segments")
                      and of.get_segments()],
    }  # fmt: skip


def _plain(values: Any) -> Any:
    return np.round(np.asarray(values, dtype=float), 6).tolist()


def keep() -> None:
    """Draw all pictures in a width of 85 mm and keep them."""
    import matplotlib.pyplot as plt

    kept = {}
    for name, draw in PICTURES.items():
        axes = draw(85)
        kept[name] = structure(axes)
        with plots.house_style.style():
            panels_of(axes)[0].figure.savefig(KEPT / f"{name}.png", dpi=DPI)
        plt.close("all")
    STRUCTURE.write_text(json.dumps(kept, ensure_ascii=False, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    import matplotlib

    matplotlib.use("Agg")
    keep()
