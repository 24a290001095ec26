"""How often types go with pairs of codes: sums of products of posteriors over the rows that have both codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import OUTER, njit

__all__ = ["add_pairs"]

_compiled: Any = njit(**OUTER)


@_compiled
def add_pairs(codes, zeta, weights, out):
    """Add w_u zeta_uk zeta_ul of every row u to out[a, b], for every pair of its codes at positions i <= j.

    codes (n, J) int32: numbers of codes over all items, -1 for missing; zeta (n, K), weights (n,) float; out (G, G,
    K (K + 1) / 2): the products of types k <= l one after the other.
    """
    types, size = zeta.shape[1], out.shape[2]
    product = np.empty(size)
    for u in range(codes.shape[0]):
        at = 0
        for k in range(types):
            weighted = weights[u] * zeta[u, k]
            for other in range(k, types):
                product[at] = weighted * zeta[u, other]
                at += 1
        for i in range(codes.shape[1]):
            a = codes[u, i]
            if a < 0:
                continue
            for j in range(i, codes.shape[1]):
                b = codes[u, j]
                if b >= 0:
                    pair = out[a, b]
                    for m in range(size):
                        pair[m] += product[m]
