"""The report: a fit as one self-contained page, with figures that are drawn from its tables."""

from .page import Report, html_report

__all__ = ["Report", "html_report"]
