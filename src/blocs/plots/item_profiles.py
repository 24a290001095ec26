"""Item profiles: the probabilities of the items in each type, of one fit or of several numbers of types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..core.errors import Fault, InputError, UnsupportedError, counted, nearest
from ..inference.fitted_rows import require_fit
from ..inference.matching import match
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .house_style import PAGE, SIZES, style, type_style
from .layout import LINE, Margins, Panels, headings, key_height, legend, panels, text_width, wrapped
from .points import dodged, points
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors

__all__ = ["item_profiles", "item_profiles_data", "shown_category", "shown_rows"]

COLUMNS = ("types", "bic", "type", "aligned", "share", "item", "outcome", "probability", "low", "high")
HEIGHT, SMALL = 62.0, 42.0
"""Millimetres of the panel of one fit, and of each of several."""
MOST_LINES = 6
"""Lines of the name of an item below the axis; longer names stand upright."""


def item_profiles_data(fits: Fit | Sequence[Fit], errors: StandardErrors | Bootstrap | None = None) -> pd.DataFrame:
    """Return the probabilities of the outcomes of all items in each type.

    Parameters
    ----------
    fits : Fit or sequence of Fit
        One fit; or fits of several numbers of types to the same items, to compare them.
    errors : StandardErrors or Bootstrap, optional
        What `blocs.standard_errors` or `blocs.bootstrap` returned of the one fit.

    Returns
    -------
    DataFrame
        One row for each fit, type, item and outcome: types, the number of types of the fit; bic, of the fit; type;
        aligned, the number of the type that it resembles most in the fit with fewer types, new numbers for new types;
        share, estimated, of the type; item; outcome; probability; low and high, the ends of the 95 per cent interval,
        NaN without errors and at the boundary.

    Raises
    ------
    InputError
        Without fits, for errors of another fit, and as `blocs.match` for fits of different items.
    UnsupportedError
        For errors with several fits, and for items without outcomes.
    """
    several = [fits] if isinstance(fits, Fit | FitsByGroup) else list(fits)
    for each in several:
        require_fit(each, "fits")
    several.sort(key=lambda fit: fit.types)
    if not several:
        raise InputError(Fault("there are none", argument="fits", rule="Give at least one fit"))
    if errors is not None and len(several) > 1:
        raise UnsupportedError("Intervals of several fits in one picture are not available: give one fit.")
    if errors is not None and errors.fit is not several[0]:
        raise InputError(Fault("they are of another fit", argument="errors", rule="Give those of the fit"))
    parts = []
    for fit, aligned in zip(several, _aligned(several), strict=True):
        table = fit.table() if errors is None else errors.table()
        if not len(table):
            raise UnsupportedError("A fit of counts and measurements has no item profiles: its items have no outcomes.")
        ends = {"low": np.nan, "high": np.nan} if errors is None else {}
        share = table["type"].map(fit.shares)
        parts.append(
            table.assign(types=fit.types, bic=fit.bic, aligned=table["type"].map(aligned), share=share, **ends)
        )
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _aligned(fits: Sequence[Fit]) -> list[dict[int, int]]:
    """Return for each fit type -> number: that of the type that it goes with in the fit before, or the next one."""
    out = [{k: k for k in range(1, fits[0].types + 1)}]
    for before, fit in pairwise(fits):
        goes_with = {k: out[-1][old] for old, k in match(before, fit).mapping.items()}
        new = iter(sorted(set(range(1, fit.types + 1)) - set(goes_with.values())))
        out.append({k: goes_with[k] if k in goes_with else next(new) for k in range(1, fit.types + 1)})
    return out


def item_profiles(
    data: pd.DataFrame, category: Any = None, *, lines: bool = False, labels: Mapping[str, str] | None = None,
    width: float = PAGE,
) -> Panels:  # fmt: skip
    """Draw the profiles of the types: items on the x axis, the probability of one category of each on the y axis.

    Parameters
    ----------
    data : DataFrame
        What `item_profiles_data` returned.
    category : label or mapping, optional
        The category whose probability is shown, or its text, such as "2" for the number 2; a mapping names that of
        each item. By default the last one of items
        with two. Where items have more and none is named, each item has its own panel with all its categories.
    lines : bool
        Whether to join the points of a type, as Mplus does. Items in no order have no line between them.
    labels : mapping, optional
        Item -> shorter name, or its wording.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    array of matplotlib Axes
        One for one fit; for several one each, two side by side; or one for each item.

    Raises
    ------
    InputError
        For another table, and categories that an item does not have.
    UnsupportedError
        For several fits of items with more than two categories, of which none is named.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, COLUMNS, "item_profiles_data")
    chosen = _categories(table, category)
    names = labels or {}
    with style():
        if chosen is None:
            if table["types"].nunique() > 1:
                raise UnsupportedError("Several fits of items with more than two categories are drawn for one category "
                                       "of each item. Name it with `category=`.")  # fmt: skip
            return _by_item(table, names, width)
        rows = shown_rows(table, category)
        if table["types"].nunique() == 1:
            return _one_fit(rows, chosen, lines, names, width)
        return _several_fits(rows, chosen, lines, names, width)


