"""The picture of the package is drawn from its imports and is up to date; no two parts import each other."""

import importlib.util
import sys
from pathlib import Path

import pytest

pytest.importorskip("grimp", reason="grimp (extra dev) reads the imports")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def structure():
    spec = importlib.util.spec_from_file_location("structure", ROOT / "tools" / "structure.py")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before


@pytest.fixture(scope="module")
def arrows(structure):
    return structure.arrows_of(ROOT)


def test_no_two_parts_import_each_other(structure, arrows):
    assert structure.circles(arrows) == []


def test_the_picture_is_what_the_imports_say(structure, arrows):
    drawn = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == structure.draw(arrows), "run: python tools/structure.py --draw"


def test_every_part_has_words(structure, arrows):
    assert set(arrows) == set(structure.WORDS)


def test_floors_and_circles_of_a_small_graph(structure):
    arrows = {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": {"e"}, "e": {"d"}}
    assert structure.circles(arrows) == [("d", "e")]
    assert structure.floors(arrows) == {"a": 2, "b": 1, "c": 0, "d": 0, "e": 0}
    assert structure.direct(arrows)["a"] == {"b"}


def test_the_page_has_the_counts(structure, arrows):
    page = " ".join((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split())
    levels = max(structure.floors(arrows).values()) + 1
    assert f"{len(arrows)} parts on {levels} levels, {sum(map(len, arrows.values()))} arrows, no circles" in page
