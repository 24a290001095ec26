"""Presentation: one table object, the rules of printed numbers, and the forms in which a table is written."""

from .numbers import printed
from .save import save_tables
from .table import Column, Table

__all__ = ["Column", "Table", "printed", "save_tables"]
