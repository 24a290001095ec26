"""Pictures of ballots, fits and comparisons. They need the extra `plots`: matplotlib, loaded when one is drawn.

Each picture is a function that takes a tidy table and returns matplotlib axes; beside it `..._data` makes the table.
"""

from .account_flow import account_flow, account_flow_data
from .certified import certified, certified_data
from .criteria_over_types import criteria_over_types, criteria_over_types_data
from .effects import effects, effects_data
from .house_style import save
from .item_profiles import item_profiles, item_profiles_data
from .model_by_office import model_by_office, model_by_office_data
from .office_shares import office_shares, office_shares_data
from .outcomes_by_type import outcomes_by_type
from .residual_map import residual_map, residual_map_data
from .search import optima, optima_data, trace, trace_data
from .shares import shares, shares_data
from .shares_by_group import shares_by_group, shares_by_group_data
from .two_fits import two_fits, two_fits_data
from .types_by_office import types_by_office, types_by_office_data

__all__ = ["account_flow", "account_flow_data", "certified", "certified_data", "criteria_over_types",
           "criteria_over_types_data", "effects", "effects_data", "item_profiles", "item_profiles_data",
           "model_by_office", "model_by_office_data", "office_shares", "office_shares_data", "optima", "optima_data",
           "outcomes_by_type", "residual_map", "residual_map_data", "save", "shares", "shares_by_group",
           "shares_by_group_data", "shares_data", "trace", "trace_data", "two_fits", "two_fits_data",
           "types_by_office", "types_by_office_data"]  # fmt: skip
