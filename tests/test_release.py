"""What a release must have alike."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import blocs

ROOT = Path(__file__).resolve().parent.parent


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert project["version"] == blocs.__version__
    assert f"\nversion: {blocs.__version__}\n" in citation


def test_every_page_is_in_a_part_of_the_site() -> None:
    yaml = pytest.importorskip("yaml", reason="the site extra is not installed")
    parts = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    named = {page for part in parts for of in part.values() for page in ([of] if isinstance(of, str) else pages(of))}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - named == set()


def pages(part: list[dict[str, str]]) -> list[str]:
    return [page for entry in part for page in entry.values()]
