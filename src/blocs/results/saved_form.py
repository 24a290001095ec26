"""A fit as plain data: the layout of the JSON file that `Fit.save` writes and `load` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.schema import Schema
from ..membership import Design, Groups
from ..model.constraint_table import constraints_of
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from .saved_values import wrong_values
from .start_end import ends_of

if TYPE_CHECKING:
    from .fit_result import Fit

__all__ = ["FORMAT", "from_plain", "to_plain"]

FORMAT = 9
"""Version of the layout."""
WITH_GROUPS = 8
"""Version of fits with shares by group: what format 9 added, constraints, is not in them."""
WITH_COVARIATES = 7
"""Version of fits with covariates: what format 8 added, shares by group, is not in them."""
WITHOUT_COVARIATES = 6
"""Version of other fits, which older versions of blocs read too."""


def to_plain(fit: Fit) -> dict[str, Any]:
    """Return the parts of a fit as plain data for JSON."""
    own: dict[str, Any] = {}
    rows = fit.params.membership[1:, 0].tolist()
    if fit.design is not None:
        parts = {name: list(part) for name, part in fit.separated.items()}
        own = {"covariates": {**fit.design.to_plain(), "coefficients": rows, "separated": parts}}
    elif fit.groups is not None:
        own = {"groups": {**fit.groups.to_plain(), "shares": rows}}
    version = WITH_GROUPS if "groups" in own else WITH_COVARIATES if own else WITHOUT_COVARIATES
    if constraints := fit.mixture.constraints:
        own, version = {**own, "constraints": [constraint._asdict() for constraint in constraints]}, FORMAT
    return {
        "blocs_fit": version,
        **own,
        "schema": fit.schema.to_dict(),
        "types": fit.types,
        "prior": fit.mixture.membership.pseudo,
        "shares": fit.params.shares[0].tolist(),
        "blocks": [block[:, 0].tolist() for block in fit.params.families],
        "loglik": fit.loglik,
        "n": fit.n,
        "profiles": fit.profiles,
        "parameters": fit.n_parameters,
        "aic": fit.aic,
        "bic": fit.bic,
        "relative_entropy": fit.relative_entropy,
        "entropy_r2": fit.entropy_r2,
        "status": fit.status,
        "hits": fit.hits,
        "starts": [end.to_plain() for end in fit.ends],
        "trace": list(fit.trace),
        "traces": [list(end.trace) for end in fit.ends],
        "settings": dict(fit.settings),
        "data": fit.data,
        "notes": list(fit.notes),
        "account": dict(fit.account),
        "gradient": fit.gradient,
        "best_start": fit.best_start,
        "counts": None if fit.counts is None else [counts.tolist() for counts in fit.counts],
        "identified": fit.identified,
    }


def from_plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the fit that `to_plain` described.

    Raises InputError for parts that are not what they should be, the parameters above all.
    """
    if wrong := wrong_values(data):
        raise InputError(Fault("; ".join(wrong), where="data"))
    design, rows = _design(data)
    schema = Schema.from_dict(data["schema"])
    constraints = constraints_of(data["constraints"], schema, data["types"]) if "constraints" in data else ()
    mixture = Mixture.of(schema, data["types"], data["prior"], design=design, constraints=constraints)
    blocks = [np.array(block, dtype=np.float64).reshape(-1, 1, data["types"]) for block in data["blocks"]]
    params = Params.of(np.array([data["shares"]], dtype=np.float64), blocks)
    if design is not None:
        gamma = np.array(rows, dtype=np.float64).reshape(-1, 1, data["types"])
        params = Params((np.concatenate([params.membership, gamma]), *blocks))
    check_params(mixture, params)
    same = ("loglik", "n", "profiles", "status", "settings", "data", "account")
    return {
        "mixture": mixture,
        "params": params,
        # up to format 5 the relative entropy was called entropy R2
        "relative_entropy": data["relative_entropy"] if "relative_entropy" in data else data["entropy_r2"],
        "ends": ends_of(data),
        "trace": tuple(data["trace"]),
        "notes": tuple(data["notes"]),
        "gradient": data.get("gradient"),
        "best_start": data.get("best_start"),
        "counts": _counts(data.get("counts"), mixture),
        "identified": data.get("identified"),
        "separated": _separated(data.get("covariates"), design, data["types"]),
        **{name: data[name] for name in same},
    }


def _design(data: Mapping[str, Any]) -> tuple[Design | Groups | None, Any]:
    """Return what the shares depend on, and the rows of the membership below the mean shares."""
    if (covariates := data.get("covariates")) is not None:
        return Design.from_plain(covariates), covariates["coefficients"]
    if (groups := data.get("groups")) is not None:
        return Groups.from_plain(groups), groups["shares"]
    return None, ()


def _separated(covariates: Any, design: Design | Groups | None, types: int) -> dict[str, tuple[int, ...]]:
    """Return `Fit.separated`; raise ValueError where it is not of the columns and types of the fit."""
    if not isinstance(design, Design):
        return {}
    out = {str(name): tuple(map(int, part)) for name, part in dict(covariates.get("separated", {})).items()}
    if not set(out) <= set(design.columns) or any(len(part) != types for part in out.values()):
        raise ValueError("the infinite coefficients do not fit the columns and types")
    return out


def _counts(saved: Any, mixture: Mixture) -> tuple[NDArray[np.float64], ...] | None:
    """Return the expected counts of every item; raise ValueError where they are not those of its codes."""
    if saved is None:
        return None
    rows = [len(item.codes) if item.kind is None else 1 for item in mixture.schema.items]
    counts = tuple(np.array(of_item, dtype=np.float64).reshape(n, mixture.types)
                   for of_item, n in zip(saved, rows, strict=True))  # fmt: skip
    if any(not np.isfinite(of_item).all() or (of_item < 0).any() for of_item in counts):
        raise ValueError("an expected count is negative or not finite")
    return counts
