"""Bytes: files read, recognised, unpacked and written whole."""
