"""A value of a fit that is worked out when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

__all__ = ["Deferred", "WorkedOut"]

Value = TypeVar("Value")


class Deferred(Generic[Value]):
    """A value that is not worked out yet; pickled or copied it is the value.

    Parameters
    ----------
    work : callable
        Returns the value.
    """

    def __init__(self, work: Callable[[], Value]) -> None:
        self._work = work

    @cached_property
    def value(self) -> Value:
        """The value, worked out once."""
        return self._work()

    def __reduce__(self) -> tuple[Callable[[Value], Value], tuple[Value]]:
        return _itself, (self.value,)


class WorkedOut(Generic[Value]):
    """A field of a dataclass, None by default, that may be given a `Deferred` value."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, fit: None, owner: type) -> None: ...
    @overload
    def __get__(self, fit: object, owner: type) -> Value: ...
    def __get__(self, fit: Any, owner: type) -> Value | None:
        """Return the value, worked out now where it was not yet; of the class itself the default, None."""
        if fit is None:
            return None
        value: Value | Deferred[Value] = fit.__dict__[self.name]
        if isinstance(value, Deferred):
            value = fit.__dict__[self.name] = value.value
        return value

    def __set__(self, fit: Any, value: Value | Deferred[Value]) -> None:
        fit.__dict__[self.name] = value


def _itself(value: Value) -> Value:
    return value
