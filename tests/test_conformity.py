"""Every family obeys the laws of blocs.testing.checks, and the laws can be broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from blocs.core.schema import Item
from blocs.families import Categorical, Choice, Family
from blocs.families.coded import separate
from blocs.testing.checks import check_family, check_recovery

FULL = ((0, 1, 2), (0, 2), (0, 1))  # the seed's three settings: contested, cannot split, cannot straight
PLAIN = tuple(Item.full(f"q{j}", tuple(range(n))) for j, n in enumerate((2, 3, 4, 2)))
OFFICES = tuple(Item(f"office{j}", (0, 1, 2), FULL) for j in range(4))
FAMILIES: dict[str, Family] = {
    "Categorical": Categorical(PLAIN),
    "Categorical, one item": Categorical(PLAIN[:1]),
    "Categorical, constant and empty items": Categorical((*PLAIN, Item.full("same", (7,)), Item.full("gone", ()))),
    "Categorical with prior": Categorical(PLAIN, 0.5),
    "Choice": Choice(OFFICES),
    "Choice, one menu": Choice(PLAIN),
    "Choice, menus of many options": Choice(
        tuple(Item(f"q{j}", tuple("abcde"), ((0, 1, 2), (2, 3), (0, 1, 2, 3, 4), (3, 4))) for j in range(3))
    ),
    "Choice with prior": Choice(OFFICES, 0.5),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_conforms(name: str) -> None:
    check_family(FAMILIES[name])


@dataclass(frozen=True)
class Tilted(Choice):
    """An M-step that stops half way between the optimum and even odds."""

    def mstep(self, mu: Any, counts: Any) -> Any:
        best = super().mstep(mu, counts)
        return 0.5 * best + 0.5 / 3


@dataclass(frozen=True)
class Miscounted(Categorical):
    """Counts the redundant parameters, as a published replication does."""

    def index(self, types: int) -> Any:
        return separate(sum(len(item.outcomes) for item in self.items), types)


@dataclass(frozen=True)
class Unnormalised(Categorical):
    """Probabilities that do not sum to 1."""

    def table(self, mu: Any) -> Any:
        table = super().table(mu)
        return np.where(self.offer.chosen[:, None], 0.9 * table, table)


@dataclass(frozen=True)
class Worsened(Categorical):
    """An M-step that turns the answers round."""

    def mstep(self, mu: Any, counts: Any) -> Any:
        return super().mstep(mu, counts)[::-1]


@dataclass(frozen=True)
class Crosstalk(Categorical):
    """Types that see each other's counts."""

    def mstep(self, mu: Any, counts: Any) -> Any:
        return super().mstep(mu, counts + counts.mean(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (Tilted(OFFICES), "the M-step never lowers Q"),
        (Miscounted(PLAIN), "free parameters are the rank: 11 are stated, the tables span 7"),
        (Unnormalised(PLAIN), "a menu's probabilities sum to 1"),
        (Worsened(PLAIN[1:2]), "the M-step never lowers Q"),
        (Crosstalk(PLAIN), "a type is computed alone"),
    ],
)
def test_broken_families_are_found_out(broken: Family, law: str) -> None:
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_family(broken)


@dataclass(frozen=True)
class Stuck(Categorical):
    """Never moves: it lowers nothing, and learns nothing."""

    def mstep(self, mu: Any, counts: Any) -> Any:
        return mu.copy()


def test_recovery_is_not_given_away_by_the_start() -> None:
    with pytest.raises(AssertionError, match=r"^truth recovered: EM ended"):
        check_recovery(Stuck(PLAIN))
