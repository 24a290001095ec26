"""Profiles as a folder of Parquet shards: written once, and opened without holding them in memory.

What is opened are Profiles like any others. Their arrays lie in a temporary file that the system pages in and out, so
that all questions can be asked of them; passes over all rows read the shards' own arrays one after the other instead
(`engines.disk`).
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account, added_up
from ..core.errors import Fault, InputError, PathError, UnsupportedError
from ..core.limits import ROWS_PER_SHARD
from ..core.plain_data import is_account, is_count, is_list, is_schema, is_text
from ..core.schema import Schema
from ..files.atomic import existing, whole_folder
from ..files.json_names import each_once
from ..files.scratch import scratch
from .checks import check_codes
from .rows import read_only
from .shard_file import Columns, ShardFile, write_shard

if TYPE_CHECKING:
    from .profiles import Profiles

__all__ = ["MANIFEST", "Source", "is_shard_folder", "open_shards", "write_shards"]

MANIFEST = "shards.json"
"""The file that says what is in a folder of shards."""
FORMAT = 1
"""Version of the layout."""
REMEDY = "Write the shards again with blocs.write_shards"


@dataclass(frozen=True, eq=False)
class Source:
    """The shards that profiles were opened from.

    Parameters
    ----------
    files : tuple of ShardFile
        The shards, in order.
    schema, codes, weights, values
        Of the profiles: others that share the source but not these have other rows or labels.
    maps : tuple of mmap
        The memory of the arrays.
    """

    files: tuple[ShardFile, ...]
    schema: Schema
    codes: NDArray[Any]
    weights: NDArray[np.float64]
    values: NDArray[np.float64] | None
    maps: tuple[mmap.mmap, ...]

    def of(self, profiles: Profiles) -> bool:
        """Whether the profiles are those that were opened, with the same rows, weights and labels."""
        same = profiles.codes is self.codes and profiles.weights is self.weights
        return same and profiles.values is self.values and profiles.schema is self.schema

    def leave_memory(self) -> None:
        """Let the system take the pages of the arrays; they are read again from the file when they are needed."""
        for pages in self.maps:
            if hasattr(pages, "madvise"):
                pages.madvise(mmap.MADV_DONTNEED)


def write_shards(profiles: Profiles | Iterable[Profiles], folder: str | Path) -> None:
    """Write profiles as a folder of Parquet files, for fits of data that are larger than memory.

    Parameters
    ----------
    profiles : Profiles or iterable of Profiles
        The profiles, or their parts one after the other, as they come from a source that is larger than memory. Parts
        have the same items, outcomes and menus. A row that is in several parts is several profiles.
    folder : str or Path
        Where they are written: a new or empty folder. It is there when all is written, or not at all.

    Raises
    ------
    InputError
        If there are no profiles, or parts have different schemas.
    PathError
        If something is at that place.
    UnsupportedError
        For profiles with covariates, and for parts with sampling weights, which are scaled part by part.

    See Also
    --------
    blocs.open_shards

    Notes
    -----
    A shard has 65,536 profiles at most: as many as a fit in memory adds up at a time, for the same bits. `shards.json`
    has the labels, and the SHA-256 of every shard. Rows of the input are not written, as there is no way back to them,
    nor are groups, which a note then says. Notes of parts are kept, each once, and the accounts of parts are added up.

    Examples
    --------
    >>> import tempfile, blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 1], "b": ["x", "y", "y"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     blocs.write_shards(profiles, f"{folder}/county")
    ...     again = blocs.open_shards(f"{folder}/county")
    >>> again.hash == profiles.hash, len(again)
    (True, 3)
    """
    from .profiles import Profiles

    single = isinstance(profiles, Profiles)
    parts: Iterable[Profiles] = [profiles] if isinstance(profiles, Profiles) else profiles
    files: list[ShardFile] = []
    head: dict[str, Any] = {}
    account: Account | None = None
    notes: dict[str, None] = {}
    with whole_folder(folder) as place:
        for part in parts:
            _refuse(part, single)
            schema = part.schema.to_dict()
            if head and schema != head["schema"]:
                raise InputError(Fault("a part has other items, outcomes or menus", argument="profiles",
                                       where=f"after shard {len(files)}", rule="All parts have one schema",
                                       remedy="Make them with the same `levels=` and `menus=`"))  # fmt: skip
            head = head or {"blocs_shards": FORMAT, "design": part.design, "schema": schema}
            account = part.account if account is None else added_up([account, part.account])
            notes |= dict.fromkeys([*part.notes, *_groups_left_out(part)])
            for shard in part.shards(-(-len(part) // ROWS_PER_SHARD)):
                files.append(write_shard(place / f"shard-{len(files):06}.parquet", shard))
        if account is None or not files:
            raise InputError(Fault("there are none", argument="profiles", rule="Shards are of one profile or more"))
        content = {**head, "account": account.to_dict(), "notes": list(notes),
                   "shards": [{**asdict(file), "path": Path(file.path).name} for file in files]}  # fmt: skip
        (place / MANIFEST).write_text(json.dumps({**content, "sha256": _digest(content)}, indent=1), encoding="utf-8")


def open_shards(folder: str | Path, jobs: int | None = None) -> Profiles:
    """Return the profiles of a folder of shards, without holding them in memory.

    Parameters
    ----------
    folder : str or Path
        A folder that `write_shards` wrote.
    jobs : int, optional
        Number of threads that read; all processors by default.

    Returns
    -------
    Profiles
        The profiles. Fits of them are the same bits as of the profiles that were written (of parts: as of shards that
        begin and end where the parts do), in an amount of memory that does not grow with their number.

    Raises
    ------
    InputError
        If a file is missing, truncated, or has another content than was written.
    PathError
        If the folder does not exist or holds no shards.

    See Also
    --------
    blocs.write_shards

    Notes
    -----
    The arrays are put in a temporary file (8 bytes a profile and 1 or 2 an item), which the system pages in and out;
    the environment variable TMPDIR says where. Memory that such pages take is free for other use at any time.
    """
    from .profiles import Profiles

    place = existing(folder)
    head = _manifest(place)
    schema = Schema.from_dict(head["schema"])
    files = tuple(ShardFile(str(place / f["path"]), f["rows"], f["size"], f["sha256"]) for f in head["shards"])
    columns, maps = _paged(files, schema, jobs)
    weights = columns.counts if columns.weights is None else columns.weights
    source = Source(files, schema, columns.codes, weights, columns.values, maps)
    return Profiles(
        schema, columns.codes, columns.counts, weights, account=Account.from_dict(head["account"]),
        notes=tuple(head["notes"]), values=columns.values, squared=columns.squared, source=source,
    )  # fmt: skip


def is_shard_folder(path: str | Path) -> bool:
    """Whether there are shards at `path`."""
    return os.path.isfile(Path(path) / MANIFEST)  # also where the folder may not be entered


def _refuse(part: Profiles, single: bool) -> None:
    """Refuse what shards do not keep; nothing is left out silently."""
    if part.covariates is not None:
        raise UnsupportedError(
            "Shards of profiles with covariates are not available. Make the profiles without covariates."
        )
    if part.design and not single:
        raise UnsupportedError(
            "Parts with sampling weights are not available: each is scaled to its own number of observations. Write "
            "the profiles of all rows at once."
        )


def _groups_left_out(part: Profiles) -> list[str]:
    names = [] if part.cells is None else [repr(str(name)) for name in part.cells.table.columns]
    return [f"Groups are not kept in shards: {', '.join(names)}."] if names else []


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    """Return what the folder says of its shards; raise where it is no folder of shards, or was changed."""
    path = folder / MANIFEST
    if not path.is_file():
        raise PathError(Fault(f"there is no {MANIFEST}", where=str(folder), rule="A folder of shards has one",
                               remedy="Name a folder that blocs.write_shards wrote"))  # fmt: skip
    try:
        head: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=each_once)
        written, version = head.pop("sha256"), head["blocs_shards"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(Fault("it is no list of shards", where=str(path), remedy=REMEDY)) from None
    if version != FORMAT:
        raise InputError(Fault(f"it has format {version!r}", where=str(path), rule=f"This version reads {FORMAT}",
                               remedy=f"Use the version of blocs that wrote it. {REMEDY}"))  # fmt: skip
    if written != _digest(head):
        raise InputError(Fault("its content has changed since it was written", where=str(path), remedy=REMEDY))
    wrong = [name for name, good in _PARTS.items() if not good(head.get(name))]
    if wrong:
        raise InputError(Fault(f"it has what no list of shards has: {', '.join(map(repr, wrong))}", where=str(path),
                               remedy=REMEDY))  # fmt: skip
    return head


def _is_file(value: Any) -> bool:
    """Whether a value is the address of a file in the folder itself."""
    return (
        isinstance(value, dict)
        and is_text(value.get("path"))
        and value["path"] == Path(value["path"]).name
        and all(is_count(value.get(name)) and value[name] > 0 for name in ("rows", "size"))
        and is_text(value.get("sha256"))
    )


_PARTS: Mapping[str, Callable[[Any], bool]] = {
    "schema": is_schema,
    "account": lambda value: is_account(value) and {"steps", "remarks", "tables"} <= set(value),
    "notes": lambda value: is_list(value, is_text),
    "shards": lambda value: bool(value) and is_list(value, _is_file),
}
"""Parts of the list of shards -> what they must be, as a folder may come from anywhere."""


def _check(columns: Columns, schema: Schema, path: str) -> None:
    """Raise InputError where the arrays of a shard are not those of the items, of which kernels are sure."""
    wide = sum(last - first for _, first, last in schema.measured)
    has = 0 if columns.values is None else columns.values.shape[1]
    numbers = (columns.counts, columns.weights, columns.squared)
    good = all(of is None or bool((np.isfinite(of) & (of > 0)).all()) for of in numbers)
    try:
        check_codes(schema, columns.codes, columns.counts)
    except InputError:
        good = False
    if not good or wide != has or (columns.weights is None) != (columns.squared is None):
        raise InputError(Fault("it has codes, counts or weights that no shard of these items has", where=path,
                               rule="Shards are read as they were written", remedy=REMEDY))  # fmt: skip


def _paged(
    files: tuple[ShardFile, ...], schema: Schema, jobs: int | None
) -> tuple[Columns, tuple[mmap.mmap, ...]]:
    """Copy the arrays of all shards to temporary files; return them in memory that is paged in and out."""
    ends = [0, *accumulate(file.rows for file in files)]
    first = files[0].columns()
    kinds = {name: (array.dtype, array.shape[1:]) for name, array in first._asdict().items() if array is not None}
    made, opened = scratch(), dict[str, int]()
    try:
        opened |= {name: os.open(made.folder / name, os.O_CREAT | os.O_RDWR, 0o600) for name in kinds}

        def copy(i: int) -> None:
            columns = files[i].columns()
            _check(columns, schema, files[i].path)
            for name, array in columns._asdict().items():
                if array is not None and array.size:
                    _write_at(opened[name], np.ascontiguousarray(array, dtype=kinds[name][0]), ends[i])

        with ThreadPoolExecutor(jobs or os.cpu_count() or 1, thread_name_prefix="blocs") as pool:
            for _ in pool.map(copy, range(len(files))):
                pass
        maps, arrays = [], {}
        for name, (kind, shape) in kinds.items():
            size = ends[-1] * int(np.prod(shape, dtype=np.int64)) * kind.itemsize
            if not size:
                arrays[name] = read_only(np.zeros((ends[-1], *shape), dtype=kind))
                continue
            maps.append(mmap.mmap(opened[name], size, access=mmap.ACCESS_COPY))  # kernels are compiled for such
            arrays[name] = read_only(np.frombuffer(maps[-1], dtype=kind).reshape(ends[-1], *shape))
    finally:
        for file in opened.values():
            os.close(file)
        made.remove()  # what is mapped stays on the disk as long as it is
    return Columns(**arrays), tuple(maps)


def _write_at(file: int, array: NDArray[Any], row: int) -> None:
    """Write an array at its place in a file; a full disk is an error here, and not later."""
    data = array.data.cast("B")
    at = row * (len(data) // len(array))
    while len(data):
        done = os.pwrite(file, data, at)
        data, at = data[done:], at + done
