"""Who belongs to which type before the items are seen, one model a file."""

from .design import Design, columns_of
from .formula import in_formula
from .group_shares import GroupShares
from .groups import Groups, with_groups
from .in_products import in_products
from .level_softmax import LevelSoftmax
from .protocol import Membership, PriorRows
from .separation import separated
from .shares import Shares
from .softmax import Softmax

__all__ = ["Design", "GroupShares", "Groups", "LevelSoftmax", "Membership", "PriorRows", "Shares", "Softmax",
           "columns_of", "in_formula", "in_products", "separated", "with_groups"]  # fmt: skip
