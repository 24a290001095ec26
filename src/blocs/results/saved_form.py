"""A fit as plain data: the layout of the JSON file that `Fit.save` writes and `load` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import Fault, InputError
from ..core.schema import Schema
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from .start_end import ends_of

if TYPE_CHECKING:
    from .fit_result import Fit

__all__ = ["FORMAT", "from_plain", "to_plain"]

FORMAT = 5
"""Version of the layout."""
_PARTS: dict[str, Any] = {
    "types": int, "prior": float | int, "loglik": float | int, "n": float | int, "profiles": int, "hits": int,
    "status": str, "settings": Mapping, "account": Mapping, "trace": list, "notes": list, "starts": list,
}  # fmt: skip
"""Types of some parts of a saved fit; the others are checked where they are used."""


def to_plain(fit: Fit) -> dict[str, Any]:
    """Return the parts of a fit as plain data for JSON."""
    return {
        "blocs_fit": FORMAT,
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
        "entropy_r2": fit.entropy,
        "status": fit.status,
        "hits": fit.hits,
        "starts": [vars(end) for end in fit.ends],
        "trace": list(fit.trace),
        "settings": dict(fit.settings),
        "data": fit.data,
        "notes": list(fit.notes),
        "account": dict(fit.account),
        "gradient": fit.gradient,
        "best_start": fit.best_start,
    }


def from_plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the fit that `to_plain` described.

    Raises InputError for parts that are not what they should be, the parameters above all.
    """
    wrong = [name for name, kind in _PARTS.items() if not isinstance(data[name], kind)]
    if wrong:
        raise InputError(Fault(f"{', '.join(map(repr, wrong))} cannot be read", where="data"))
    mixture = Mixture.of(Schema.from_dict(data["schema"]), data["types"], data["prior"])
    blocks = [np.array(block, dtype=np.float64).reshape(-1, 1, data["types"]) for block in data["blocks"]]
    params = Params.of(np.array([data["shares"]], dtype=np.float64), blocks)
    check_params(mixture, params)
    same = ("loglik", "n", "profiles", "status", "settings", "data", "account")
    return {
        "mixture": mixture,
        "params": params,
        "entropy": data["entropy_r2"],
        "ends": ends_of(data),
        "trace": tuple(data["trace"]),
        "notes": tuple(data["notes"]),
        "gradient": data.get("gradient"),
        "best_start": data.get("best_start"),
        **{name: data[name] for name in same},
    }
