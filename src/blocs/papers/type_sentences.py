"""Sentences of the model: sizes of types and how they vote, where the fit is stable; number of types; clarity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..results.fit_result import Fit
from ..results.summary import ErrorTables
from .comparison_check import better_optimum
from .words import Share, in_words, per_cent, span, upper

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLEAR", "FEWEST", "SMALLEST", "WIDE", "Clause", "Office", "clarity", "contrast", "hardly_determined",
           "marked", "none_is_largest", "number_of_types", "remaining", "shares_of", "types_of",
           "unstable"]  # fmt: skip

FEWEST = 30
"""Expected voters of a type with a choice between both parties, below which an office is not counted."""
SMALLEST = 0.01
"""Smallest share of a type that is mentioned."""
MARKED = {"abstain": "left the office blank", "other": "chose another party or wrote a name in"}
"""Outcomes beside split votes that may set a type apart, and what those who had them did."""
OFTEN, TIMES = 0.1, 2.0
"""Share of the choices of a type, and how many times that of the others, from which on such an outcome is mentioned."""
WIDE = 0.4
"""Width of the 95 per cent interval of a share above which the types are not described: the data hardly tell them."""
CLEAR = 0.9
"""Posterior probability above which the type of an observation is clear."""


def unstable(fit: Fit) -> list[str]:
    """Return why the types of a fit are not to be reported; nothing where they may be."""
    reasons = {
        f"the fit did not converge, its status is {fit.status}": fit.status != "converged",
        f"starts that reached the best solution by their own iterations: {fit.hits} of {len(fit.ends)}, two are needed":
            fit.types > 1 and fit.hits < 2,
        "the data cannot tell the types apart": fit.identified is False,
        "a type is empty": "empty_type" in fit.flags,
    }  # fmt: skip
    return [reason for reason, holds in reasons.items() if holds]


class Office(NamedTuple):
    """What the types did in an office in which both parties stood.

    voters: (K,) expected voters of each type who had the choice; counts: outcome -> (K,) those of them with it.
    """

    name: str
    voters: NDArray[np.float64]
    counts: Mapping[str, NDArray[np.float64]]

    def share(self, outcome: str, types: Sequence[int]) -> float:
        """Return the share of the voters of some types together who had an outcome."""
        at = list(types)
        return float(self.counts[outcome][at].sum() / self.voters[at].sum())

    def in_order(self, types: NDArray[np.int64]) -> Office:
        """Return the same with the types in another order."""
        return Office(self.name, self.voters[types], {outcome: of[types] for outcome, of in self.counts.items()})


class Clause(NamedTuple):
    """Words on one type; type: from 0, the largest."""

    type: int
    text: str


def types_of(fit: Fit, errors: ErrorTables | None, whole: str, noun: str, labels: Mapping[str, str]) -> str:
    """Return how many types there are, how large the largest is, and at least a clause on each of the others.

    whole: whom the shares are of, such as "the voters used"; noun: what the model sums up, such as "ballots"; labels:
    office -> its name in the text.
    """
    order = np.argsort(-fit.params.shares[0], kind="stable")  # constraints may number the types otherwise
    of_types, offices = shares_of(fit, errors), [office.in_order(order) for office in _offices(fit, labels)]
    shares = [of_types[k] for k in order]
    text = f"A statistical model sums the {noun} up in {counted(fit.types, 'type')}."
    if shares[0].value < SMALLEST or fit.types == 1:
        return text
    if hardly_determined(shares):
        low, high = max(((of.low, of.high) for of in shares if of.high - of.low > WIDE), key=lambda of: of[1] - of[0])
        return (f"{text} The data hardly determine these types, which are therefore not described: the 95 per cent "
                f"interval of the share of one of them is from {100 * low:.0f} to {100 * high:.0f} per cent.")
    own = [office for office in offices if office.voters[0] >= FEWEST]
    first = "one of the largest" if none_is_largest(shares) else "the largest"
    if own:
        largest = (f"In {first}, {in_words(shares[0])} of {whole}, {_span(own, 'split', [0])} split their vote "
                   f"where both parties had a candidate, {_where(own)}")  # fmt: skip
    else:
        largest = f"{upper(first)} has {in_words(shares[0])} of {whole}"
    beside = contrast(shares, offices)
    did = list(marked(shares, offices, whole, beside[0].type if beside else None))
    seen = {0, *(clause.type for clause in (*beside, *did))}
    clauses = [*did, *remaining(shares, offices, whole, seen)]
    return " ".join([text, f"{largest}{''.join(of.text for of in beside)}.", *(of.text for of in clauses)])


def hardly_determined(shares: Sequence[Share]) -> bool:
    """Whether the interval of a share is wider than 40 points; without intervals that is not known."""
    return any(share.high - share.low > WIDE for share in shares)


def none_is_largest(shares: Sequence[Share]) -> bool:
    """Whether the two first of shares in falling order are printed alike."""
    return len(shares) > 1 and per_cent(shares[0].value) == per_cent(shares[1].value)


def remaining(shares: list[Share], offices: list[Office], whole: str, seen: set[int]) -> Iterator[Clause]:
    """Give a sentence for each type that none was given for: how many split; nothing without offices, as of answers."""
    for k in sorted({*range(len(shares))} - seen) if offices else ():
        own = [office for office in offices if office.voters[k] >= FEWEST]
        size = upper(in_words(shares[k]))
        if shares[k].value < SMALLEST:
            yield Clause(k, f"Under {100 * SMALLEST:.0f} per cent of {whole} are in a further type.")
        elif own:
            yield Clause(k, f"{size} of {whole} are in a type in which {_span(own, 'split', [k])} split their vote "
                            f"where both parties had a candidate, {_where(own)}.")  # fmt: skip
        else:
            yield Clause(k, f"{size} of {whole} are in a further type; in no office could {FEWEST} of its voters "
                            "choose between both parties.")  # fmt: skip


def _span(offices: Sequence[Office], outcome: str, types: Sequence[int]) -> str:
    return span([office.share(outcome, types) for office in offices])


def _where(offices: Sequence[Office]) -> str:
    return f"for {offices[0].name}" if len(offices) == 1 else "by office"


def contrast(shares: list[Share], offices: list[Office]) -> tuple[Clause, ...]:
    """Return the type beside the largest whose splitting differs most from office to office, () if none does."""
    each = []
    for k in range(1, len(shares)):
        rates = [(office.share("split", [k]), office.name) for office in offices if office.voters[k] >= FEWEST]
        if len(rates) > 1 and shares[k].value >= SMALLEST:
            each.append((max(rates, key=lambda rate: rate[0]), min(rates, key=lambda rate: rate[0]), k))
    if not each:
        return ()
    most, least, k = max(each, key=lambda one: one[0][0] - one[1][0])
    if per_cent(most[0]) == per_cent(least[0]):
        return ()
    return (Clause(k, f"; {in_words(shares[k])} are in a type in which {per_cent(most[0])} per cent split for "
                      f"{most[1]} but {per_cent(least[0])} per cent for {least[1]}"),)  # fmt: skip


def marked(shares: list[Share], offices: list[Office], whole: str, last: int | None = None) -> Iterator[Clause]:
    """Give a sentence for each of left blank and another party, if one type did it much more often than the others.

    Much: a tenth of its choices or more, and twice as often as the others together, both over the offices in which 30
    expected voters of the type, and of the others, had the choice. last: the type that the clause before is on, whose
    sentences come first, so that it is not described as if it were another one.
    """
    for k, own, rest, outcome in sorted(_marks(shares, offices), key=lambda mark: mark[0] != last):
        new = f"{upper(in_words(shares[k]))} of {whole} are in a type in which"
        first = "In the type named first," if none_is_largest(shares) else "In the largest type,"
        size = first if k == 0 else "In the same type," if k == last else new
        others = "the other type" if len(rest) == 1 else "the other types together"
        yield Clause(k, f"{size} {_span(own, outcome, [k])} {MARKED[outcome]} where both parties had a candidate, "
                        f"{_where(own)}; in {others}, {_span(own, outcome, rest)}.")  # fmt: skip
        last = k


def _marks(shares: list[Share], offices: list[Office]) -> Iterator[tuple[int, list[Office], list[int], str]]:
    """Give the type that had an outcome much more often than the others, the offices that count, the others, and it."""
    for outcome in MARKED:
        found = []
        for k in range(len(shares)):
            rest = [other for other in range(len(shares)) if other != k]
            own = [of for of in offices if min(of.voters[k], of.voters[rest].sum()) >= FEWEST]
            if not own or shares[k].value < SMALLEST:
                continue
            rate, other = (_pooled(own, outcome, types) for types in ([k], rest))
            if rate >= OFTEN and rate >= TIMES * other:
                found.append((rate - other, k, own, rest))
        if found:
            _, k, own, rest = max(found, key=lambda one: one[0])
            yield k, own, rest, outcome


def _pooled(offices: Sequence[Office], outcome: str, types: list[int]) -> float:
    """Return the share of all choices of some types that had an outcome."""
    return float(sum(of.counts[outcome][types].sum() for of in offices) / sum(of.voters[types].sum() for of in offices))


def shares_of(fit: Fit, errors: ErrorTables | None) -> list[Share]:
    """Return the shares of the types, in the order of the parameters, with their intervals where there are errors."""
    if errors is None:
        return [Share(value) for value in fit.params.shares[0].tolist()]
    rows = errors.shares()
    return [Share(*row) for row in rows[["share", "low", "high"]].to_numpy(dtype=float).tolist()]


def _offices(fit: Fit, labels: Mapping[str, str]) -> list[Office]:
    """Return what the types did, as cast, in each office in which both parties stood.

    Sums of E(k, j, m, outcome) over the menus m with both parties; the voters are their sum over the outcomes.
    """
    out = []
    for item, counts in zip(fit.schema.items, fit.counts or (), strict=fit.counts is not None):
        both = [m for m in range(len(item.menus)) if {"straight", "split"} <= set(item.menu_labels(m))]
        if not both:
            continue
        rows = [(counts[i], item.outcomes[option]) for i, (menu, option) in enumerate(item.codes) if menu in both]
        none = np.zeros(fit.types)
        of = {name: sum((n for n, outcome in rows if outcome == name), none) for name in ("split", *MARKED)}
        out.append(Office(labels.get(item.name, item.name), sum((n for n, _ in rows), none), of))
    return out


def number_of_types(fit: Fit, compared: Mapping[str, tuple[Fit, pd.DataFrame]]) -> str:
    """Return that the number of types is chosen, and where BIC is lowest among those that were compared.

    fit: that of all, or of the first group, whose settings have whether its number is a default; compared: whose types
    they are ("" for those of all) -> their fit, and what `blocs.compare` returned for its data; a better optimum that
    it has is stated. Nothing of BIC where no other number was compared.
    """
    several = {whole: of for whole, of in compared.items() if len(of[1]) > 1}
    text = "The number of types is a choice of the analyst"
    if not several and "types" in dict(fit.settings).get("not_chosen", ()):
        text = f"{counted(fit.types, 'type')} were fitted, the default; `blocs compare` compares other numbers"
    found = [f"for {whole}, {_lowest(*of)}" if whole else _lowest(*of) for whole, of in several.items()]
    better = [_better(whole, *of) for whole, of in compared.items()]
    return " ".join(filter(None, [f"{'; '.join([text, *found])}.", *better]))


def _lowest(fit: Fit, table: pd.DataFrame) -> str:
    """Return where BIC is lowest, or that it kept falling."""
    rows = table.sort_values("types")
    numbers, bic = rows["types"].tolist(), rows["bic"].tolist()
    best = numbers[bic.index(min(bic))]
    if best != numbers[-1]:
        found = f"BIC was lowest at {best}, of {numbers[0]} to {numbers[-1]} that were tried"
    elif all(after < before for before, after in pairwise(bic)):
        found = f"BIC kept falling up to {best}, the largest tried"
    else:
        found = f"BIC was lowest at {best}, the largest tried"
    return found + (f", and here there are {fit.types}" if fit.types != best else "")


def _better(whole: str, fit: Fit, table: pd.DataFrame) -> str:
    """Return that the comparison has a better solution, "" where it has none."""
    better = better_optimum(fit, table)
    of = f" of {whole}" if whole else ""
    return "" if better is None else (
        f"The comparison has a better solution with {counted(fit.types, 'type')}{of}: its log-likelihood is "
        f"{better:,.4f}, and here {fit.loglik:,.4f}."
    )  # fmt: skip


def clarity(posterior: NDArray[np.float64], weights: NDArray[np.float64], noun: str) -> str:
    """Return for how many observations one type is clear. posterior: (C, K); weights: (C,) numbers of observations."""
    clear = float(weights[posterior.max(axis=1) > CLEAR].sum() / weights.sum())
    return f"For {per_cent(clear)} per cent of {noun} one type has a probability above {100 * CLEAR:.0f} per cent."
