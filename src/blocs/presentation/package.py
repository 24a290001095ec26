"""A zip of XML parts, as office programs write their files: the same parts give the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

__all__ = ["zipped"]

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def zipped(parts: Mapping[str, str]) -> bytes:
    """Return a zip of the parts: name -> XML without its first line."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():  # without a date: that of the first day of the format
            archive.writestr(zipfile.ZipInfo(name), (_HEAD + xml).encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
