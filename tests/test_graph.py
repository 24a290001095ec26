"""The plate diagram: every part of the specification is in it, and it is well-formed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"


def mixture(prior: float = 0.0) -> blocs.Mixture:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "President": rng.choice(["D", "R"], 40),
            "Senate & <more>": rng.choice(["D", "R"], 40),
            "House": rng.choice(["D", "R"], 40),
            "heads": rng.binomial(5, 0.5, 40),
            "age": rng.normal(size=40),
            "label": rng.choice(["x", "y"], 40),
        }
    )
    menus = {"House": [{"D", "R"} if i % 2 else {"D", "R", "L"} for i in range(40)]}
    kinds = {"heads": blocs.Binomial(5), "body": blocs.Gaussian(["age"]), "label": blocs.Known()}
    if prior:
        kinds.pop("body")
        frame = frame.drop(columns="age")
    return blocs.Mixture.of(blocs.Profiles.from_table(frame, menus=menus, kinds=kinds).schema, 4, prior)


def test_svg_shows_the_whole_specification() -> None:
    root = ElementTree.fromstring(mixture().graph(1_000_000).svg())
    words = [node.text for node in root.iter(f"{SVG}text")]
    named = ["President, Senate & <more>", "House", "choices from menus", "heads", "binomial", "gaussian, full, D = 1"]
    for expected in ["π", "4 shares", "z", "K = 4", "N = 1,000,000", "J = 2", "menu S", "μ, Σ", "φ", "e", *named]:
        assert expected in words, expected
    assert "prior" not in words
    plates = list(root.iter(f"{SVG}rect"))
    assert len(plates) == 1 + 2 + 2  # the page, rows and types, and the two items of one family on both sides
    circles = [c.get("fill") for c in root.iter(f"{SVG}circle")]
    assert circles.count("#d9d9d9") == 5  # observed: four families and the labels
    assert circles.count("#ffffff") == 2 + 4  # latent: shares, type; parameters
    told = [n.text for n in ElementTree.fromstring(mixture(1.0).graph().svg()).iter(f"{SVG}text")]
    assert told.count("prior") == 1 + 3  # shares, categories, choices, successes: labels have none
    text = mixture(1.0).graph().dot()
    for i in range(3):
        assert f"a{i} -> theta{i};" in text
    assert "a3 " not in text


def test_dot_names_every_arrow(tmp_path: Path) -> None:
    graph = mixture().graph()
    text = graph.dot()
    for i in range(5):
        assert f"z -> x{i};" in text
    assert "theta4" not in text  # labels have no parameters
    assert "S1 -> x1;" in text
    assert 'label="N"' in text and 'label="K = 4"' in text
    assert text.count("{") == text.count("}")
    graph.save(tmp_path / "model.svg")
    graph.save(tmp_path / "model.dot")
    assert (tmp_path / "model.svg").read_text(encoding="utf-8") == graph.svg()
    assert (tmp_path / "model.dot").read_text(encoding="utf-8") == text


def test_names_that_are_too_long_are_cut() -> None:
    names = [f"Justice of the Supreme Court {i}" for i in range(9)]
    profiles = blocs.Profiles.from_table({name: [0, 1] for name in names})
    words = blocs.Mixture.of(profiles.schema, 2).graph().svg()
    assert "Justice of…, ..., Justice of…" in words
    assert max(map(len, ElementTree.fromstring(words).itertext())) < 60


def test_other_formats_are_refused_by_name(tmp_path: Path) -> None:
    graph = mixture().graph()
    for name in ("m.png", "m.pdf", "m"):
        with pytest.raises(InputError) as caught:
            graph.save(tmp_path / name)
        assert str(caught.value) == (
            f"{tmp_path / name}: it says no format of a diagram. It ends in .svg, .dot or .gv. "
            "Graphviz makes other formats of a .dot file."
        )
    graph.save(tmp_path / "m.gv")
    assert [path.name for path in tmp_path.iterdir()] == ["m.gv"]
