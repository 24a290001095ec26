"""The hash of a data set: equal for equal data in any order of the rows."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .profiles import Profiles

__all__ = ["content_hash"]

PART = 8_192
"""Rows that are hashed at once: large data are not copied whole."""


def content_hash(profiles: Profiles) -> str:
    """Return the SHA-256 of labels, rows, counts, weights and groups, as hexadecimal digits."""
    labels = profiles.schema.to_dict()
    for item in labels["items"]:
        item.get("kind", {}).pop("units", None)  # they follow from the values, up to the order of summing
        item.get("kind", {}).pop("read", None)
    digest = hashlib.sha256(json.dumps(labels, ensure_ascii=False).encode())
    codes, counts, weights, values = profiles.codes, profiles.counts, profiles.weights, profiles.values
    order = None
    if values is not None:  # these rows stand in the order of the input
        own = [] if profiles.covariates is None else [profiles.covariates.row]
        order = np.lexsort([weights, counts, *own, *codes.T[::-1], *values.T[::-1]])
    numbers = [(codes, "<i8"), (counts, "<f8"), (weights, "<f8")]
    for array, kind in numbers if values is None else [*numbers, (values, "<f8")]:
        for first in range(0, len(profiles), PART):
            rows = slice(first, first + PART)
            part = array[rows] if order is None else array[order[rows]]
            digest.update(np.ascontiguousarray(part, dtype=kind).data)
    if profiles.covariates is not None:
        own_rows = profiles.covariates.values[profiles.covariates.row]
        digest.update(json.dumps(profiles.covariates.plain(), ensure_ascii=False).encode())
        digest.update(np.ascontiguousarray(own_rows if order is None else own_rows[order], dtype="<f8").tobytes())
    if profiles.cells is not None:
        cells = profiles.cells
        digest.update(cells.table.to_csv(index=False).encode())
        for places in (cells.row, cells.group):
            digest.update(np.ascontiguousarray(places, dtype="<i8").tobytes())
        for sums in (cells.counts, cells.weights):
            digest.update(np.ascontiguousarray(sums, dtype="<f8").tobytes())
    return digest.hexdigest()
