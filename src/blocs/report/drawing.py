"""What the page draws with: the program, and the charts in the form that it draws without a translation.

Charts are written in Vega-Lite (charts.py), a short language; the page has them in Vega, the language of the program,
as a translation in the browser would take as long as the drawing.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from ..core.lazy import import_extra
from .charts import criteria

__all__ = ["chart", "program", "style"]

_TEXT = re.compile(r'isValid\((datum\["(\w+)"\])\) \? (?:isArray\(\1\) \? join\(\1, \'\\n\'\) : )?\1 : ""\+\1')
"""The translation's test whether a field is missing or a list. The fields of the page's rows are texts."""
_BAND = re.compile(r"max\(0\.25, bandwidth\('(\w+)'\)\)")
"""The translation's height of a bar, for axes of thousands of bars."""


def chart(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a chart of charts.py in Vega, without its style, which is the same for all."""
    return {key: part for key, part in _translated(json.dumps(spec)).items() if key not in {"$schema", "config"}}


def style() -> dict[str, Any]:
    """Return the style of all charts."""
    config: dict[str, Any] = _translated(json.dumps(criteria()))["config"]
    return config


@cache
def program() -> str:
    """Return the program that draws (Vega with Vega-Embed), as one script."""
    drawing = _package()
    bundle: str = drawing.javascript_bundle(vl_version=_version())
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


@cache
def _translated(spec: str) -> dict[str, Any]:
    whole: dict[str, Any] = _named(_package().vegalite_to_vega(spec, vl_version=_version()))
    return whole


def _named(part: Any) -> Any:
    """Return a part of a chart in which texts and heights are named, not computed for every mark."""
    if isinstance(part, list):
        return [_named(one) for one in part]
    if not isinstance(part, dict):
        return part
    signal = str(part.get("signal", ""))
    if text := _TEXT.fullmatch(signal):
        return {"field": text[2]}
    if band := _BAND.fullmatch(signal):
        return {"scale": band[1], "band": 1}
    return {key: _named(one) for key, one in part.items()}


def _version() -> str:
    return str(_package().get_vegalite_versions()[-1])


def _package() -> Any:
    return import_extra("vl_convert", "the report", "report")
