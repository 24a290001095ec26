"""Normal measurements: means and covariances from weights and moments about the current means (002 eqs. 26-31)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.schema import Item, Kind, Label
from ..kernels.measured import Block
from ..kernels.symmetric import eigen, whitening
from . import normal_scores, roots
from .coded import cannot_hold, separate
from .protocol import Charted, Description, Edge, Family, FreeParameter, Part
from .spikes import spikes

__all__ = ["Gaussian"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
LOG_2PI = float(np.log(2 * np.pi))
GUARD = 1e-10
"""A floor up to this only keeps the likelihood finite: a covariance that reaches it describes no type (`edges`)."""
AT_FLOOR = 1e-3
"""How far above its floor, as a share of it, a variance counts as at it: more than rounding leaves."""


@dataclass(frozen=True)
class Gaussian:
    """One block of D columns, jointly normal within a type; everything in the units of the item's kind.

    Parameters (M, W): D means, then the packed lower triangle of the covariance (full, tied), D variances (diag,
    tied-diag) or one (spherical). A shared covariance (tied, tied-diag) is written out for every type. Covariances
    never fall below `floor` in any direction: the maximum likelihood under that constraint, and `edges` says when it
    binds. types: K, the types that share a covariance.
    """

    items: tuple[Item, ...]
    pseudo: float = 0.0
    types: int = 1
    symbol = "μ, Σ"
    underflows = True
    names_types = False
    turned = True

    def __post_init__(self) -> None:
        if self.pseudo:
            raise UnsupportedError(
                f"A prior is not available for the gaussian family (item {self.items[0].name!r}). "
                "Fit with prior=0, or leave the item out; its covariances have a floor in any case."
            )

    @property
    def kind(self) -> Kind:
        """The item's kind: parts, units and options."""
        kind = self.items[0].kind
        assert kind is not None
        return kind

    @property
    def words(self) -> str:
        """The form of its covariances and the number of columns."""
        return f"gaussian, {self.form}, D = {self.dimension}"

    @property
    def form(self) -> str:
        """full, tied, diag, tied-diag or spherical."""
        return str(self.kind.option("covariance", "full"))

    @property
    def floor(self) -> float:
        """Smallest variance in any direction."""
        return float(self.kind.option("floor", GUARD))

    @property
    def dimension(self) -> int:
        """Number of columns D."""
        return len(self.kind.parts)

    @property
    def diagonal(self) -> bool:
        """Whether columns are independent within a type."""
        return self.form in ("diag", "tied-diag", "spherical")

    @property
    def shared(self) -> bool:
        """Whether the types have one covariance."""
        return self.form in ("tied", "tied-diag")

    @property
    def _bounded(self) -> bool:
        """Whether the user's own floor or ridge bounds the likelihood."""
        return self.floor > GUARD or bool(self._ridge.any())

    @cached_property
    def _units(self) -> tuple[Floats, Floats]:
        centre, scale = np.array(self.kind.units).T
        return np.ascontiguousarray(centre), np.where(scale > 0, scale, 1.0)

    @cached_property
    def _seen(self) -> NDArray[np.bool_]:
        """(D,) which columns have a value in some row; the scale of the others is 0."""
        return np.array(self.kind.units)[:, 1] > 0

    @cached_property
    def _ridge(self) -> Floats:
        return float(self.kind.option("ridge", 0.0)) / self._scale**2

    @property
    def _scale(self) -> Floats:
        """Scale of the columns; one for all of a spherical covariance, whose variance is in the units of the data."""
        scale = self._units[1]
        if self.form != "spherical":
            return scale
        return np.full_like(scale, np.sqrt(np.mean(scale[self._seen] ** 2)) if self._seen.any() else 1.0)

    @property
    def size(self) -> int:
        """Number of parameters M."""
        d = self.dimension
        tail = d if self.diagonal else d * (d + 1) // 2
        return d + (1 if self.form == "spherical" else tail)

    @property
    def rows(self) -> int:
        """Rows of its statistics: weight, first and second moments."""
        d = self.dimension
        return 1 + 2 * d if self.diagonal else 1 + d + d * (d + 1) // 2

    def covariances(self, theta: Floats) -> Floats:
        """Return (W, D, D) covariances in units."""
        d, w = self.dimension, theta.shape[1]
        cov = np.zeros((w, d, d))
        if self.diagonal:
            cov[:, np.arange(d), np.arange(d)] = theta[d:].T
        else:
            i, j = np.tril_indices(d)
            cov[:, i, j] = cov[:, j, i] = theta[d:].T
        return cov

    def table(self, theta: Floats) -> Floats:
        """Return ones: the one code of measurements is MISSING."""
        return np.ones((len(self.items), theta.shape[1]))

    def log_table(self, theta: Floats) -> Floats:
        """Return zeros, the logarithms of `table`."""
        return np.zeros((len(self.items), theta.shape[1]))

    def density(self, theta: Floats, first: int) -> Block:
        """Return the arrays of the kernels; first: its first column in the values."""
        d = self.dimension
        centre, scale = self._units[0], self._scale
        cov = self.covariances(theta)
        if self.diagonal:
            sd = np.sqrt(np.ascontiguousarray(cov[:, np.arange(d), np.arange(d)]))
            factor, half = 1.0 / sd, np.log(sd).sum(axis=1)
        else:
            factor, half = whitening(cov)
        const = -half - 0.5 * d * LOG_2PI - np.log(scale).sum()
        mean = np.ascontiguousarray(theta[:d].T)
        return Block(first, first + d, self.diagonal, centre, scale, mean, factor, const, cov)

    def mstep(self, theta: Floats, stats: Floats) -> Floats:
        """Return the parameters that maximise the expected log-likelihood of (rows, W) moments about the means.

        A type without weight keeps its parameters; a covariance that types share, where none of them has any.
        """
        d = self.dimension
        n, some = stats[0], stats[0] > 0
        safe = np.where(some, n, 1.0)
        shift = stats[1 : 1 + d] / safe
        out = theta.copy()
        out[:d] += shift
        i, j = (np.arange(d), np.arange(d)) if self.diagonal else np.tril_indices(d)
        second = stats[1 + d :] / safe - shift[i] * shift[j]
        if self.form == "spherical":
            second = second.mean(axis=0, keepdims=True)
        if self.shared:
            starts = (second * n).reshape(len(second), -1, self.types)
            total = n.reshape(-1, self.types).sum(axis=1)
            second = np.repeat(starts.sum(axis=2) / np.where(total > 0, total, 1.0), self.types, axis=1)
            some = np.repeat(total > 0, self.types)
        out[d:] = np.where(some, self._floored(second), theta[d:])
        return out

    def _floored(self, second: Floats) -> Floats:
        """Return packed covariances with the ridge added and no direction below the floor."""
        d = self.dimension
        if self.diagonal:
            ridge = self._ridge[: len(second)]
            return np.maximum(second + ridge[:, None], self.floor)
        i, j = np.tril_indices(d)
        second = second + np.where(i == j, self._ridge[i], 0.0)[:, None]
        cov = np.zeros((second.shape[1], d, d))
        cov[:, i, j] = cov[:, j, i] = second.T
        value, vector = eigen(cov)
        low = np.flatnonzero(value[:, 0] < self.floor)
        if len(low):
            raised = np.maximum(value[low], self.floor)
            cov[low] = roots.turned(vector[low], raised)
        return np.ascontiguousarray(cov[:, i, j].T)

    @property
    def charted(self) -> Charted | None:
        """The family itself, but for a ridge: with one, EM's M-step maximises nothing that a gradient leads to."""
        return None if self.kind.option("ridge", 0.0) else cast(Charted, self)

    def chart(self, theta: Floats) -> Floats:
        """Return coordinates (M, W) for quasi-Newton steps: means, and roots of covariances (families.roots)."""
        d = self.dimension
        above = theta[d:] - self.floor
        tail = np.sqrt(np.maximum(above, 0.0)) if self.diagonal else roots.chart(self.covariances(theta), self.floor)
        return np.concatenate([theta[:d], tail])

    def unchart(self, y: Floats) -> Floats:
        """Return the parameters at any coordinates."""
        d = self.dimension
        if self.diagonal:
            return np.concatenate([y[:d], y[d:] ** 2 + self.floor])
        i, j = np.tril_indices(d)
        return np.concatenate([y[:d], roots.unchart(y[d:], d, self.floor)[:, i, j].T])

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """Return (M, W) directions in the frame where the curvature is diagonal, or back from it."""
        return v if self.diagonal else roots.turn(y[self.dimension :], self.dimension, v, back)

    def slope(self, theta: Floats, stats: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood in the coordinates, and in the frame its curvature."""
        d, n = self.dimension, stats[0]
        if not self.diagonal:
            second = self.covariances(np.concatenate([theta[:d], stats[1 + d :]]))
            slope, curve = roots.slope(self.covariances(theta), self.floor, n, stats[1 : 1 + d].T, second)
            if self.shared:
                slope[d:], curve[d:] = self._shared(slope[d:]), self._shared(curve[d:])
            return slope, curve
        variance = theta[d:]
        by_variance, weight = 0.5 * (stats[1 + d :] - n * variance) / variance**2, n
        if self.form == "spherical":
            by_variance, weight = by_variance.sum(axis=0, keepdims=True), d * n
        if self.shared:
            by_variance, weight = self._shared(by_variance), self._shared(n[None])[0]
        root = np.sqrt(np.maximum(variance - self.floor, 0.0))
        curve = 2 * weight * (root / variance) ** 2 + np.maximum(0.0, -2 * by_variance)
        slope = np.concatenate([stats[1 : 1 + d] / variance, 2 * root * by_variance])
        return slope, np.concatenate([np.broadcast_to(n / variance, (d, len(n))), curve])

    def _shared(self, values: Floats) -> Floats:
        """Return the mean over the types of every start, for each of them."""
        each = values.reshape(len(values), -1, self.types)
        return np.repeat(each.mean(axis=2), self.types, axis=1)

    def start(self, stats: Floats, rng: np.random.Generator, width: int, centres: Part | None = None) -> Floats:
        """Return (M, width) parameters with means at the given rows, or drawn, and the data's own variances."""
        drawn = rng.normal(size=(width, self.dimension)) if centres is None else self.in_units(centres.values)
        theta = self.flat(width)
        theta[: self.dimension] = np.where(np.isnan(drawn), 0.0, drawn).T
        return theta

    def features(self, part: Part, weights: Floats) -> tuple[NDArray[Any], Floats]:
        """Return the measurements in units, missing cells at the mean."""
        return part.codes[:, :0], np.nan_to_num(self.in_units(part.values))

    def flat(self, types: int) -> Floats:
        """Return (M, types) parameters: mean 0 and the identity, in units."""
        d = self.dimension
        tail = np.ones(self.size - d)
        if not self.diagonal:
            i, j = np.tril_indices(d)
            tail = (i == j).astype(np.float64)
        return np.repeat(np.concatenate([np.zeros(d), tail])[:, None], types, axis=1)

    def in_units(self, values: Floats) -> Floats:
        """Return (n, D) values in units."""
        return np.asarray((values - self._units[0]) / self._scale)

    def log_prior(self, theta: Floats) -> Floats:
        """Return zeros: there is no prior."""
        return np.zeros(theta.shape[1])

    def edges(self, theta: Floats) -> list[Edge]:
        """Return the covariances that would be singular but for the floor or the ridge.

        They are at a "floor" where the user gave one, and "singular" where it is only the guard.
        """
        free = self.covariances(theta) - (1 + AT_FLOOR) * np.diag(np.broadcast_to(self._ridge, self.dimension))
        low = eigen(free)[0].min(axis=1) <= (1 + AT_FLOOR) * self.floor
        kind = "floor" if self._bounded else "singular"
        return [Edge(self.dimension, int(w), kind) for w in np.flatnonzero(low)]

    def collapsed(self, theta: Floats, rows: Floats) -> Flags:
        """Return (S, K) which types have a covariance that only the guard, or one of their rows, keeps regular."""
        out = np.zeros(rows.shape, dtype=bool)
        out.ravel()[[edge.column for edge in self.edges(theta) if edge.kind == "singular"]] = True
        if self.shared or self._bounded:
            return out
        at = np.flatnonzero(self._seen)
        own = self.covariances(theta).reshape(*rows.shape, self.dimension, self.dimension)[:, :, at[:, None], at]
        return out | spikes(own, rows, 2 if self.diagonal else len(at) + 1)

    # Free parameters: the parameters themselves

    def index(self, types: int) -> Ints:
        """Return (M, K) places: every type has its own means, and its own covariance unless they share one.

        Parameters of a column that is missing in every row are fixed, as nothing is known of them.
        """
        common = self.shared & (np.arange(self.size) >= self.dimension)
        own, shared = self._free & ~common, self._free & common
        out = np.full((self.size, types), -1, dtype=np.int64)
        out[own] = separate(int(own.sum()), types)
        out[shared] = int(own.sum()) * types + np.arange(int(shared.sum()))[:, None]
        return out

    @cached_property
    def _free(self) -> NDArray[np.bool_]:
        """(M,) which parameters the data can speak of."""
        d = self.dimension
        i, j = (np.arange(d), np.arange(d)) if self.diagonal else np.tril_indices(d)
        tail = self._seen[i] & self._seen[j]
        return np.concatenate([self._seen, [self._seen.any()] if self.form == "spherical" else tail])

    def free_parameters(self) -> list[FreeParameter]:
        """Return what they are: means, and variances and covariances, with their units."""
        item, names, scale = self.items[0].name, self.kind.parts, self._scale.tolist()
        units = zip(names, self._units[0].tolist(), scale, strict=True)
        out = [FreeParameter(item, f"mean of {a}", scale=s, shift=c) for a, c, s in units]
        if self.form == "spherical":
            return [*out, FreeParameter(item, "variance", scale=scale[0] ** 2, positive=True)]
        for i, a in enumerate(names):
            if not self.diagonal:
                cross = [(f"covariance of {b} and {a}", scale[i] * scale[j]) for j, b in enumerate(names[:i])]
                out += [FreeParameter(item, name, scale=s) for name, s in cross]
            out.append(FreeParameter(item, f"variance of {a}", scale=scale[i] ** 2, positive=True))
        return out

    def to_free(self, theta: Floats) -> Floats:
        """Return theta: means and covariances in units."""
        return theta

    def from_free(self, free: Floats) -> Floats:
        """Return the free parameters."""
        return free

    def scores(self, theta: Floats, part: Part) -> Floats:
        """Return (n, M, W) derivatives of the log-density of each row."""
        means, b = theta[: self.dimension].T, normal_scores.basis(self.form, self.dimension)
        return normal_scores.scores(self.in_units(part.values), means, self.covariances(theta), b)

    def information(self, theta: Floats, part: Part, zeta: Floats) -> Floats:
        """Return (M, M, W) minus the second derivatives, of the known cells alone."""
        means, b = theta[: self.dimension].T, normal_scores.basis(self.form, self.dimension)
        return normal_scores.information(self.in_units(part.values), zeta, means, self.covariances(theta), b)

    def holding(self, item: str, outcome: Label, column: int, value: float) -> Family:
        """Refuse: only categories have it."""
        raise cannot_hold(item, self.words)

    def draw(self, theta: Floats, part: Part, types: Ints, rng: np.random.Generator) -> tuple[Gaussian, Part]:
        """Return new measurements of the given types, missing where those of the part are."""
        root = np.linalg.cholesky(self.covariances(theta))[types]
        z = np.einsum("nij,nj->ni", root, rng.normal(size=part.values.shape))
        values = (theta[: self.dimension].T[types] + z) * self._scale + self._units[0]
        return self, Part(part.codes, np.where(np.isnan(part.values), np.nan, values))

    # Words

    def read(self, item: Item, written: Any, types: int) -> Floats:
        """Return (M, K) parameters of (means (K, D), covariances (K, D, D)) in the units of the data."""
        where, d = f"item {item.name!r}", self.dimension
        try:
            means, covariances = (np.asarray(value, dtype=np.float64) for value in written)
        except (TypeError, ValueError):
            raise InputError(Fault("the values are not means and covariances", where=where,
                                   rule="A pair of arrays, one row a type each")) from None  # fmt: skip
        wanted = ((types, d), (types, d, d))
        if (means.shape, covariances.shape) != wanted:
            raise InputError(
                Fault(f"means and covariances have the shapes {means.shape} and {covariances.shape}", where=where,
                      rule=f"These items need {wanted[0]} and {wanted[1]}")
            )  # fmt: skip
        return self.from_natural(means, covariances)

    def faults(self, theta: Floats) -> list[Fault]:
        """Return whether a covariance is none."""
        if (np.linalg.eigvalsh(self.covariances(theta)) <= 0).any():
            return [Fault(f"a covariance of item {self.items[0].name!r} is not positive definite")]
        return []

    def describe_statistics(self, theta: Floats, stats: Floats) -> list[Description]:
        """Return the weight, the sums of the columns, and sums of products of deviations from the new means.

        Divided by the weight they are the means of 002 eq. 30 and the covariances of eq. 31. Missing cells count with
        their expectations.
        """
        d, n, names, scale = self.dimension, stats[0], self.kind.parts, self._scale
        i, j = (np.arange(d), np.arange(d)) if self.diagonal else np.tril_indices(d)
        shift = stats[1 : 1 + d] / np.where(n > 0, n, 1.0)
        sums = n * (theta[:d].T * scale + self._units[0]).T + scale[:, None] * stats[1 : 1 + d]
        products = (scale[i] * scale[j])[:, None] * (stats[1 + d :] - n * shift[i] * shift[j])
        words = ["weight", *(f"sum of {a}" for a in names)]
        words += [
            f"squared deviations of {names[a]}" if a == b else f"products of deviations of {names[b]} and {names[a]}"
            for a, b in zip(i, j, strict=True)
        ]
        rows = zip(words, [n, *sums, *products], strict=True)
        return [Description(self.items[0].name, row, parameter=name) for name, row in rows]

    def bind(self, items: tuple[Item, ...]) -> Gaussian:
        """Return the same family; new data come in the fit's units."""
        return type(self)(items, self.pseudo, self.types)

    def with_types(self, types: int) -> Gaussian:
        """Return the family in a mixture of K types, which may share a covariance."""
        return type(self)(self.items, self.pseudo, types)

    def carry(self, theta: Floats, other: Family) -> Floats:
        """Return parameters in the units of this block, from those in the units of another."""
        return self.from_natural(*self.bind(other.items).natural(theta))

    def natural(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return (W, D) means and (W, D, D) covariances in the units of the data."""
        centre, scale = self._units[0], self._scale
        return theta[: self.dimension].T * scale + centre, self.covariances(theta) * np.outer(scale, scale)

    def from_natural(self, means: Floats, covariances: Floats) -> Floats:
        """Return (M, W) parameters from (W, D) means and (W, D, D) covariances in the units of the data."""
        centre, scale, d = self._units[0], self._scale, self.dimension
        cov = covariances / np.outer(scale, scale)
        i, j = (np.arange(d), np.arange(d)) if self.diagonal else np.tril_indices(d)
        tail = cov[:, i, j].T
        if self.form == "spherical":
            tail = tail.mean(axis=0, keepdims=True)
        return np.concatenate([((means - centre) / scale).T, tail])

    def describe(self, theta: Floats) -> list[Description]:
        """Return means, variances and covariances in the units of the data, NaN for columns without a value."""
        mean, cov = self.natural(theta)
        names, unseen = self.kind.parts, ~self._seen
        mean[:, unseen] = cov[:, unseen] = cov[:, :, unseen] = np.nan
        rows = [(f"mean of {a}", mean[:, i]) for i, a in enumerate(names)]
        if self.diagonal:
            rows += [(f"variance of {a}", cov[:, i, i]) for i, a in enumerate(names)]
        else:
            rows += [
                (f"variance of {a}" if i == j else f"covariance of {b} and {a}", cov[:, i, j])
                for i, a in enumerate(names)
                for j, b in enumerate(names[: i + 1])
            ]
        return [Description(self.items[0].name, value, parameter=name) for name, value in rows]
