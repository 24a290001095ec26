"""Sentences on types of answers: the items whose answers set a type apart from the others, where the fit is stable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from ..core.schema import Label
from ..results.fit_result import Fit
from ..results.summary import ErrorTables
from .type_sentences import FEWEST, SMALLEST, hardly_determined, none_is_largest, shares_of
from .words import in_words, per_cent, upper

__all__ = ["APART", "Answer", "answers_apart", "set_apart"]

APART = 0.2
"""Difference of two probabilities from which on an answer sets a type apart."""
MOST = 2
"""Items that a sentence names."""


class Answer(NamedTuple):
    """The most probable outcome of a type for an item, its probability in the type, and in the other types together."""

    item: str
    outcome: Label
    own: float
    others: float

    @property
    def difference(self) -> float:
        """How far the two are apart; rounded, so that equal ones are equal on every machine."""
        return round(abs(self.own - self.others), 9)


def answers_apart(fit: Fit) -> list[list[Answer]]:
    """Return for each type the answers that set it apart from the others, the largest difference first.

    With l the most probable outcome of item j in type k, it is |mu_kjl - sum_m pi_m mu_mjl / sum_m pi_m|, m over the
    other types. Only items of categories that are the same for all groups and offer all rows the same outcomes count,
    and only where 30 expected observations of the type, and of the others, answered. A probability that a constraint
    gives is no finding, nor is that of the one outcome whose probability is then left.
    """
    given = {(of.item, of.type, of.outcome) for of in fit.mixture.constraints if isinstance(of.equals, float)}
    shares, types = fit.params.shares[0], range(fit.types)
    found: list[list[Answer]] = [[] for _ in types]
    tables = dict(list(fit.table().groupby("item", sort=False)))
    for item, counts in zip(fit.schema.items, fit.counts or (), strict=fit.counts is not None):
        if item.kind is not None or item.within is not None or len(item.menus) != 1:
            continue
        answered, rows = counts.sum(axis=0), tables[item.name]
        p = rows["probability"].to_numpy(dtype=np.float64).reshape(fit.types, -1)
        for k in types:
            rest = np.delete(shares, k)
            if min(answered[k], answered.sum() - answered[k]) < FEWEST or not rest.sum() > 0:
                continue
            most, outcomes = int(p[k].argmax()), rows["outcome"].iloc[: p.shape[1]].tolist()
            free = [outcome for outcome in outcomes if (item.name, k + 1, outcome) not in given]
            if outcomes[most] not in free or len(free) == 1 < len(outcomes):
                continue
            others = float(rest @ np.delete(p[:, most], k) / rest.sum())
            found[k].append(Answer(item.name, outcomes[most], float(p[k, most]), others))
    return [sorted((of for of in own if of.difference >= APART), key=lambda of: -of.difference) for own in found]


def set_apart(fit: Fit, errors: ErrorTables | None, whole: str, labels: Mapping[str, str]) -> Iterator[str]:
    """Give a sentence on the largest type, and with three types or more on each of the others, the larger first.

    whole: whom the shares are of, such as "the rows"; labels: item -> its name in the text.
    """
    shares = shares_of(fit, errors)
    largest, *others = np.argsort(-fit.params.shares[0], kind="stable").tolist()
    if not others or shares[largest].value < SMALLEST or hardly_determined(shares):
        return
    apart = answers_apart(fit)
    alike = " to a question that is the same for all groups" if any(item.within for item in fit.schema.items) else ""
    where = "in the other type" if fit.types == 2 else "in the others together"
    if apart[largest]:
        which = "It" if none_is_largest([shares[largest], shares[others[0]]]) else "The largest"
        yield f"{which} is set apart by the answers to {_listed(apart[largest], where, labels)}."
    for k in others if fit.types > 2 else ():
        if shares[k].value < SMALLEST:
            yield f"Under {100 * SMALLEST:.0f} per cent of {whole} are in a further type."
            continue
        none = f"a further type; no answer was found{alike} that sets it apart by {100 * APART:.0f} points or more"
        by = f"a type that is set apart by the answers to {_listed(apart[k], where, labels)}" if apart[k] else none
        yield f"{upper(in_words(shares[k]))} of {whole} are in {by}."


def _listed(answers: list[Answer], where: str, labels: Mapping[str, str]) -> str:
    return " and ".join(
        f"{labels.get(of.item, of.item)} ('{of.outcome}': {per_cent(of.own)} per cent, and {where} "
        f"{per_cent(of.others)})"
        for of in answers[:MOST]
    )
