"""FittedRows: profiles beside the model at given parameters, and the menu pattern of every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.schema import Schema
from ..model.mixture import Mixture, Params
from ..profiles import Profiles, Traced, profiles_of
from ..profiles.rows import sum_by, unique_rows
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup

__all__ = ["FittedRows", "Patterns", "menus_of", "merged", "observations", "patterns_of", "refuse_own_shares",
           "require_categories", "require_fit", "require_one_share", "rows_of"]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Patterns(NamedTuple):
    """Combinations of menus: rows with the same menu of every item, or the same items missing.

    number: (U,) pattern of each profile; menus: (M, J) menu of each item, -1 where it is missing; n: (M,)
    observations. Within a pattern the counts of the cells are one multinomial.
    """

    number: Ints
    menus: Ints
    n: Floats

    def cells(self, schema: Schema) -> list[int]:
        """Return the number of possible rows of each pattern: the product of the sizes of its menus."""
        return [
            prod(len(item.menus[m]) for item, m in zip(schema.items, row, strict=True) if m >= 0)
            for row in self.menus.tolist()
        ]


@dataclass(frozen=True, eq=False)
class FittedRows:
    """U profiles beside a model at the parameters of one start.

    Parameters
    ----------
    mixture : Mixture
        The model, bound to the schema of the profiles.
    params : Params
        One start.
    profiles : Profiles
        The rows.
    """

    mixture: Mixture
    params: Params
    profiles: Profiles

    @cached_property
    def _posterior(self) -> tuple[Floats, Floats]:
        return self.mixture.posterior(self.params, self.profiles)

    @property
    def loglik(self) -> Floats:
        """(U,) log-likelihood of an observation with each profile."""
        return self._posterior[0]

    @property
    def zeta(self) -> Floats:
        """(U, K) posteriors."""
        return self._posterior[1]

    @cached_property
    def patterns(self) -> Patterns:
        """The patterns of menus of the rows."""
        return patterns_of(self.profiles)

    @property
    def log_expected(self) -> Floats:
        """(U,) log of the expected number of observations of each profile, given the number of its pattern."""
        return np.asarray(np.log(self.patterns.n[self.patterns.number]) + self.loglik)


def rows_of(fit: Fit, profiles: Profiles, *, fitted: bool = False) -> FittedRows:
    """Return profiles in the items and outcomes of a fit beside its model.

    fitted: whether they must be the data of the fit; MismatchError is raised for others.
    """
    if fitted:
        fit.check(profiles)
    recoded = fit.observations(profiles).recoded(fit.schema)
    return FittedRows(fit.mixture.bind(recoded.schema), fit.params, recoded)


def observations(fit: Any, profiles: Profiles | Traced) -> Profiles:
    """Return `Fit.observations`; for what is no fit, which is refused later, the profiles as they are."""
    return fit.observations(profiles) if isinstance(fit, Fit) else profiles_of(profiles)


def require_fit(data: Any, argument: str = "fit") -> None:
    """Raise InputError, saying what is needed, when `data` is not one fit."""
    if not isinstance(data, Fit):
        remedy = "Ask of each of its `fits` with the profiles of its group" if isinstance(data, FitsByGroup) else ""
        rule = "One Fit is needed, as blocs.fit and blocs.load return it"
        raise InputError(Fault(f"it is a {type(data).__name__}", argument=argument, rule=rule, remedy=remedy))


def require_one_share(fit: Fit, question: str) -> None:
    """Raise UnsupportedError where shares depend on the row; question: what is asked, as a subject."""
    if fit.design is not None:
        raise UnsupportedError(
            f"{question} is not available for fits with covariates: each row has shares of its own. Fit without them."
        )
    if fit.groups is not None:
        raise UnsupportedError(f"{question} is not available for fits with shares by group. Fit without groups.")


def refuse_own_shares(question: str, settings: Mapping[str, Any]) -> None:
    """Raise UnsupportedError for what draws or divides rows, where arguments of `blocs.fit` make shares depend on them.

    question: what is asked, as a subject; settings: the arguments.
    """
    words = {"covariates": "covariates", **dict.fromkeys(("membership", "groups", "by"), "shares by group")}
    for name in (own for argument, own in words.items() if settings.get(argument) is not None):
        raise UnsupportedError(f"{question} is not available with {name}. Leave out one of the two.")


def merged(profiles: Profiles) -> Profiles:
    """Return the profiles without their covariates: rows with the same answers are one.

    So are those that parts of a set of shards have each of their own.
    """
    of = profiles
    return Profiles.from_codes(
        of.schema, of.codes, of.counts, design=of.weights / of.counts if of.design else None, squared=of.squared,
        values=of.values, account=of.account, notes=of.notes,
    )  # fmt: skip


def menus_of(profiles: Profiles) -> NDArray[np.int32]:
    """Return (U, J) the menu that each profile had of each item, -1 where the item is missing."""
    columns = [
        np.array([-1, *(menu for menu, _ in item.codes)], dtype=np.int32)[profiles.codes[:, j].astype(np.int64)]
        for j, item in enumerate(profiles.schema.items)
    ]
    return np.column_stack(columns)


def patterns_of(profiles: Profiles) -> Patterns:
    """Return the patterns of menus of the profiles, in lexicographic order."""
    sizes = [len(item.menus) + 1 for item in profiles.schema.items]
    rows, number = unique_rows(menus_of(profiles) + 1, sizes)
    return Patterns(number, rows - 1, sum_by(number, profiles.weights, len(rows)))


def require_categories(schema: Schema, question: str) -> None:
    """Raise UnsupportedError when an item holds anything but categories; question: what is asked, as a subject."""
    for item in schema.items:
        if item.kind is not None:
            raise UnsupportedError(
                f"{question} is not available for the {item.kind.family} family (item {item.name!r}), only for items "
                "of categories. Fit without the item."
            )
