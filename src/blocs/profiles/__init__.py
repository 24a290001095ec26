"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .alike import profiles_alike
from .concat import concat
from .profiles import EMPTY, NO_COVARIATE, NO_WEIGHT, Cells, Covariates, Profiles, require_profiles
from .split import split
from .traced import Traced, profiles_of

__all__ = ["EMPTY", "NO_COVARIATE", "NO_WEIGHT", "Cells", "Covariates", "Profiles", "Traced", "concat",
           "profiles_alike", "profiles_of", "require_profiles", "split"]  # fmt: skip
