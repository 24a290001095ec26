"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .concat import concat
from .profiles import Cells, Profiles, require_profiles

__all__ = ["Cells", "Profiles", "concat", "require_profiles"]
