"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .concat import concat
from .profiles import Cells, Profiles, require_profiles
from .split import split
from .traced import Traced, profiles_of

__all__ = ["Cells", "Profiles", "Traced", "concat", "profiles_of", "require_profiles", "split"]
