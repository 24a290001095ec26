"""Tables on pages of any width: no number is cut, no label is lost, what is left out is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from blocs.cli import cli
from blocs.presentation.text_table import format_table

HEADERS = ["office", "straight", "split", "abstain"]
ROWS = [["US SENATE", "91.3", "2.9", "3.6"], ["GOVERNOR OF THE STATE", "1,091.9", "2.9", "3.4"]]


def laid(width: int | None, left: int = 1, optional: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    blocks, left_out = format_table(HEADERS, ROWS, left, width, optional)
    return "\n\n".join("\n".join([*head, *body]) for head, body in blocks), left_out


def test_a_table_takes_what_it_takes() -> None:
    whole = (
        "office                 straight  split  abstain\n"
        "US SENATE                  91.3    2.9      3.6\n"
        "GOVERNOR OF THE STATE   1,091.9    2.9      3.4"
    )
    for width in (None, 47, 200):
        assert laid(width) == (whole, ())


def test_labels_are_folded_first() -> None:
    assert laid(40)[0] == (
        "office          straight  split  abstain\n"
        "US SENATE           91.3    2.9      3.6\n"
        "GOVERNOR OF      1,091.9    2.9      3.4\n"
        "THE STATE"
    )


def test_then_columns_come_below_beside_the_labels() -> None:
    assert laid(32)[0] == (
        "office            straight\n"
        "US SENATE             91.3\n"
        "GOVERNOR OF THE    1,091.9\n"
        "STATE\n"
        "\n"
        "office            split  abstain\n"
        "US SENATE           2.9      3.6\n"
        "GOVERNOR OF THE     2.9      3.4\n"
        "STATE"
    )


def test_columns_that_may_be_left_out_are_named() -> None:
    text, left_out = laid(40, optional=("split", "straight", "abstain"))
    assert left_out == ("split",)
    assert text.splitlines()[0].split() == ["office", "straight", "abstain"]


@pytest.mark.parametrize("width", range(5, 60))
@pytest.mark.parametrize("left", [0, 1])
def test_no_number_is_cut_and_no_label_lost(width: int, left: int) -> None:
    text = laid(width, left)[0]
    for number in ("91.3", "1,091.9", "2.9", "3.6", "3.4"):
        assert re.search(rf"(^|\s){re.escape(number)}(\s|$)", text)
    assert "SENATE" in text
    heads = [line for line in text.splitlines() if line.strip().startswith("office")]
    assert [name for line in heads for name in line.split()[1:]] == HEADERS[1:]
    if width >= 30:
        assert max(map(len, text.splitlines())) <= width


def test_letters_that_take_two_columns_are_counted_twice() -> None:
    ((_, body),) = format_table(["name", "n"], [["王小明", "1"], ["Ada", "20"]], 1, None)[0]
    assert body == ["王小明   1", "Ada     20"]


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "survey.csv"
    path.write_text("a,b,c\n1,1,1\n1,2,1\n2,1,2\n2,2,2\n1,1,2\n2,1,1\n1,1,2\n")
    return path


def test_a_narrow_comparison_says_what_it_leaves_out(survey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = ["compare", str(survey), "--items", "a,b,c", "--types", "1-2", "--starts", "2"]
    whole = CliRunner().invoke(cli, call).stdout.splitlines()
    monkeypatch.setenv("COLUMNS", "60")
    narrow = CliRunner().invoke(cli, call).stdout.splitlines()
    assert whole[0].split() == ["types", "log-likelihood", "parameters", "BIC", "AIC", "BIC", "/", "n", "relative",
                                "entropy", "entropy", "R2", "best", "by", "status"]  # fmt: skip
    assert narrow[0].split() == ["types", "log-likelihood", "BIC", "best", "by", "status"]
    assert narrow[3:5] == ["Not shown in 60 columns: AIC, BIC / n, parameters, entropy", "R2, relative entropy."]
    assert max(map(len, narrow)) <= 60
