"""One package a file, all with the same five names, so that the same measurement runs them all.

missing() -> str | None: why the package cannot be measured here; version() -> str; takes(case) -> str | None: why it
cannot fit this case; prepare(case) -> Any: the table as the package wants it, made once; iterate(table, start,
steps) -> Start: that many iterations of plain EM from that start, never fewer; fit(table, starts, seed, gain) ->
(Start, list of log-likelihoods of the starts or None): the best of several random starts of its own, each ended when
a step gains less than `gain` log-likelihood units.
"""

from __future__ import annotations

RIVALS = ("blocs", "stepmix", "pomegranate", "scikit_learn", "numpy_em")
"""Names of the modules; blocs itself is measured like the others."""
