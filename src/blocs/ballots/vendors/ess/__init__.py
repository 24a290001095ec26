"""ES&S: a table with one row for each card and one column for each contest."""

from .table import ESS

__all__ = ["ESS"]
