"""Simulation: data whose types are known: plain categorical tables, a county, a whole collection of counties."""

from .collection import write_collection
from .county import County, Layout, simulate_county
from .sampling import District, simulate
from .truth import OUTCOMES, Truth

__all__ = ["OUTCOMES", "County", "District", "Layout", "Truth", "simulate", "simulate_county", "write_collection"]
