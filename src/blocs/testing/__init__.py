"""Laws that a family or an engine of your own must obey."""

from .checks import check_engine, check_family, check_recovery

__all__ = ["check_engine", "check_family", "check_recovery"]
