"""Vega-Lite specifications of the charts, without data: the page's script fills in rows and orders.

A list of one text that begins with $ stands for a list that the script has: "$rows", the rows to be drawn; "$order",
the labels of the vertical axis from above; "$groups", the values of the histogram. "place" orders the panels.
"""

from __future__ import annotations

from typing import Any

from .figure_data import MOVED, NOT_REACHED, OWN

__all__ = ["bars", "criteria", "difference", "dots", "groups", "height", "pairs", "split_dots", "starts"]

Spec = dict[str, Any]
COLOURS = {"split": "#C8500A", "left blank": "#8CC3E8", "other": "#4D4D4D", "straight": "#E3E3E3"}
"""Four outcomes that differ in print, too: their relative luminances are .18, .50, .07 and .77."""
EDGE, INK = "#333", "#1B1B1B"
MANY = 40
"""Groups above which only those with the highest and the lowest shares are drawn, and a histogram of all."""
_CONFIG = {
    "font": "system-ui, sans-serif", "background": "white", "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelColor": INK,
             "titleColor": INK, "gridColor": "#E8E8E8", "labelLimit": 340},
    "legend": {"labelFontSize": 11, "titleFontSize": 11, "orient": "bottom", "labelColor": INK, "labelLimit": 300,
               "symbolStrokeColor": EDGE},
    "header": {"labelFontSize": 12, "labelColor": INK, "titleColor": INK},
}  # fmt: skip
_PERCENT = {"domain": [0, 100]}
_ROW = "length(datum.label) > 52 ? slice(datum.label, 0, 28) + '\u2026' + slice(datum.label, -22) : datum.label"
"""A long name without its middle: offices often differ in the seat or the district at the end. The table has it all."""


def bars(types: int, office_rows: int, extrapolated: bool = False) -> Spec:
    """Return stacked bars of the outcomes of each office, one panel a type.

    types: their number; office_rows: labels of the longest vertical axis; extrapolated: whether bars of the model are
    pale, with a dashed edge and a word, where no voter had the choice.
    """
    dark = "datum.label === 'split'" + (" && datum.rests !== 'extrapolated'" if extrapolated else "")
    pale = {"test": "datum.rests === 'extrapolated'"}
    bar: Spec = {
        "mark": {"type": "bar", "stroke": EDGE, "strokeWidth": 0.5, "invalid": None},
        "encoding": {
            "x": _x("start", "Per cent of the type's voters"), "x2": {"field": "end"},
            "color": {"field": "label", "type": "nominal", "title": None,
                      "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())}},
            **_SPEAKS,
        },
    }  # fmt: skip
    if extrapolated:
        bar["encoding"] |= {"fillOpacity": {"condition": {**pale, "value": 0.4}, "value": 1},
                            "strokeDash": {"condition": {**pale, "value": [2, 2]}, "value": [1, 0]}}  # fmt: skip
    number: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 1, "fontSize": 9, "aria": False, "invalid": None},
        "transform": [{"filter": "datum.printed !== ''"}],
        "encoding": {
            "x": _x("start"),
            "text": {"field": "printed", "type": "nominal"},
            "tooltip": _SPEAKS["tooltip"],
            "color": {"condition": {"test": dark, "value": "white"}, "value": "#111"},
        },
    }  # fmt: skip
    layers = [bar, number]
    if extrapolated:
        layers.append(_remark("datum.rests === 'extrapolated' && datum.order === 0", "rests", "left", "width"))
    return _panels(types, layers, 72 if extrapolated else 16, office_rows)


_SPEAKS = {"tooltip": {"field": "text", "type": "nominal"}, "description": {"field": "text", "type": "nominal"}}


def difference(types: int, office_rows: int) -> Spec:
    """Return bars from zero of the share that split less that of all types together, one panel a type."""
    bar: Spec = {
        "mark": {"type": "bar", "color": COLOURS["split"], "stroke": EDGE, "strokeWidth": 0.5},
        "encoding": {"x": _x("difference", "Split, less all types, points", scale={}), **_SPEAKS},
    }
    zero: Spec = {"mark": {"type": "rule", "color": INK, "aria": False}, "encoding": {"x": {"datum": 0}, "y": None}}
    return _panels(types, [bar, zero, _remark("datum.few", "few", "left", 0)], 16, office_rows)


