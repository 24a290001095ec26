"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .alike import profiles_alike
from .concat import concat
from .group_covariates import crossed, group_covariates
from .joint_items import joint_items
from .profiles import EMPTY, NO_COVARIATE, NO_WEIGHT, Cells, Covariates, Profiles, require_profiles
from .shard_file import ShardFile
from .shard_folder import is_shard_folder, open_shards, write_shards
from .split import split
from .traced import Traced, profiles_of

__all__ = ["EMPTY", "NO_COVARIATE", "NO_WEIGHT", "Cells", "Covariates", "Profiles", "ShardFile", "Traced", "concat",
           "crossed", "group_covariates", "is_shard_folder", "joint_items", "open_shards", "profiles_alike",
           "profiles_of", "require_profiles", "split", "write_shards"]  # fmt: skip
