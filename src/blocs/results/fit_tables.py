"""Probabilities and parameters of the types as tidy tables, NaN where a type says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.lazy import lazy_import
from ..families import Description
from ..membership import Design, Groups, Membership
from ..model.evidence import Evidence
from ..model.mixture import Params

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["check_reference", "coefficient_table", "described", "group_frame", "group_table", "groups_of",
           "outcome_table", "parameter_table", "shown_groups"]  # fmt: skip


def described(evidence: Evidence, params: Params) -> list[Description]:
    """Return all lines about the types, family by family; NaN where a type says nothing."""
    mixture, out = evidence.mixture, []
    for family, where, theta in zip(mixture.families, mixture.where, params.columns()[1:], strict=True):
        lines: dict[str, list[Description]] = {}
        for line in family.describe(theta):
            lines.setdefault(line.item, []).append(line)
        for j in where:
            of_item = lines.get(mixture.schema.items[j].name)
            if of_item:
                values = evidence.shown(j, np.array([line.value for line in of_item]))
                out += [line._replace(value=value) for line, value in zip(of_item, values, strict=True)]
    return out


def check_reference(reference: int, types: int) -> None:
    """Raise InputError where no type has this number."""
    if isinstance(reference, bool) or reference not in range(1, types + 1):
        rule = f"The fit has {counted(types, 'type')}, numbered from 1"
        raise InputError(Fault(f"there is no type {reference!r}", argument="reference", rule=rule))


def coefficient_table(
    membership: Membership, params: Params, reference: int, separated: Mapping[str, tuple[int, ...]]
) -> pd.DataFrame:
    """Return type, term, coefficient, odds_ratio, flag of one start against a type, from 1; separated: as `Fit` has it.

    Raises UnsupportedError where there are no covariates, InputError where there is no such type.
    """
    design = membership.design
    if not isinstance(design, Design):
        raise UnsupportedError("The fit has no covariates: fit with covariates='~ ...' first.")
    check_reference(reference, params.types)
    others = [k for k in range(1, params.types + 1) if k != reference]
    values, columns = membership.coefficients(params.columns()[0]), design.columns
    each = (values - values[:, [reference - 1]]).T[[k - 1 for k in others]].ravel()
    parts = [separated.get(name, (0,) * params.types) for name in columns]
    flags = ["boundary" if part[k - 1] != part[reference - 1] else "" for k in others for part in parts]
    return pd.DataFrame(
        {
            "type": np.repeat(np.array(others, dtype=np.int64), len(columns)),
            "term": list(columns) * (params.types - 1),
            "coefficient": each,
            "odds_ratio": np.exp(each),
            "flag": flags,
        }
    )


def groups_of(membership: Membership) -> Groups:
    """Return the groups that have shares of their own; raise UnsupportedError where there are none."""
    if membership.groups is None:
        if membership.design is not None:
            raise UnsupportedError("The shares of this fit depend on covariates, and not on groups alone: "
                                   "`coefficients` has those of groups too. Fit without covariates.")  # fmt: skip
        raise UnsupportedError("The fit has one set of shares for all rows: fit with groups='...' first.")
    return membership.groups


def shown_groups(groups: Groups, minimum: int) -> NDArray[np.bool_]:
    """Return (G,) which groups are shown; InputError for a minimum below 1.

    Those of fewer observations are withheld, and the next larger ones until the withheld have as many together: what is
    withheld could else be worked out from the means of all.
    """
    if minimum < 1:
        raise InputError(Fault(f"it is {minimum}", argument="minimum", rule="It is a number of observations from 1"))
    counts = np.array(groups.counts)
    order = np.argsort(counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    hidden = (counts[order] < minimum) | ((before > 0) & (before < minimum) & (counts.min() < minimum))
    shown = np.ones(len(groups), dtype=bool)
    shown[order[hidden]] = False
    return shown


def group_frame(groups: Groups, types: int, shown: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the columns of the groups, n (NaN where a group is not shown), and type: one row a group and type."""
    labels = {
        name: pd.Series([label[v] for label in groups.labels for _ in range(types)])
        for v, name in enumerate(groups.names)
    }
    n = np.repeat(np.where(shown, groups.counts, np.nan), types)
    number = np.tile(np.arange(1, types + 1), len(groups))
    return pd.DataFrame({**labels, "n": n, "type": number})


def group_table(membership: Membership, params: Params, minimum: int) -> pd.DataFrame:
    """Return group_frame with the share of one start, NaN in groups below the minimum; raises as `groups_of`."""
    groups = groups_of(membership)
    shown = shown_groups(groups, minimum)
    shares = np.where(shown[:, None], params.membership[1:, 0], np.nan)
    return group_frame(groups, params.types, shown).assign(share=shares.ravel())


def outcome_table(evidence: Evidence, params: Params) -> pd.DataFrame:
    """Return type, item, outcome, probability, the items in the order of the schema."""
    position = {name: j for j, name in enumerate(evidence.mixture.schema.names)}
    rows = [row for row in described(evidence, params) if row.outcome is not None]
    rows.sort(key=lambda row: position[row.item])
    types = params.types
    return pd.DataFrame(
        {
            "type": np.repeat(np.arange(1, types + 1), len(rows)),
            "item": [row.item for row in rows] * types,
            "outcome": pd.Series([row.outcome for row in rows] * types, dtype=object),
            "probability": [row.value[k] for k in range(types) for row in rows],
        }
    )


def parameter_table(evidence: Evidence, params: Params) -> pd.DataFrame:
    """Return type, item, parameter, value."""
    rows, types = [row for row in described(evidence, params) if row.parameter is not None], params.types
    return pd.DataFrame(
        {
            "type": np.repeat(np.arange(1, types + 1), len(rows)),
            "item": [row.item for row in rows] * types,
            "parameter": [row.parameter for row in rows] * types,
            "value": [float(row.value[k]) for k in range(types) for row in rows],
        }
    )