def _categories(table: pd.DataFrame, category: Any) -> dict[str, Any] | None:
    """Return item -> the category that is shown, None where each item is to have a panel of its own."""
    by_item = {str(item): list(dict.fromkeys(of["outcome"])) for item, of in table.groupby("item", sort=False)}
    if category is None:
        return {item: of[-1] for item, of in by_item.items()} if max(map(len, by_item.values())) <= 2 else None
    wanted = category if isinstance(category, Mapping) else dict.fromkeys(by_item, category)
    found = {item: [label for label in of if label == wanted.get(item)] for item, of in by_item.items()}
    found |= {item: [label for label in of if str(label) == str(wanted.get(item))]
              for item, of in by_item.items() if not found[item]}  # fmt: skip
    faults = [
        Fault(f"{item!r} has {'two categories' if found[item] else 'no category'} {wanted.get(item)!r}",
              argument="category", rule=f"Its categories are {', '.join(map(repr, of))}",
              nearest="" if found[item] else nearest(wanted.get(item), of), remedy="Leave out `category=`")
        for item, of in by_item.items() if len(found[item]) != 1
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return {item: labels[0] for item, labels in found.items()}


def shown_rows(data: pd.DataFrame, category: Any = None) -> pd.DataFrame:
    """Return the rows of the table that `item_profiles` draws."""
    chosen = _categories(data, category)
    if chosen is None:
        return data
    return data[[chosen[str(item)] == of for item, of in zip(data["item"], data["outcome"], strict=True)]]


def shown_category(data: pd.DataFrame, category: Any = None) -> str:
    """Return the category whose probability `item_profiles` draws, in words for a caption."""
    chosen = _categories(data, category)
    if chosen is None:
        return "every category"
    outcomes = {str(of) for of in chosen.values()}
    return f"«{outcomes.pop()}»" if len(outcomes) == 1 else "the category named"


def _one_fit(
    rows: pd.DataFrame, chosen: Mapping[str, Any], lines: bool, names: Mapping[str, str], width: float
) -> Panels:
    margins, ticks = _item_axis(chosen, names, width - 14, HEIGHT)
    keys = _names_of_types(rows)
    below = margins.bottom + key_height(keys, width) + 2
    axes = panels([HEIGHT], 1, margins._replace(bottom=below), width=width)
    _draw_profiles(axes[0, 0], rows, list(chosen), lines)
    _label_items(axes[0, 0], ticks)
    axes[0, 0].set_ylabel(_axis_label(chosen, HEIGHT))
    handles = [line for line in axes[0, 0].lines if not line.get_label().startswith("_")]
    legend(axes, handles, keys, at=1.5)
    return axes


def _several_fits(
    rows: pd.DataFrame, chosen: Mapping[str, Any], lines: bool, names: Mapping[str, str], width: float
) -> Panels:
    columns = 2 if width > PAGE / 2 else 1
    numbers = list(dict.fromkeys(rows["types"]))
    above = [_line_of_shares(rows[rows["types"] == k], (width - 20) / columns) for k in numbers]
    head = 6.5 + 4.2 * max(map(len, above))
    margins, ticks = _item_axis(chosen, names, (width - 20) / columns, SMALL)
    count = -(-len(numbers) // columns)
    axes = panels([SMALL] * count, columns, margins._replace(top=head), (10.0, head + 3), width)
    for k, lines_above, ax in zip(numbers, above, axes.flat, strict=False):
        of = rows[rows["types"] == k]
        _draw_profiles(ax, of, list(chosen), lines)
        ax.set_title(f"{counted(k, 'type')}, BIC {of['bic'].iloc[0]:,.1f}", pad=6 + 12 * len(lines_above))
        _write_shares(ax, lines_above)
        _label_items(ax, ticks)
    for ax in axes.flat[len(numbers) :]:
        ax.remove()
    for i, ax in enumerate(axes.flat[: len(numbers)]):
        if i + columns < len(numbers):
            ax.set_xticks(range(len(chosen)), [""] * len(chosen))
        if i % columns == 0:
            ax.set_ylabel(_axis_label(chosen, SMALL))
    return axes


def _line_of_shares(rows: pd.DataFrame, width: float) -> list[list[str]]:
    """Return the labels of the types of one fit in lines that fit into the width."""
    lines: list[list[str]] = [[]]
    for label in _names_of_types(rows):
        if lines[-1] and sum(text_width(of, SIZES["number"]) + 8 for of in (*lines[-1], label)) > width:
            lines.append([])
        lines[-1].append(label)
    return lines


def _write_shares(ax: Axes, lines: Sequence[Sequence[str]]) -> None:
    """Put a key with the shares of the types above a panel, in the lines given."""
    for i, keys in enumerate(reversed(lines)):
        handles = [line for line in ax.lines if line.get_label() in keys]
        key = ax.legend(handles, keys, loc="lower left", bbox_to_anchor=(-0.01, 1.02 + i * 4.2 / SMALL), ncol=9,
                        handlelength=1.2, columnspacing=0.9, borderaxespad=0, borderpad=0, handletextpad=0.4,
                        fontsize=SIZES["number"])  # fmt: skip
        ax.add_artist(key)


def _names_of_types(rows: pd.DataFrame) -> list[str]:
    types = rows.drop_duplicates("type").sort_values("type")
    return [f"Type {k} ({100 * share:.1f} %)" for k, share in zip(types["type"], types["share"], strict=True)]


def _draw_profiles(ax: Axes, rows: pd.DataFrame, items: Sequence[str], lines: bool) -> None:
    """Draw the points of every type; those of several types stand aside from each other, so that no interval is hidden.

    Only lines without intervals have all types at the same place.
    """
    place, of_types = {item: i for i, item in enumerate(items)}, list(rows.groupby("type", sort=True))
    together = lines and bool(rows["low"].isna().all())
    names = _names_of_types(rows)
    for i, (_, of) in enumerate(of_types):
        x = np.array([place[str(item)] for item in of["item"]]) + (0.0 if together else dodged(i, len(of_types)))
        look = type_style(int(of["aligned"].iloc[0]))
        points(ax, x, of["probability"], of["low"], of["high"], upright=True, color=look["color"],
               marker=look["marker"], label=names[i])  # fmt: skip
        if lines:
            ax.lines[-1].set_linestyle(look["linestyle"])
    ax.set(xlim=(-0.5, len(items) - 0.5), ylim=(-0.04, 1.04))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
    ax.grid(axis="y", linewidth=0.3, color="#D0D0D0")
    ax.set_axisbelow(True)


def _item_axis(
    chosen: Mapping[str, Any], names: Mapping[str, str], width: float, height: float
) -> tuple[Margins, tuple[list[str], bool]]:
    """Return margins, and the labels of the items with whether they stand upright, as they fit into the width.

    height: of a panel, along which the label of the other axis is written.
    """
    left = 12 + _axis_label(chosen, height).count("\n") * LINE * SIZES["label"]
    whole = [names.get(item, item) for item in chosen]
    if len({str(of) for of in chosen.values()}) > 1:
        whole = [f"{name} = {of}" for name, of in zip(whole, chosen.values(), strict=True)]
    place = width / len(whole) - 1.0
    fitting = [wrapped(name, place) for name in whole]
    words = [word for name in whole for word in name.split()]
    if max(map(text_width, words)) <= place and all(name.count("\n") < MOST_LINES for name in fitting):
        lines = max(name.count("\n") + 1 for name in fitting)
        return Margins(left, 2, 3, 3 + lines * LINE * SIZES["label"]), (fitting, False)
    divided = [wrapped(name, 45) for name in whole]
    return Margins(left, 2, 3, 4 + max(map(text_width, divided))), (divided, True)


def _label_items(ax: Axes, ticks: tuple[list[str], bool]) -> None:
    labels, upright = ticks
    ax.set_xticks(range(len(labels)), labels, rotation=90 if upright else 0, linespacing=1.05)
    ax.tick_params(axis="x", length=0)


def _axis_label(chosen: Mapping[str, Any], height: float) -> str:
    outcomes = {str(of) for of in chosen.values()}
    return wrapped(f"Probability of «{outcomes.pop()}»", height) if len(outcomes) == 1 else "Probability"


def _by_item(table: pd.DataFrame, names: Mapping[str, str], width: float) -> Panels:
    """Draw one panel an item, its categories from the top down, a point for each type beside them."""
    items = [(str(item), of) for item, of in table.groupby("item", sort=False)]
    keys, types = _names_of_types(table), table["type"].nunique()
    columns = 2 if width > PAGE / 2 and len(items) > 1 else 1
    widest = max(text_width(wrapped(str(o), 32)) for o in table["outcome"].unique()) + 3
    each = max(4.2, 1.9 * types)
    counts = [of["outcome"].nunique() for _, of in items]
    heights = [each * max(counts[i : i + columns]) for i in range(0, len(items), columns)]
    panel = (width - columns * (widest + 5) + 1) / columns
    titles, more = headings([names.get(item, item) for item, _ in items], panel)
    margins = Margins(widest, 4, 6 + more, 11 + key_height(keys, width))
    axes = panels(heights, columns, margins, (widest + 5, 11.0 + more), width)
    for i, ((_, of), ax) in enumerate(zip(items, axes.flat, strict=False)):
        outcomes = list(dict.fromkeys(of["outcome"]))
        for k, (_, of_type) in enumerate(of.groupby("type", sort=True)):
            y = np.arange(len(outcomes)) + dodged(k, types, 0.7)
            look = type_style(int(of_type["aligned"].iloc[0]))
            points(ax, y, of_type["probability"], of_type["low"], of_type["high"], color=look["color"],
                   marker=look["marker"], label=keys[k])  # fmt: skip
        box, part = ax.get_position(), len(outcomes) * each / heights[i // columns]
        ax.set_position((box.x0, box.y1 - box.height * part, box.width, box.height * part))
        ax.set(xlim=(-0.02, 1.02), ylim=(len(outcomes) - 0.5, -0.5), title=titles[i])
        ax.set_yticks(range(len(outcomes)), [wrapped(str(o), 32) for o in outcomes])
        ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", linewidth=0.3, color="#D0D0D0")
        ax.hlines(np.arange(len(outcomes) - 1) + 0.5, 0, 1, color="#E3E3E3", linewidth=0.4)
    for ax in axes.flat[len(items) :]:
        ax.remove()
    for ax in axes.flat[max(0, len(items) - columns) : len(items)]:
        ax.set_xlabel("Probability")
    first = axes.flat[0]
    legend(axes, [line for line in first.lines if not line.get_label().startswith("_")], keys, at=1)
    return axes
