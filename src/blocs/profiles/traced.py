"""What leads from profiles back to the rows that they were made of: profiles themselves, and coded ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from .profiles import Profiles, require_profiles

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Traced", "profiles_of"]


@runtime_checkable
class Traced(Protocol):
    """Profiles of data that are kept elsewhere, such as the ballots of a file, with the way back to their rows."""

    @property
    def profiles(self) -> Profiles:
        """The U profiles."""
        ...

    def expand(self, values: NDArray[Any]) -> pd.DataFrame:
        """Return (U, ...) values of the profiles as one row for each input row; null where it was set aside."""
        ...


def profiles_of(data: Profiles | Traced) -> Profiles:
    """Return the profiles themselves; raise InputError, saying how profiles are made, when there are none."""
    profiles = data.profiles if isinstance(data, Traced) else data
    require_profiles(profiles)
    return profiles
