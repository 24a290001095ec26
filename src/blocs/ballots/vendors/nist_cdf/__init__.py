"""The NIST common data format (CDF) of cast vote records, in XML or JSON."""

from .report import NIST_CDF

__all__ = ["NIST_CDF"]
