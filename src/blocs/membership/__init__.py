"""Who belongs to which type before the items are seen, one model a file."""

from .protocol import Membership
from .shares import Shares

__all__ = ["Membership", "Shares"]
