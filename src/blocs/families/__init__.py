"""Outcome distributions, one a file. A family turns parameters into a table of code probabilities and back."""

from .categorical import Categorical
from .choice import Choice

__all__ = ["Categorical", "Choice"]
