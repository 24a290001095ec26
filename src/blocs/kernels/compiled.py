"""The kernels compiled: one pass over the rows, nothing allocated per row, same answers as `plain`.

A row's joint probabilities are multiplied item by item. Probabilities are at most 1, so a type that underflows has
a share below 1e-308 of a row; while the row's sum stays above 1e-200 that is below 1e-100 of it and changes
nothing. Rows with a smaller sum are done again with one binary exponent per type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .plain import Floats, Sums

__all__ = ["expect", "posterior", "scatter"]

SMALL = 1e-200  # below this sum a row is done again with exponents
STEP = 2.0**500  # one unit of exponent
LOG_STEP = 500 * np.log(2.0)
LOW = 2.0**-500
TINY = 2.0**-200


@njit(cache=True, nogil=True, error_model="numpy")
def _product(codes, offsets, table, prior, group, u, joint):  # type: ignore[no-untyped-def]
    """Write the joint probabilities of row u into joint (W,)."""
    joint[:] = prior[group[u]]
    for j in range(codes.shape[1]):
        p = table[offsets[j] + codes[u, j]]
        for w in range(joint.shape[0]):
            joint[w] *= p[w]


@njit(cache=True, nogil=True, error_model="numpy")
def _scaled(codes, offsets, table, start_at, u, joint, exponent, start, stop):  # type: ignore[no-untyped-def]
    """Write mantissas of columns start..stop of row u into joint, 2**-500 units in exponent; return the largest."""
    largest = -(2**62)
    for w in range(start, stop):
        x, e = start_at[w], 0
        for j in range(codes.shape[1]):
            p = table[offsets[j] + codes[u, j], w]
            if p < TINY:
                p *= STEP
                e -= 1
            x *= p
            if x < LOW:
                x *= STEP
                e -= 1
            elif x > 1.0:
                x *= LOW
                e += 1
            if x == 0.0:
                break
        joint[w], exponent[w] = x, e
        if x > 0.0:
            largest = max(largest, e)
    for w in range(start, stop):
        shift = largest - exponent[w]
        joint[w] = joint[w] * LOW**shift if 0 <= shift <= 2 else 0.0
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def _normalise(codes, offsets, table, prior, group, u, joint, exponent, s, k):  # type: ignore[no-untyped-def]
    """Turn the joint of start s into posteriors; return the row's log-likelihood, -inf if it is impossible."""
    total = 0.0
    for w in range(s * k, s * k + k):
        total += joint[w]
    shift = 0.0
    if total < SMALL:
        largest = _scaled(codes, offsets, table, prior[group[u]], u, joint, exponent, s * k, s * k + k)
        total = 0.0
        for w in range(s * k, s * k + k):
            total += joint[w]
        if total == 0.0:
            return -np.inf
        shift = largest * LOG_STEP
    for w in range(s * k, s * k + k):
        joint[w] /= total
    return np.log(total) + shift


@njit(cache=True, nogil=True, error_model="numpy")
def _posterior(codes, offsets, table, prior, group, k, loglik, zeta):  # type: ignore[no-untyped-def]
    exponent = np.empty(prior.shape[1], dtype=np.int64)
    for u in range(codes.shape[0]):
        joint = zeta[u]
        _product(codes, offsets, table, prior, group, u, joint)
        for s in range(loglik.shape[1]):
            loglik[u, s] = _normalise(codes, offsets, table, prior, group, u, joint, exponent, s, k)


@njit(cache=True, nogil=True, error_model="numpy")
def _expect(codes, offsets, table, prior, group, k, weights, loglik, totals, counts):  # type: ignore[no-untyped-def]
    joint = np.empty(prior.shape[1])
    exponent = np.empty(prior.shape[1], dtype=np.int64)
    for u in range(codes.shape[0]):
        n = weights[u]
        _product(codes, offsets, table, prior, group, u, joint)
        for s in range(loglik.shape[0]):
            loglik[s] += n * _normalise(codes, offsets, table, prior, group, u, joint, exponent, s, k)
        total = totals[group[u]]
        for w in range(joint.shape[0]):
            joint[w] *= n
            total[w] += joint[w]
        for j in range(codes.shape[1]):
            row = counts[offsets[j] + codes[u, j]]
            for w in range(joint.shape[0]):
                row[w] += joint[w]


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter(codes, offsets, zeta, counts):  # type: ignore[no-untyped-def]
    for u in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            row = counts[offsets[j] + codes[u, j]]
            for w in range(zeta.shape[1]):
                row[w] += zeta[u, w]


def posterior(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
) -> tuple[Floats, Floats]:
    """As plain.posterior."""
    width = prior.shape[1]
    loglik, zeta = np.empty((len(codes), width // types)), np.empty((len(codes), width))
    _posterior(codes, offsets, table, prior, group, types, loglik, zeta)
    return loglik, zeta


def scatter(codes: NDArray[Any], offsets: NDArray[np.int64], zeta: Floats) -> Floats:
    """As plain.scatter."""
    counts = np.zeros((int(offsets[-1]), zeta.shape[1]))
    _scatter(codes, offsets, zeta, counts)
    return counts


def expect(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
    weights: Floats,
) -> Sums:
    """As plain.expect."""
    sums = Sums(np.zeros(prior.shape[1] // types), np.zeros_like(prior), np.zeros_like(table))
    _expect(codes, offsets, table, prior, group, types, weights, *sums)
    return sums
