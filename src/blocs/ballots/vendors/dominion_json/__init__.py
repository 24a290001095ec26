"""Dominion JSON: sessions of marks, beside manifests that name contests and candidates."""

from .sessions import DOMINION_JSON

__all__ = ["DOMINION_JSON"]
