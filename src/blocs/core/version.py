"""The version of blocs, for all that write it down."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
