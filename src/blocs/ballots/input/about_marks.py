"""Columns of a long table that say how a mark was read: faint, ambiguous, invalid. They are named, and not followed."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from ...tables.relations import Frame, Store, gather
from ..party_names import fold

__all__ = ["remarks_about_marks"]

_NAMES = frozenset(
    {"ambiguous", "isambiguous", "density", "markdensity", "fillpercentage", "marginal", "ismarginal", "markstatus",
     "votestatus", "valid", "isvalid", "validvote", "isvalidvote", "invalid", "isinvalid"}
)  # fmt: skip
"""Names of such columns, folded and without blanks."""


def remarks_about_marks(rows: Frame, columns: Sequence[str], store: Store) -> tuple[str, ...]:
    """Return a remark on each of some columns without a role that says different things of marks."""
    about = [name for name in columns if fold(name).replace(" ", "") in _NAMES]
    if not about:
        return ()
    different = rows.select(*(nw.col(name).cast(nw.String).fill_null("").n_unique().alias(name) for name in about))
    number = gather(different, store, "reading the contests").to_pydict()
    return tuple(
        f"Column {name!r} says how marks were read, and is not followed: every row was read as a mark. If rows are no "
        "votes, name a column that says which are votes as 'is_vote' (`columns=`)."
        for name in about
        if number[name][0] > 1
    )
