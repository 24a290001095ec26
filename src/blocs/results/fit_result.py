"""Fit: the labelled, immutable, serialisable answer. Questions that need more than this are functions elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, MismatchError, counted
from ..core.lazy import later
from ..core.schema import Schema
from ..families import Gaussian
from ..files.atomic import existing, write_atomically
from ..model.identification import coinciding, too_many
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from ..profiles import Profiles, require_profiles

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["Fit", "StartEnd", "entropy_r2", "load"]

FORMAT = 4
"""Version of the JSON layout."""


@dataclass(frozen=True)
class StartEnd:
    """Where one start ended: its number, log-likelihood, passes over the data on its way, status.

    best: whether that is the best optimum; arrived: the log-likelihood where its own climb arrived, if an exchange of
    types led on from there.
    """

    start: int
    loglik: float
    iterations: int
    status: str
    best: bool
    arrived: float | None = None


@dataclass(frozen=True)
class Fit:
    """K types fitted to profiles. Types are numbered from 1 and ordered by share, largest first.

    mixture: the model; params: its parameters; loglik: observed log-likelihood of exactly these parameters; n: number
    of observations N; profiles: number of profiles U; entropy: entropy R2, 1 - sum_u n_u H(zeta_u) / (N log K), None
    for one type; ends: where every start ended; trace: log-likelihood (log posterior with a prior) of the best start
    after each pass; status: how the best start ended, "interrupted" if any was; settings: all arguments of the fit;
    data: content hash of the profiles; notes: what was pruned from the data; account: what became of every input row;
    gradient: norm of the gradient per observation at the end, where known.
    """

    mixture: Mixture
    params: Params
    loglik: float
    n: float
    profiles: int
    entropy: float | None
    ends: tuple[StartEnd, ...]
    trace: tuple[float, ...]
    status: str
    settings: Mapping[str, Any]
    data: str
    notes: tuple[str, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    gradient: float | None = None

    @property
    def types(self) -> int:
        """Number of types K."""
        return self.mixture.types

    @property
    def schema(self) -> Schema:
        """Items, outcomes and menus of the data that were fitted."""
        return self.mixture.schema

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return self.mixture.free

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 loglik + 2 parameters."""
        return -2 * self.loglik + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, -2 loglik + parameters log N."""
        return -2 * self.loglik + self.n_parameters * float(np.log(self.n))

    @property
    def hits(self) -> int:
        """How many starts reached the best optimum."""
        return sum(end.best for end in self.ends)

    @property
    def direct(self) -> int:
        """How many starts reached the best optimum by their own climb, without an exchange of types."""
        return sum(end.best and end.arrived is None for end in self.ends)

    @property
    def shares(self) -> pd.Series[float]:
        """Type shares pi, (K,), indexed by type number."""
        return pd.Series(self.params.shares[0], index=self._numbers, name="share")

    @property
    def starts(self) -> pd.DataFrame:
        """Where every start ended: start, loglik, iterations, status, best, arrived."""
        return pd.DataFrame([vars(end) for end in self.ends])

    def table(self) -> pd.DataFrame:
        """Return the outcome probabilities mu as a tidy frame: type, item, outcome, probability.

        Binomial items have the outcome "success", multinomial ones their cells; see `parameters` for the rest.
        """
        by_name: dict[str, list[dict[str, Any]]] = {name: [] for name in self.schema.names}
        for family, block in zip(self.mixture.families, self.params.blocks, strict=True):
            for row in family.tidy(block[:, 0]):
                by_name[row["item"]].append(row)
        rows = [row for name in self.schema.names for row in by_name[name]]
        return pd.DataFrame(
            {
                "type": np.repeat(self._numbers, len(rows)),
                "item": [row["item"] for row in rows] * self.types,
                "outcome": pd.Series([row["outcome"] for row in rows] * self.types, dtype=object),
                "probability": [row["probability"][k] for k in range(self.types) for row in rows],
            }
        )

    def parameters(self) -> pd.DataFrame:
        """Return the parameters of counts and measurements as a tidy frame: type, item, parameter, value.

        Rates, means, variances in the units of the data; categories have their probabilities in `table`.
        """
        rows = [
            row
            for family, block in zip(self.mixture.families, self.params.blocks, strict=True)
            for row in family.parameters(block[:, 0])
        ]
        return pd.DataFrame(
            {
                "type": np.repeat(self._numbers, len(rows)),
                "item": [row["item"] for row in rows] * self.types,
                "parameter": [row["parameter"] for row in rows] * self.types,
                "value": [float(row["value"][k]) for k in range(self.types) for row in rows],
            }
        )

    def posterior(self, profiles: Profiles) -> pd.DataFrame:
        """Return the posterior probability of each type, one row per input row of `profiles` (null if set aside).

        Profiles made from counts rather than rows give one row per profile. Rows may be partial and have other menus.
        Raises InputError for items or outcomes that were not fitted.
        """
        zeta = self._evaluate(profiles)[1]
        return profiles.expand(zeta).set_axis(list(self._numbers), axis=1)

    def assign(self, profiles: Profiles) -> pd.DataFrame:
        """Return the most probable type of each input row and its posterior probability: type, probability."""
        zeta = self.posterior(profiles)
        known = zeta.notna().all(axis=1)
        best = pd.Series(pd.NA, index=zeta.index, dtype="Int64")
        best[known] = zeta[known].idxmax(axis=1).astype("Int64")
        return pd.DataFrame({"type": best, "probability": zeta.max(axis=1)})

    def score(self, profiles: Profiles) -> float:
        """Return the log-likelihood of any profiles at these parameters."""
        loglik = self._evaluate(profiles)[0]
        return float(profiles.weights @ loglik)

    def check(self, profiles: Profiles) -> None:
        """Evaluate the log-likelihood on the profiles that were fitted; raise MismatchError if it is not `loglik`."""
        found = self.score(profiles)
        if not abs(found - self.loglik) <= 1e-9 * max(1.0, abs(self.loglik)):
            same = "the same data" if profiles.hash == self.data else "other data (the content hash differs)"
            raise MismatchError(
                f"The fit recorded a log-likelihood of {self.loglik:.6f}; its parameters give {found:.6f} on these "
                f"profiles, which are {same}. Give the profiles that were fitted, or fit again."
            )

    def save(self, path: str | Path) -> None:
        """Write the fit as JSON, all or nothing. Raises InputError where the file cannot be written."""
        write_atomically(path, json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return {
            "blocs_fit": FORMAT,
            "schema": self.schema.to_dict(),
            "types": self.types,
            "prior": self.mixture.membership.pseudo,
            "shares": self.params.shares[0].tolist(),
            "blocks": [block[:, 0].tolist() for block in self.params.blocks],
            "loglik": self.loglik,
            "n": self.n,
            "profiles": self.profiles,
            "parameters": self.n_parameters,
            "aic": self.aic,
            "bic": self.bic,
            "entropy_r2": self.entropy,
            "status": self.status,
            "hits": self.hits,
            "starts": [vars(end) for end in self.ends],
            "trace": list(self.trace),
            "settings": dict(self.settings),
            "data": self.data,
            "notes": list(self.notes),
            "account": dict(self.account),
            "gradient": self.gradient,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fit:
        """Inverse of `to_dict`. Raises InputError for parts that are not what they should be, parameters above all."""
        wrong = [name for name, kind in _PARTS.items() if not isinstance(data[name], kind)]
        if wrong:
            raise InputError(Fault(f"{', '.join(map(repr, wrong))} cannot be read", where="data"))
        mixture = Mixture.of(Schema.from_dict(data["schema"]), data["types"], data["prior"])
        blocks = tuple(np.array(block, dtype=np.float64).reshape(-1, 1, data["types"]) for block in data["blocks"])
        check_params(mixture, Params(np.array([data["shares"]], dtype=np.float64), blocks))
        return cls(
            mixture,
            Params(np.array([data["shares"]], dtype=np.float64), blocks),
            data["loglik"],
            data["n"],
            data["profiles"],
            data["entropy_r2"],
            _ends(data),
            tuple(data["trace"]),
            data["status"],
            data["settings"],
            data["data"],
            tuple(data["notes"]),
            data["account"],
            data.get("gradient"),
        )

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader should know: boundary, singular, empty_type, best_once, not_identified, or a status.

        boundary: a probability is 0 or 1; singular: a covariance is at its floor; best_once: one start alone found the
        optimum; not_identified: the data cannot tell the types apart, because there are more parameters than the table
        of outcomes has free cells, or because two types have the same parameters; the status if it is not converged.
        """
        edges = {
            "singular" if isinstance(family, Gaussian) else "boundary"
            for family, block in zip(self.mixture.families, self.params.blocks, strict=True)
            if family.boundary(block[:, 0])
        }
        found = {
            self.status: self.status != "converged",
            "empty_type": bool((self.params.shares * self.n < 0.5).any()),
            "boundary": "boundary" in edges,
            "singular": "singular" in edges,
            "not_identified": too_many(self.mixture) or bool(coinciding(self.mixture, self.params)),
            "best_once": self.types > 1 and len(self.ends) > 1 and self.hits == 1,
        }
        return tuple(name for name, holds in found.items() if holds)

    @property
    def _numbers(self) -> NDArray[np.int64]:
        return np.arange(1, self.types + 1)

    def _evaluate(self, profiles: Profiles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        require_profiles(profiles)
        recoded = profiles.recoded(self.schema)  # in the order of `profiles`, whatever the fit's items and outcomes are
        return self.mixture.bind(recoded.schema).posterior(self.params, recoded)

    def __repr__(self) -> str:
        shares = ", ".join(f"{share:.1%}" for share in self.params.shares[0])
        return (
            f"<Fit of {counted(self.types, 'type')} to {counted(round(self.n), 'observation')} "
            f"({counted(self.profiles, 'profile')}): "
            f"log-likelihood {self.loglik:,.4f}, shares {shares}, {self.status}>"
        )


_PARTS: dict[str, Any] = {
    "types": int, "prior": float | int, "loglik": float | int, "n": float | int, "profiles": int, "hits": int,
    "status": str, "settings": Mapping, "account": Mapping, "trace": list, "notes": list, "starts": list,
}  # fmt: skip
"""What some parts of a saved fit are; the others are looked at when they are used."""


def _ends(data: Mapping[str, Any]) -> tuple[StartEnd, ...]:
    """Return the ends of the starts; up to format 3 it is not said which of them are the best, only how many."""
    near = sorted(data["starts"], key=lambda end: abs(end["loglik"] - data["loglik"]))
    best = {end["start"] for end in near[: data["hits"]]}
    return tuple(StartEnd(**{"best": end["start"] in best, **end}) for end in data["starts"])


def load(path: str | Path, profiles: Profiles | None = None) -> Fit:
    """Return a saved fit; with `profiles`, its log-likelihood is evaluated on them and must match (MismatchError).

    Raises InputError when the file is not a fit or was written by a later version.
    """
    path = existing(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        told = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else f"is not JSON ({error})"
        raise InputError(Fault(f"it {told}", where=str(path), remedy="Give the file of a saved fit")) from None
    version = data.get("blocs_fit") if isinstance(data, dict) else None
    if not isinstance(version, int) or version > FORMAT:
        told = f"a fit of format {version}" if isinstance(version, int) else "not a blocs fit"
        raise InputError(
            Fault(f"it is {told}", where=str(path), rule=f"This version reads fits up to format {FORMAT}",
                  remedy="Give the file of a saved fit, or install a newer blocs")
        )  # fmt: skip
    try:
        fit = Fit.from_dict(data)
    except (InputError, KeyError, TypeError, ValueError, IndexError) as error:
        told = f"{error.args[0]!r} is not there" if isinstance(error, KeyError) else str(error).rstrip(".")
        if isinstance(error, InputError):  # where it is wrong is this file, no argument of the caller's
            told = str(InputError(*(replace(fault, where="", argument="") for fault in error.faults))).rstrip(".")
        raise InputError(
            Fault(f"the fit in it is damaged ({told})", where=str(path), remedy="Give the file of a saved fit")
        ) from None
    if profiles is not None:
        fit.check(profiles)
    return fit


def entropy_r2(zeta: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """Return entropy R2 = 1 - sum_u n_u H(zeta_u) / (N log K) of (U, K) posteriors; None for one type."""
    types = zeta.shape[1]
    if types == 1:
        return None
    logs = np.log(np.where(zeta > 0, zeta, 1.0))
    return float(1 + weights @ (zeta * logs).sum(axis=1) / (weights.sum() * np.log(types)))
