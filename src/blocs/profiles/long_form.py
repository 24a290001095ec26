"""The long form of Table 1 (000): one row for every option of every item that a profile was offered or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..core.schema import MISSING, Schema

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["long_form"]


def long_form(schema: Schema, codes: NDArray[Any], counts: NDArray[np.float64]) -> pd.DataFrame:
    """Return profile, item, menu, option, chosen (null off the menu), count; missing items have no rows."""
    parts = []
    for j, item in enumerate(schema.items):
        column = codes[:, j].astype(np.int64)
        shown = np.flatnonzero(column != MISSING)
        pairs = np.array(item.codes, dtype=np.int64).reshape(-1, 2)[column[shown] - 1]
        on_menu = item.lookup >= 0
        labels = ["|".join(map(str, item.menu_labels(m))) for m in range(len(item.menus))]
        for option, label in enumerate(item.outcomes):
            chosen = pd.array(pairs[:, 1] == option, dtype="boolean")
            chosen[~on_menu[pairs[:, 0], option]] = pd.NA
            parts.append(
                pd.DataFrame(
                    {
                        "profile": shown,
                        "item": item.name,
                        "menu": [labels[m] for m in pairs[:, 0]],
                        "option": pd.Series([label] * len(shown), dtype=object),
                        "chosen": chosen,
                        "count": counts[shown],
                        "_order": j,
                    }
                )
            )
    columns = ["profile", "item", "menu", "option", "chosen", "count"]
    if not parts:
        return pd.DataFrame(columns=columns)
    long = pd.concat(parts, ignore_index=True).sort_values(["profile", "_order"], kind="stable")
    return long[columns].reset_index(drop=True)
