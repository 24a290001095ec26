"""Every picture as it is kept: its texts and data, a small image, and nothing that is cut off or covered."""

from __future__ import annotations

import json
import re
import runpy
from typing import Any

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib", reason="the extra plots is not installed")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.text import Text  # noqa: E402

from blocs import plots  # noqa: E402
from blocs.cli.plot import PICTURES as OF_COMMAND  # noqa: E402
from pictures_support import DPI, KEPT, PICTURES, STRUCTURE, panels_of, structure  # noqa: E402
from plots_support import cut_off  # noqa: E402

SIDE = 8
"""Pixels of the squares whose means are compared: versions of matplotlib differ in the edges of letters."""


MADE_WITH = "3.11."
"""The matplotlib of the pictures that are kept: others choose other ticks, and write colours in other ways."""


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


def means(picture: np.ndarray) -> np.ndarray:
    height, width = (size // SIDE for size in picture.shape[:2])
    cut = picture[: height * SIDE, : width * SIDE].reshape(height, SIDE, width, SIDE, 3)
    return np.asarray(cut.mean(axis=(1, 3)))


def alike(picture: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two pictures are alike in the means of their squares."""
    off = np.abs(means(picture) - means(other))
    return bool(off.mean() < 0.02 and off.max() < 0.25)


def same(found: Any, kept: Any, where: str = "") -> list[str]:
    """Return where two structures differ: texts have to be equal, numbers to a thousandth of a unit."""
    if isinstance(kept, dict):
        return [fault for key in kept for fault in same(found[key], kept[key], f"{where}.{key}")]
    if isinstance(kept, list):
        if len(found) != len(kept):
            return [f"{where}: {found} for {kept}"]
        return [fault for i, one in enumerate(kept) for fault in same(found[i], one, f"{where}[{i}]")]
    equal = abs(found - kept) <= 1e-3 * max(1, abs(kept)) if isinstance(kept, float | int) else found == kept
    return [] if equal or (found != found and kept != kept) else [f"{where}: {found!r} for {kept!r}"]


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_as_it_was_and_no_text_is_covered(name: str, tmp_path: Any) -> None:
    """What is kept was looked at; `pictures_support.py` says how to keep a picture that was changed on purpose."""
    axes = PICTURES[name](85)
    assert cut_off(axes) == []
    assert covered(axes) == []
    as_kept = matplotlib.__version__.startswith(MADE_WITH)
    kept_structure = json.loads(STRUCTURE.read_text("utf-8"))[name]
    if not as_kept:
        kept_structure["panels"] = [
            {key: value for key, value in panel.items() if key not in ("ticks", "looks")}
            for panel in kept_structure["panels"]
        ]
    assert same(structure(axes), kept_structure, name) == []
    if not as_kept:
        return
    with plots.house_style.style():
        panels_of(axes)[0].figure.savefig(tmp_path / "now.png", dpi=DPI)
    found, kept = (plt.imread(path)[..., :3] for path in (tmp_path / "now.png", KEPT / f"{name}.png"))
    assert found.shape == kept.shape
    assert alike(found, kept)
    assert not alike(np.roll(found, 12, axis=0), kept)  # five millimetres lower


def test_other_colours_and_other_numbers_are_seen() -> None:
    kept = plt.imread(KEPT / "types.png")[..., :3]
    assert not alike(kept[..., ::-1], kept)
    true = json.loads(STRUCTURE.read_text(encoding="utf-8"))["shares"]
    wrong = json.loads(json.dumps(true))
    wrong["panels"][0]["points"][0][0][0] += 0.1
    wrong["panels"][0]["axes"][0] = "Share"
    assert same(wrong, true, "shares") == ["shares.panels[0].axes[0]: 'Share' for 'Share of the type, %'",
                                           f"shares.panels[0].points[0][0][0]: {30.1!r} for {30.0!r}"]  # fmt: skip


def test_every_picture_is_kept() -> None:
    assert set(json.loads(STRUCTURE.read_text(encoding="utf-8"))) == set(PICTURES)
    assert {path.stem for path in KEPT.glob("*.png")} == set(PICTURES)
    assert set(OF_COMMAND) <= set(PICTURES)
    drawn = {name for name in plots.__all__ if not name.endswith("_data")} - {"save"}
    source = (KEPT.parent.parent / "pictures_support.py").read_text(encoding="utf-8")
    assert {name for name in drawn if f"plots.{name}(" not in source} == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_no_text_of_a_wide_picture_is_covered(name: str) -> None:
    axes = PICTURES[name](170)
    assert cut_off(axes) == []
    assert covered(axes) == []


@pytest.mark.slow
def test_pictures_of_the_documents_are_what_their_commands_draw(tmp_path: Any) -> None:
    """`python tools/pictures.py` draws them anew."""
    if not matplotlib.__version__.startswith(MADE_WITH):
        pytest.skip(f"they were drawn with matplotlib {MADE_WITH}x")
    docs = KEPT.parents[2] / "docs" / "pictures"
    drawn = runpy.run_path(str(KEPT.parents[2] / "tools" / "pictures.py"))["draw"](tmp_path)
    assert sorted(drawn) == sorted(path.name for path in docs.iterdir())
    number = re.compile(r"-?\d+\.\d+")
    for name in drawn:
        found, kept = ((folder / name).read_text(encoding="utf-8") for folder in (tmp_path, docs))
        assert number.sub("", found) == number.sub("", kept), name
        found_numbers, kept_numbers = (list(map(float, number.findall(text))) for text in (found, kept))
        assert found_numbers == pytest.approx(kept_numbers, abs=0.02), name


def covered(axes: Any) -> list[str]:
    """Return the pairs of headings, numbers, labels of axes, remarks and keys that lie upon each other."""
    figure = panels_of(axes)[0].figure
    renderer = figure.canvas.get_renderer()
    texts = [text for ax in figure.axes for text in ax.get_children() if isinstance(text, Text)]  # headings, numbers
    texts += [axis.label for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    texts += [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    boxes = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in texts if text.get_text()]
    return [f"{a} over {b}" for i, (a, first) in enumerate(boxes) for b, second in boxes[:i] if first.overlaps(second)]
