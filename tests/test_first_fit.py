"""What a first fit waits for: kernels that it does not need are neither compiled nor loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from blocs.kernels.compiled import BESIDE, SMALL, beside_one_another

LOADED = """
import json, sys
import blocs
from blocs.kernels import compiled, simplices, steps
table = {"a": [1, 1, 2, 2] * 9, "b": [1, 2, 1, 2] * 9, "c": [1, 1, 1, 2, 2, 2] * 6}
menus = {"b": [{1, 2}, {1, 2, 3}] * 18} if sys.argv[1] == "menus" else {}
blocs.fit(blocs.Profiles.from_table(table, menus=menus), types=2, seed=1)
kernels = {name: made for module in (compiled, simplices, steps) for name, made in vars(module).items()}
print(json.dumps(sorted(name for name, made in kernels.items() if getattr(made, "signatures", ()))))
"""
OTHER_LAYOUTS = {"_expect_few_types", "_expect_more_types", "_expect_many_blocks"}


@pytest.mark.parametrize("menus", ["menus", "plain"])
def test_a_small_table_needs_one_layout_and_the_choice_model_only_with_menus(menus: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, menus], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"expect_eight", "step", "_posterior"} <= loaded
    assert not loaded & {"iterate", *OTHER_LAYOUTS}


@pytest.mark.parametrize("types", range(1, 26))
def test_starts_are_laid_out_as_takes_least_time(types: int) -> None:
    """Eight starts side by side take a vector for each type, and some more; one start takes one for eight types."""
    each = -(-types // 8)

    def vectors(starts: int, beside: int) -> int:
        return -(-beside // 8) * (types + BESIDE) + (starts - beside) * each

    for starts in range(1, 40):
        layouts = [*range(0, starts + 1, 8), starts]
        least = min(vectors(starts, beside) for beside in layouts)
        beside = beside_one_another(starts, types, 10**6)
        assert beside in layouts
        assert vectors(starts, beside) == least
        assert beside_one_another(starts, types, SMALL // types) == starts
