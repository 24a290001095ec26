"""FitsByGroup: one fit for each group of observations, such as the voters of each top party, with types aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, nearest
from ..core.lazy import lazy_import
from ..files.atomic import write_json
from ..model.evidence import Place
from ..presentation import Column, Table
from ..profiles import Profiles, Traced, profiles_of, split
from .fit_result import Fit

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["FORMAT", "FitsByGroup"]

FORMAT = 1
"""Version of the layout of the file."""


@dataclass(frozen=True)
class FitsByGroup:
    """K types fitted to each group of observations by itself; type k of one group goes with type k of the others.

    Attributes
    ----------
    by : str
        The group column.
    fits : mapping
        Label of the group -> its fit, in the order of the labels.
    order : mapping
        Label of the group -> for types 1 to K here, their numbers in the group's own fit, which orders its types by
        their shares.

    See Also
    --------
    blocs.fit_by_group, blocs.load_by_group
    """

    by: str
    fits: Mapping[Any, Fit]
    order: Mapping[Any, tuple[int, ...]]

    def __repr__(self) -> str:
        groups = ", ".join(f"{label} ({counted(round(fit.n), 'observation')})" for label, fit in self.fits.items())
        return f"<Fits of {counted(self.types, 'type')} by {self.by!r}: {groups}; log-likelihood {self.loglik:,.4f}>"

    def _repr_html_(self) -> str:
        shares = self.shares.T
        types = tuple(Column(f"Type {k}, %", "share") for k in shares.columns)
        columns = (Column(str(self.by)), Column("Observations", "count"), *types, Column("Best optimum reached by"))
        rows = tuple(
            (str(label), fit.n, *shares.loc[label].tolist(), f"{fit.hits} of {counted(len(fit.ends), 'start')}")
            for label, fit in self.fits.items()
        )
        return Table(columns, rows, repr(self)[1:-1]).to_html()

    @property
    def types(self) -> int:
        """Number of types K of each group."""
        return len(next(iter(self.order.values())))

    @property
    def first(self) -> Fit:
        """The fit of the first group; all have the same items and settings."""
        return next(iter(self.fits.values()))

    @property
    def n(self) -> float:
        """Number of observations of all groups."""
        return sum(fit.n for fit in self.fits.values())

    @property
    def loglik(self) -> float:
        """Log-likelihood of all groups together. One fit of all is the special case of equal parameters."""
        return sum(fit.loglik for fit in self.fits.values())

    @property
    def n_parameters(self) -> int:
        """Number of free parameters of all groups."""
        return sum(fit.n_parameters for fit in self.fits.values())

    @property
    def bic(self) -> float:
        """-2 loglik + parameters log N, of all groups together."""
        return -2 * self.loglik + self.n_parameters * float(np.log(self.n))

    @property
    def shares(self) -> pd.DataFrame:
        """Type shares, one row a type (from 1) and one column a group."""
        columns = {label: fit.params.shares[0][self._positions(label)] for label, fit in self.fits.items()}
        return pd.DataFrame(columns, index=pd.RangeIndex(1, self.types + 1))

    def table(self, profiles: Profiles | Traced | None = None) -> pd.DataFrame:
        """Return `Fit.table` of every group, with the group in the first column.

        Parameters
        ----------
        profiles : Profiles or coded ballots, optional
            As for `Fit.table`, of all groups.
        """
        if profiles is None:
            return self._joined({label: fit.table() for label, fit in self.fits.items()})
        parts = self._parts(profiles_of(profiles))
        return self._joined({label: self.fits[label].table(part) for label, part in parts.items()})

    def expected(self, profiles: Profiles | Traced, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return what each type did on the menus it had: `Fit.expected` of every group, with the group in a column.

        Parameters
        ----------
        profiles : Profiles or coded ballots
            Data of all groups.
        by : str or sequence of str, optional
            Further group columns.

        Raises
        ------
        InputError
            As `Fit.expected`, and for a group that was not fitted.
        """
        names = [] if by is None else [by] if isinstance(by, str) else list(by)
        parts = self._parts(profiles_of(profiles))
        frames = {
            label: self.fits[label].expected(part, [name for name in names if name != self.by])
            for label, part in parts.items()
        }
        return self._joined(frames)

    def posteriors(self, profiles: Profiles) -> dict[Any, NDArray[np.float64]]:
        """Return label -> (U, K) posterior probability of each type for an observation of the group.

        Parameters
        ----------
        profiles : Profiles
            U profiles of all groups.

        Returns
        -------
        dict
            NaN where no observation of the group has the profile.

        Raises
        ------
        InputError
            If there are items or outcomes that were not fitted, or a group that was not.
        """
        return {label: zeta for label, (zeta, _) in self.evaluate(profiles).items()}

    def evaluate(self, profiles: Profiles) -> dict[Any, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return label -> (U, K) posteriors and (U,) the part of them of types that say nothing about a menu.

        As `Fit.evaluate`, of each group's observations. Parameters, NaN and errors are those of `posteriors`.
        """
        parts, cells = self._parts(profiles), profiles.cells
        assert cells is not None
        number, table = cells.by([self.by])
        whole = {}
        for g, label in enumerate(table[self.by].tolist()):
            part, rows = parts[label], cells.row[number == g]
            of_part = self.fits[label].evaluate(part)
            zeta, unknown = np.full((len(profiles), self.types), np.nan), np.full(len(profiles), np.nan)
            zeta[rows] = of_part.posterior[:, self._positions(label)][part.index]
            unknown[rows] = of_part.unknown[part.index]
            whole[label] = zeta, unknown
        return whole

    def of_cells(self, profiles: Profiles) -> NDArray[np.float64]:
        """Return the (C, K) posterior probability of each type for each cell of the profiles (`Profiles.cells`).

        Parameters and errors are those of `posteriors`.
        """
        zeta, cells = self.posteriors(profiles), profiles.cells
        assert cells is not None
        number, table = cells.by([self.by])
        return np.stack([zeta[label] for label in table[self.by]])[number, cells.row]

    def unknown(self, profiles: Profiles) -> dict[Any, tuple[tuple[Place, ...], NDArray[np.float64]]]:
        """Return label -> the menus and items of which a type of the group says nothing, and the counts of its rows.

        As `Fit.unknown`, of each group's observations: `rows` of a place are among the R profiles of the group, whose
        (R,) counts stand beside. Parameters and errors are those of `posteriors`.
        """
        of_group = {}
        for label, part in self._parts(profiles).items():
            places = self.fits[label].unknown(part)
            ordered = tuple(place._replace(types=place.types[self._positions(label)]) for place in places)
            of_group[label] = ordered, part.counts
        return of_group

    def save(self, path: str | Path) -> None:
        """Write all fits as one JSON file, which is written whole or not at all.

        Parameters
        ----------
        path : str or Path
            The file.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        write_json(path, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        groups = [
            {"label": label, "order": list(self.order[label]), "fit": fit.to_dict()} for label, fit in self.fits.items()
        ]
        return {"blocs_fits": FORMAT, "by": self.by, "groups": groups}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FitsByGroup:
        """Inverse of `to_dict`; raises as `Fit.from_dict`."""
        groups = data["groups"]
        fits = {group["label"]: Fit.from_dict(group["fit"]) for group in groups}
        order = {group["label"]: tuple(int(k) for k in group["order"]) for group in groups}
        damaged = [label for label in fits if sorted(order[label]) != list(range(1, fits[label].types + 1))]
        if damaged or not fits or len({fit.types for fit in fits.values()}) > 1:
            raise InputError(Fault("'order' cannot be read", where="data"))
        return cls(data["by"], fits, order)

    def with_settings(self, **settings: Any) -> FitsByGroup:
        """Return the fits with further settings, such as how their data were read."""
        fits = {label: replace(fit, settings={**fit.settings, **settings}) for label, fit in self.fits.items()}
        return replace(self, fits=fits)

    def _positions(self, label: Any) -> NDArray[np.int64]:
        """Return the (K,) positions of types 1 to K among those of the group's own fit."""
        return np.array(self.order[label]) - 1

    def _parts(self, profiles: Profiles) -> dict[Any, Profiles]:
        parts = split(profiles, self.by)
        unknown = [label for label in parts if label not in self.fits]
        if unknown:
            raise InputError(*(
                Fault(f"the group {label!r} of {self.by!r} was not fitted", argument="profiles",
                      rule=f"There are fits of {', '.join(map(repr, self.fits))}", nearest=nearest(label, self.fits),
                      remedy="Leave it out, or fit again")
                for label in unknown
            ))  # fmt: skip
        return parts

    def _joined(self, frames: Mapping[Any, pd.DataFrame]) -> pd.DataFrame:
        """Return the frames of the groups one below the other, with their types numbered as here and in order."""
        parts = []
        for label, frame in frames.items():
            number = dict(zip(self.order[label], range(1, self.types + 1), strict=True))
            part = frame.assign(type=frame["type"].map(number))
            part.insert(0, self.by, label)
            parts.append(part.sort_values("type", kind="stable"))
        return pd.concat(parts, ignore_index=True)
