"""Objects of JSON in which a name is there twice: programs differ in which value they take, so none is taken."""

from __future__ import annotations

from collections import Counter
from typing import Any

__all__ = ["NameTwiceError", "each_once"]


class NameTwiceError(ValueError):
    """An object has a name twice; its text is the name."""


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON from its names and values, as `object_pairs_hook`.

    Raises
    ------
    NameTwiceError
        If a name is there twice.

    Examples
    --------
    >>> import json
    >>> json.loads('{"votes": 3}', object_pairs_hook=each_once)
    {'votes': 3}
    >>> json.loads('{"votes": 3, "votes": 4}', object_pairs_hook=each_once)
    Traceback (most recent call last):
        ...
    blocs.files.json_names.NameTwiceError: votes
    """
    out = dict(pairs)
    if len(out) != len(pairs):
        times = Counter(name for name, _ in pairs)
        raise NameTwiceError(next(name for name, number in times.items() if number > 1))
    return out
