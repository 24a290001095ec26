"""One shard of profiles as a Parquet file; it is read when its content is what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..core.lazy import lazy_import

if TYPE_CHECKING:
    from .profiles import Profiles

    pa: Any
    pq: Any
else:
    pa, pq = lazy_import("pyarrow"), lazy_import("pyarrow.parquet")

__all__ = ["Columns", "ShardFile", "write_shard"]

Floats = NDArray[np.float64]
AGAIN = "Copy this file again from where it is whole, or write the shards again with blocs.write_shards"
"""The remedy for a file that is not what it was."""


class Columns(NamedTuple):
    """The arrays of a shard: codes (U, J), counts (U,), weights (U,) and squared (U,) with sampling weights, values
    (U, D) of measured items."""

    codes: NDArray[Any]
    counts: Floats
    weights: Floats | None = None
    squared: Floats | None = None
    values: Floats | None = None


def write_shard(path: Path, part: Profiles) -> ShardFile:
    """Write a part of the profiles as one file, and return its address.

    Columns: code_0, code_1, ... of the items; count; weight and squared with sampling weights; value_0, ... of measured
    items.
    """
    columns: dict[str, NDArray[Any]] = {f"code_{j}": part.codes[:, j] for j in range(part.codes.shape[1])}
    columns["count"] = part.counts
    if part.design:
        columns |= {"weight": part.weights, "squared": part.squares}
    if part.values is not None:
        columns |= {f"value_{d}": part.values[:, d] for d in range(part.values.shape[1])}
    table = pa.table({name: np.ascontiguousarray(column) for name, column in columns.items()})
    pq.write_table(table, path, compression="zstd")
    content = path.read_bytes()
    return ShardFile(str(path), len(part), len(content), hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class ShardFile:
    """The address of a shard, which any machine can read that sees its folder.

    Parameters
    ----------
    path : str
        The file.
    rows : int
        Number of profiles U in it.
    size : int
        Its bytes.
    sha256 : str
        Of its content, as hexadecimal digits.
    """

    path: str
    rows: int
    size: int
    sha256: str

    def columns(self) -> Columns:
        """Return the arrays of the shard.

        Raises
        ------
        InputError
            If the file is missing, truncated, or changed in any other way since it was written.
        """
        table = pq.read_table(pa.BufferReader(self._content()), use_threads=False)
        names = table.column_names
        if table.num_rows != self.rows or "count" not in names or not all(map(_is_column, table.schema)):
            raise _fault(self.path, "its columns are not those of a shard", "A shard has codes and counts of its rows")

        def side_by_side(prefix: str) -> NDArray[Any] | None:
            own = [name for name in names if name.startswith(prefix)]
            return _matrix([table[name] for name in own], self.rows) if own else None

        codes = side_by_side("code_")
        single = {name: np.asarray(table[name]) for name in ("count", "weight", "squared") if name in names}
        return Columns(
            np.zeros((self.rows, 0), dtype=np.uint8) if codes is None else codes,
            single["count"], single.get("weight"), single.get("squared"), side_by_side("value_"),
        )  # fmt: skip

    def _content(self) -> bytes:
        try:
            if Path(self.path).stat().st_size != self.size:  # of a device it is 0, which has no end
                has = f"it has {counted(Path(self.path).stat().st_size, 'byte')} of {self.size:,}"
                raise _fault(self.path, has, "A shard is read whole")
            content = Path(self.path).read_bytes()
        except FileNotFoundError:
            raise _fault(self.path, "the shard is missing", "All shards of a data set are needed") from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise _fault(self.path, "its content has changed since it was written", "A shard is read as it was written")
        return content


def _is_column(field: Any) -> bool:
    """Whether a column has the numbers of a shard: codes are whole and not negative, the others are not."""
    is_code = field.name.startswith("code_")
    return bool(pa.types.is_unsigned_integer(field.type) if is_code else pa.types.is_float64(field.type))


def _fault(path: str, what: str, rule: str) -> InputError:
    return InputError(Fault(what, where=path, rule=rule, remedy=AGAIN))


def _matrix(columns: Sequence[Any], rows: int) -> NDArray[Any]:
    """Return (U, number of columns) the columns side by side, in one type."""
    first = np.asarray(columns[0])
    out = np.empty((rows, len(columns)), dtype=first.dtype)
    for j, column in enumerate(columns):
        out[:, j] = np.asarray(column)
    return out
