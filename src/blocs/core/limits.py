"""Bounds of what may be asked for: larger numbers can only be slips."""

__all__ = ["MOST_THREADS"]

MOST_THREADS = 4_096
"""Threads or processes: as many are begun as are asked for."""
