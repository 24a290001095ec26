"""joint_margins: the probabilities of the single items in a fit of joint ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..core.schema import JOINED, Item
from ..results.fit_result import Fit
from .fitted_rows import require_fit

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["joint_margins"]


def joint_margins(fit: Fit) -> pd.DataFrame:
    """Return the probabilities of the single items in a fit of joint ones.

    Parameters
    ----------
    fit : Fit
        A fit to what `blocs.joint_items` returned.

    Returns
    -------
    DataFrame
        As `Fit.table`: type, item, outcome, probability; of joint items both items, with their margins and the text of
        their outcomes.

    Raises
    ------
    InputError
        For what is not a fit.
    UnsupportedError
        If the fit has no joint item.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [40, 10, 20, 30]}
    >>> joint = blocs.joint_items(blocs.Profiles.from_table(table, weights="n"), [("a", "b")])
    >>> blocs.joint_margins(blocs.fit(joint, types=1))
       type item outcome  probability
    0     1    a       0          0.5
    1     1    a       1          0.5
    2     1    b       0          0.6
    3     1    b       1          0.4
    """
    require_fit(fit)
    table = fit.table()
    joint = [item.name for item in fit.schema.items if _is_joint(item)]
    if not joint:
        raise UnsupportedError("Margins are available for fits of joint items: make them with blocs.joint_items first.")
    parts = []
    for (number, item), own in table.groupby(["type", "item"], sort=False):
        if item not in joint:
            parts.append(own)
            continue
        pairs = [str(outcome).split(JOINED, 1) for outcome in own["outcome"]]
        for name, side in zip(item.split(JOINED, 1), zip(*pairs, strict=True), strict=True):
            sums = own["probability"].groupby(list(side), sort=False).sum(min_count=1)
            parts.append(pd.DataFrame({"type": number, "item": name, "outcome": sums.index, "probability": sums.array}))
    return pd.concat(parts, ignore_index=True).astype({"outcome": object})


def _is_joint(item: Item) -> bool:
    """Whether an item is two as one; outcomes that are on no menu may have been left out."""
    return item.kind is None and JOINED in item.name and all(JOINED in str(outcome) for outcome in item.outcomes)
