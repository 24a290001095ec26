"""Who belongs to which type before the items are seen, one model a file."""

from .shares import Shares

__all__ = ["Shares"]