def split_dots(types: int, office_rows: int) -> Spec:
    """Return the shares of split votes as points with their 95 per cent intervals, one panel a type."""
    return _panels(types, [*_dot_layers("Split, %"), _remark("datum.few", "few", "left", 0)], 16, office_rows)


def dots(panels: int, rows: int, title: str) -> Spec:
    """Return points with their 95 per cent intervals on a scale from 0 to 100, one panel a type; 0 for no panels."""
    layers = _dot_layers(title)
    if panels:
        return _panels(panels, layers, 16, rows)
    return _whole({"data": {"values": ["$rows"]}, "width": 420, "height": {"step": 18},
                   "encoding": {"y": _y()}, "layer": layers})  # fmt: skip


def groups(number: int, unit: str) -> Spec:
    """Return the shares of one type by group: points with intervals, and a histogram of all where there are many."""
    strip: Spec = {"data": {"values": ["$rows"]}, "width": 420, "height": {"step": 15}, "encoding": {"y": _y()},
                   "layer": _dot_layers(f"Share of the group's {unit}s, %")}  # fmt: skip
    if number <= MANY:
        return _whole(strip)
    histogram: Spec = {
        "data": {"values": ["$groups"]}, "width": 420, "height": 90,
        "mark": {"type": "bar", "color": "#8A8A8A", "stroke": EDGE, "strokeWidth": 0.5},
        "encoding": {"x": {"field": "share", "type": "quantitative", "bin": {"maxbins": 20, "extent": [0, 100]},
                           "title": f"Share of the group's {unit}s, all groups, %"},
                     "y": {"aggregate": "count", "type": "quantitative", "title": "Groups"}},
    }  # fmt: skip
    return _whole({"vconcat": [strip, histogram]})


def criteria() -> Spec:
    """Return the criteria by number of types: one line, marker and dash each."""
    names = ["BIC", "aBIC", "AIC"]
    style = {"sort": names, "title": None, "field": "criterion", "type": "nominal"}
    axes = {"x": {"field": "types", "type": "ordinal", "title": "Types", "sort": None, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": "Criterion (smaller is better)",
                  "scale": {"zero": False}}}  # fmt: skip
    colour = {**style, "scale": {"domain": names, "range": ["#1B1B1B", "#C8500A", "#2F6DA3"]}}
    dash = {**style, "scale": {"domain": names, "range": [[1, 0], [5, 3], [2, 2]]}}
    shape = {**style, "scale": {"domain": names, "range": ["circle", "square", "triangle-up"]}}
    line: Spec = {"mark": {"type": "line", "aria": False}, "encoding": {**axes, "color": colour, "strokeDash": dash}}
    point: Spec = {"mark": {"type": "point", "filled": True, "size": 60},
                   "encoding": {**axes, "color": colour, "shape": shape, **_SPEAKS}}  # fmt: skip
    return _whole({"data": {"values": ["$rows"]}, "width": 420, "height": 240, "layer": [line, point]})


def starts() -> Spec:
    """Return the log-likelihood of every start by its rank, with how it came to the best optimum, if it did."""
    domain = {"domain": [OWN, MOVED, NOT_REACHED]}
    best = {"field": "best", "type": "nominal", "title": "Best optimum"}
    return _whole({
        "data": {"values": ["$rows"]}, "width": 420, "height": 160,
        "mark": {"type": "point", "size": 60, "filled": True},
        "encoding": {
            "x": {"field": "rank", "type": "quantitative", "title": "Starts, the best first",
                  "axis": {"tickMinStep": 1, "format": "d"}, "scale": {"zero": False, "nice": False, "padding": 10}},
            "y": {"field": "loglik", "type": "quantitative", "title": "Log-likelihood",
                  "scale": {"zero": False, "padding": 10}},
            "color": {**best, "scale": {**domain, "range": [INK, "#6F6F6F", "#B0500A"]}},
            "shape": {**best, "scale": {**domain, "range": ["circle", "triangle-up", "cross"]}},
            **_SPEAKS,
        },
    })  # fmt: skip


