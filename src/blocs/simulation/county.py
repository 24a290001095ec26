"""County: simulated voters with known types, districts and uncontested races, as a long table (000 §§1, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from .names import person
from .truth import TOP, Truth

__all__ = ["County", "Layout", "draw_block", "simulate_county"]

Ints = NDArray[np.int64]

PARTIES = ("DEM", "REP", "LBT")
_DETAILED = ("DEMOCRAT", "REPUBLICAN", "LIBERTARIAN")
MOST_VOTERS, MOST_OFFICES = 10_000_000_000, 10_000
"""More than any electorate and any ballot have: larger numbers are slips."""
SPECIAL = ("UNDERVOTE", "OVERVOTE", "WRITEIN")
"""What stands in place of a candidate; candidates follow in the dictionary, three a contest: DEM, REP, LBT."""
_STATEWIDE = ("US SENATE", "GOVERNOR")
_DISTRICTS = {"US HOUSE": 2, "STATE SENATE": 4, "STATE HOUSE": 8}
_LOCAL_DISTRICTS = 4
_PRECINCTS = 24
_AT_TOP = (0.012, 0.002, 0.004, 0.014)  # undervote, overvote, write-in, third party
_OVERVOTED = 0.02  # share of those who abstain who do so by an overvote
_NAMED = 0.5  # share of votes for others that go to the third candidate, the rest are write-ins


@dataclass(frozen=True)
class Layout:
    """The districts, precincts and candidates of a county; everything follows from the seed.

    Parameters
    ----------
    truth : Truth
        The types.
    seed : int
        The same seed gives the same county.
    part : int
        Number of the county.
    uncontested : float
        Share of the district races in which only one of the two parties has a candidate.
    state, county : str
        Names.
    first : int
        Number of the county within its state.
    """

    truth: Truth
    seed: int
    part: int = 0
    uncontested: float = 0.5
    state: str = "STATE 01"
    county: str = "COUNTY 001"
    first: int = 0

    @property
    def offices(self) -> tuple[str, ...]:
        """All offices, the top of the ticket first."""
        return (TOP, *self.truth.offices)

    @cached_property
    def districts(self) -> tuple[int, ...]:
        """Number of districts of each office within the county; 1 for statewide offices."""
        return tuple(
            1 if name == TOP or name in _STATEWIDE else _DISTRICTS.get(name, _LOCAL_DISTRICTS)
            for name in self.offices
        )

    @cached_property
    def contests(self) -> Ints:
        """(offices + 1,) int: contests of office j are contests[j] .. contests[j + 1] - 1."""
        return np.concatenate([[0], np.cumsum(self.districts)]).astype(np.int64)

    @cached_property
    def district_names(self) -> tuple[str, ...]:
        """District of each contest, numbered within the state."""
        names = []
        for office, number in zip(self.offices, self.districts, strict=True):
            if number == 1:
                names.append("FEDERAL" if office == TOP else self.state)
            else:
                names += [f"{self.first * number + d + 1:03d}" for d in range(number)]
        return tuple(names)

    @cached_property
    def field(self) -> Ints:
        """(contests,) int: which parties have a candidate. 0 both, 1 the first only, 2 the second only."""
        rng = np.random.default_rng([self.seed, 1, self.part])
        field = np.zeros(self.contests[-1], dtype=np.int64)
        for first, number in zip(self.contests[:-1], self.districts, strict=True):
            alone = 0 if number == 1 else round(number * self.uncontested)
            which = first + rng.permutation(number)[:alone]
            field[which] = 1 + (np.arange(alone) + rng.integers(2)) % 2
        return field

    @cached_property
    def precincts(self) -> Ints:
        """(precincts, offices) int: contest of each office in each precinct."""
        rng = np.random.default_rng([self.seed, 2, self.part])
        return np.column_stack(
            [
                first + rng.permutation(np.arange(_PRECINCTS) % number)
                for first, number in zip(self.contests[:-1], self.districts, strict=True)
            ]
        )

    @cached_property
    def lean(self) -> NDArray[np.float64]:
        """(precincts,) float: share of the first party among the voters of the two. Types do not depend on it."""
        return np.random.default_rng([self.seed, 3, self.part]).beta(8, 8, size=_PRECINCTS)

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """Names as in the dictionary of the column: SPECIAL, then three a contest."""
        names = list(SPECIAL)
        for office, first, number in zip(self.offices, self.contests[:-1], self.districts, strict=True):
            place = f"{self.state} {office}" if number == 1 and office != TOP else office
            for district in self.district_names[first : first + number]:
                at = place if number == 1 else f"{self.state} {place} {district}"
                names += [person(self.seed, at, p) for p in range(len(PARTIES))]
        return tuple(names)


@dataclass(frozen=True, eq=False)
class County:
    """A simulated county.

    Attributes
    ----------
    truth : Truth
        The shares and probabilities that the voters were drawn from.
    table : pyarrow.Table
        One row for each voter and office, in the layout of the Harvard/MIT release.
    types : (voters,) int
        The type of each voter, from 1, in the order of the table.
    """

    truth: Truth
    table: pa.Table
    types: Ints


def simulate_county(
    voters: int = 20_000, offices: int = 6, types: int = 3, uncontested: float = 0.5, seed: int = 0
) -> County:
    """Draw the cast vote records of a county whose voters have known types.

    Parameters
    ----------
    voters : int
        Number of voters.
    offices : int
        Number of offices on the ballot, the top of the ticket included.
    types : int
        Number of types K.
    uncontested : float
        Share of the district races in which only one of the two parties has a candidate.
    seed : int
        The same seed gives the same county.

    Returns
    -------
    County
        The table, the truth, and the type of each voter.

    Raises
    ------
    InputError
        If numbers are out of range.

    Notes
    -----
    A voter of type k chooses outcome l of an office with the menu S of its district with probability
    mu_kjl / sum_{l' in S} mu_kjl' (000 §§1, 3; `docs/formulas.md`).

    Examples
    --------
    >>> county = simulate_county(voters=100, offices=3, types=2)
    >>> county.table.num_rows, len(county.types)
    (300, 100)
    """
    check_numbers(voters, offices, uncontested)
    layout = Layout(Truth.draw(types, offices - 1, seed), seed, uncontested=uncontested)
    table, voter_types = draw_block(layout, 0, voters, 0)
    names = {"state": layout.state, "county_name": layout.county}
    for position, (name, value) in enumerate(names.items()):
        column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(table), dtype=np.int32)), pa.array([value]))
        table = table.add_column(position, name, column)
    return County(layout.truth, table, voter_types)


def check_numbers(voters: int, offices: int, uncontested: float, parts: int = 1) -> None:
    """Raise InputError with all numbers that are out of range."""
    rules = (
        ("voters", voters, voters >= 1, "At least 1"),
        ("voters", voters, voters <= MOST_VOTERS, f"At most {MOST_VOTERS:,}"),
        ("offices", offices, offices >= 2, "At least 2, the top of the ticket and one more"),
        ("offices", offices, offices <= MOST_OFFICES, f"At most {MOST_OFFICES:,}"),
        ("uncontested", uncontested, 0 <= uncontested <= 1, "A share between 0 and 1"),
        ("parts", parts, 1 <= parts <= voters, "At least 1 and at most one for each voter"),
    )
    faults = [
        Fault(f"{value!r} is out of range", rule=rule, argument=name)
        for name, value, good, rule in rules
        if not good
    ]
    if faults:
        raise InputError(*faults)


def draw_block(layout: Layout, first: int, voters: int, block: int) -> tuple[pa.Table, Ints]:
    """Return the marks of `voters` voters numbered from `first`, and the type of each.

    Block number `block` of a county is the same whatever else is drawn.
    """
    rng = np.random.default_rng([layout.seed, 4, layout.part, block])
    truth = layout.truth
    types = rng.choice(truth.types, size=voters, p=truth.shares.to_numpy())
    precinct = rng.integers(_PRECINCTS, size=voters)
    party = (rng.random(voters) >= layout.lean[precinct]).astype(np.int64)
    contest = layout.precincts[precinct]
    choice = np.empty(contest.shape, dtype=np.int32)
    choice[:, 0] = _top(party, rng)
    cumulative = _cumulative(truth)
    for j in range(1, contest.shape[1]):
        alone = layout.field[contest[:, j]]
        menu = np.where(alone == 0, 0, np.where(alone == party + 1, 1, 2))  # both, own only, other only
        limits = cumulative[types, j - 1, menu]
        outcome = (rng.random(voters)[:, None] >= limits[:, :3]).sum(axis=1)
        choice[:, j] = _mark(outcome, party, contest[:, j], rng)
    return _table(layout, first, precinct, contest, choice), types + 1


def _cumulative(truth: Truth) -> NDArray[np.float64]:
    """(K, J, 3, 4) cumulative outcome probabilities by menu: p(l) = mu_l / sum of mu on the menu (IIA)."""
    on = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1]], dtype=float)
    mu = truth.probabilities[:, :, None, :] * on
    return np.asarray(np.cumsum(mu / mu.sum(axis=-1, keepdims=True), axis=-1))


def _top(party: Ints, rng: np.random.Generator) -> Ints:
    """Choice at the top: mostly the candidate of the voter's party."""
    candidate = len(SPECIAL) + party
    instead = np.searchsorted(np.cumsum(_AT_TOP), rng.random(len(party)), side="right")
    options = np.array([*range(len(SPECIAL)), len(SPECIAL) + 2])
    aside = instead < len(_AT_TOP)
    return np.where(aside, options[np.minimum(instead, len(options) - 1)], candidate)


def _mark(outcome: Ints, party: Ints, contest: Ints, rng: np.random.Generator) -> Ints:
    """From outcome to what is on the ballot: a candidate, a write-in, nothing, or too much."""
    base = len(SPECIAL) + 3 * contest
    second = rng.random(len(outcome))
    abstained = np.where(second < _OVERVOTED, 1, 0)
    other = np.where(second < _NAMED, base + 2, 2)
    return np.choose(outcome, [abstained, base + 1 - party, base + party, other])


def _table(layout: Layout, first: int, precinct: Ints, contest: Ints, choice: NDArray[np.int32]) -> pa.Table:
    voters, offices = contest.shape
    number = np.repeat(np.arange(first + 1, first + voters + 1), offices)
    shown, marked = contest.ravel().astype(np.int32), choice.ravel()
    side = np.where(marked < len(SPECIAL), -1, (marked - len(SPECIAL)) % 3)
    place = np.repeat(precinct, offices).astype(np.int32)
    names = [f"{layout.county} {p + 1:02d}" for p in range(_PRECINCTS)]
    return pa.table(
        {
            "cvr_id": pa.array(number),
            "precinct_medsl": _words(place, names),
            "precinct_cvr": _words(place, [f"P{p + 1:02d}" for p in range(_PRECINCTS)]),
            "office": _words(np.tile(np.arange(offices, dtype=np.int32), voters), layout.offices),
            "district": _words(shown, layout.district_names),
            "candidate": _words(marked, layout.candidates),
            "party": _words(side, PARTIES),
            "party_detailed": _words(side, _DETAILED),
            "magnitude": pa.array(np.ones(len(number), dtype=np.int64)),
        }
    )


def _words(positions: NDArray[np.integer], words: tuple[str, ...] | list[str]) -> pa.DictionaryArray:
    """A column of text held as positions in a list of words, which may repeat; -1 is null."""
    distinct = {word: i for i, word in enumerate(dict.fromkeys(words))}
    number = np.array([*(distinct[word] for word in words), -1], dtype=np.int32)
    indices = pa.array(number[positions], mask=positions < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(distinct)))
