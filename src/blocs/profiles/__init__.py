"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .alike import profiles_alike
from .concat import concat
from .profiles import EMPTY, NO_WEIGHT, Cells, Profiles, require_profiles

__all__ = ["EMPTY", "NO_WEIGHT", "Cells", "Profiles", "concat", "profiles_alike", "require_profiles"]
