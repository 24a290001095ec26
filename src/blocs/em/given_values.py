"""Starting values that the caller of `fit` gives: a fit of the same items, or parameters."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from ..core.errors import Fault, InputError, UnsupportedError
from ..membership import Groups, Membership
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from ..results.fit_result import Fit

__all__ = ["given_params", "init_digest", "require_same_items"]


def given_params(init: Fit | Params, mixture: Mixture) -> Params:
    """Return the parameters of a mixture that starting values give; raise InputError where they fit no such data."""
    if not isinstance(init, Fit | Params):
        raise InputError(
            Fault(f"it is a {type(init).__name__}", argument="init",
                  rule="Starting values are a Fit, or the Params that blocs.given returns")
        )  # fmt: skip
    if isinstance(init, Fit):
        require_same_items(init, mixture)
    params = mixture.convert_params(init.mixture, init.params) if isinstance(init, Fit) else init
    params = _with_covariates(mixture, params, init.mixture.membership if isinstance(init, Fit) else None)
    check_params(mixture, params)
    return params


def _with_covariates(mixture: Mixture, params: Params, membership: Membership | None) -> Params:
    """Return starting values for the membership of the mixture: shares that are the same for all rows do for any."""
    own, before = mixture.membership, None if membership is None else membership.design
    if own.design is None and before is None:
        return params
    if before is None:
        gamma = own.from_shares(params.shares)
    elif own.design is not None and own.design.alike(before):
        gamma = own.carry(params.columns()[0], membership)
    else:
        what = "shares by group" if isinstance(before, Groups) else "covariates"
        same = "groups" if isinstance(before, Groups) else "columns of covariates"
        raise UnsupportedError(
            f"Starting values from a fit with {what} are available for a fit with the same {same} alone. Start from a "
            f"fit without {what}, or at random."
        )
    return Params((gamma.reshape(len(gamma), params.starts, params.types), *params.families))


def require_same_items(init: Fit, mixture: Mixture, argument: str = "init") -> None:
    """Raise InputError for a fit of other items or outcomes than the mixture has."""
    if _parameters_of(mixture) != _parameters_of(init.mixture):
        raise InputError(
            Fault("the starting fit has other items or outcomes than the profiles", argument=argument,
                  remedy="Fit the same items, or use random starts")
        )  # fmt: skip


def _parameters_of(mixture: Mixture) -> list[Any]:
    """Return what gives each item its parameters: its outcomes, or the kind of its numbers whatever they were."""
    return [
        (i.name, i.outcomes) if i.kind is None else (i.name, i.kind.family, i.kind.parts, i.kind.options)
        for i in mixture.schema.items
    ]


def init_digest(init: Fit | Params | None) -> str | None:
    """Return a hash of starting values, None where there are none."""
    if init is None:
        return None
    params = init.params if isinstance(init, Fit) else init
    digest = hashlib.sha256()
    for block in getattr(params, "blocks", ()):
        digest.update(np.ascontiguousarray(block).tobytes())
    return digest.hexdigest()