def pairs(items: int) -> Spec:
    """Return the residuals of all pairs of items as a grid; numbers are printed where there are few items."""
    axes: Spec = {
        "x": {"field": "second", "type": "nominal", "title": None, "scale": {"domain": ["$order"]},
              "axis": {"labelAngle": -45, "orient": "bottom", "labelExpr": _ROW}},
        "y": {**_y(), "field": "first"},
    }  # fmt: skip
    cell: Spec = {
        "mark": {"type": "rect", "stroke": EDGE, "strokeWidth": 0.5},
        "encoding": {**axes, **_SPEAKS,
                     "color": {"field": "bvr", "type": "quantitative", "title": "X2 by degree of freedom",
                               "scale": {"range": ["#FFFFFF", "#E8894F"], "interpolate": "rgb", "domain": [0, 10],
                                         "clamp": True}}},
    }  # fmt: skip
    number: Spec = {"mark": {"type": "text", "fontSize": 10, "aria": False, "color": "#111"},
                    "encoding": {**axes, "tooltip": _SPEAKS["tooltip"],
                                 "text": {"field": "printed", "type": "nominal"}}}  # fmt: skip
    step = 34 if items <= 12 else 18
    return _whole({"data": {"values": ["$rows"]}, "width": {"step": step}, "height": {"step": step},
                   "layer": [cell, number] if items <= 12 else [cell]})  # fmt: skip


def height(panels: int, rows: int, across: int = 4) -> int:
    """Return about how many pixels panels are high, of which so many stand beside each other: the space to keep."""
    return -(-panels // min(panels, across)) * (90 + rows * _step(rows))


def _step(rows: int) -> int:
    return 17 if rows < 20 else 14


def _whole(spec: Spec) -> Spec:
    return {**spec, "config": _CONFIG}


def _panels(types: int, layers: list[Spec], spacing: int, rows: int) -> Spec:
    """Return one panel a type, at most four beside each other; the vertical axes of all have the same labels."""
    wide = 220 if types < 3 else 170 if types == 3 else 120
    return _whole({
        "data": {"values": ["$rows"]},
        "facet": {"field": "panel", "type": "nominal", "title": None, "sort": {"field": "place", "op": "min"},
                  "header": {"labelExpr": "split(datum.label, '\\n')", "labelAnchor": "start"}},
        "columns": min(types, 4 if spacing < 40 else 2),
        "spacing": {"column": spacing, "row": 24},
        "spec": {"width": wide, "height": {"step": _step(rows)}, "encoding": {"y": _y()}, "layer": layers},
    })  # fmt: skip


def _y() -> Spec:
    return {"field": "row", "type": "nominal", "title": None, "sort": None, "scale": {"domain": ["$order"]},
            "axis": {"labelExpr": _ROW}}  # fmt: skip


def _x(field: str, title: str | None = None, **more: Any) -> Spec:
    return {"field": field, "type": "quantitative", "title": title, "scale": _PERCENT,
            "axis": {"tickCount": 3}, **more}  # fmt: skip


def _dot_layers(title: str) -> list[Spec]:
    interval: Spec = {"mark": {"type": "rule", "strokeWidth": 2, "color": "#777", "aria": False},
                      "encoding": {"x": _x("low", title), "x2": {"field": "high"}}}  # fmt: skip
    point: Spec = {"mark": {"type": "point", "filled": True, "size": 45, "color": INK, "opacity": 1},
                   "encoding": {"x": _x("share", title), **_SPEAKS}}  # fmt: skip
    return [interval, point]


def _remark(test: str, field: str, align: str, x: int | str) -> Spec:
    """Return words beside a row, such as "under 30 voters"."""
    return {"mark": {"type": "text", "align": align, "dx": 4, "fontSize": 10, "aria": False, "color": "#333"},
            "transform": [{"filter": test}],
            "encoding": {"x": {"value": x}, "text": {"field": field, "type": "nominal"}}}  # fmt: skip
