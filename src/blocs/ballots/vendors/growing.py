"""A mapping that never changes, though one more entry costs no copy: the versions share one table of entries.

Each version sees the entries that it has seen from the beginning. The newest one puts a further entry into the table,
where the others do not look; an older one makes a table of its own first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Growing"]

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class _Table(Generic[K, V]):
    """Entries of all versions. values: key -> the values it has had, each with its time; times: how many there are."""

    values: dict[K, list[tuple[int, V]]] = field(default_factory=dict)
    times: int = 0


class Growing(Mapping[K, V]):
    """A mapping of which `with_entry` gives one that has an entry more, or another value of a key.

    Examples
    --------
    >>> one = Growing[str, int]().with_entry("a", 1)
    >>> two = one.with_entry("a", 2).with_entry("b", 3)
    >>> dict(one), dict(two)
    ({'a': 1}, {'a': 2, 'b': 3})
    """

    __slots__ = ("_length", "_table", "_times")

    def __init__(self) -> None:
        self._table: _Table[K, V] = _Table()
        self._times = self._length = 0

    def __getitem__(self, key: K) -> V:
        """Return the last value of a key that this version has seen."""
        for time, value in reversed(self._table.values[key]):
            if time < self._times:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[K]:
        """Yield the keys in the order in which they came."""
        return (key for key, values in self._table.values.items() if values[0][0] < self._times)

    def __len__(self) -> int:
        """Return the number of keys."""
        return self._length

    def with_entry(self, key: K, value: V) -> Growing[K, V]:
        """Return a mapping with one more entry, or with another value of a key."""
        after = Growing[K, V]()
        table = self._table
        if self._times != table.times:  # another version came after this one
            table = _Table({k: [(i, v)] for i, (k, v) in enumerate(self.items())}, self._length)
        after._length = self._length + (key not in self)
        table.values.setdefault(key, []).append((table.times, value))
        table.times += 1
        after._table, after._times = table, table.times
        return after
