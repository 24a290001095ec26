"""The table of fits by group: how each was found, its criteria, and those of all together."""

from __future__ import annotations

from ..core.errors import counted
from ..core.top_party import TOP
from ..presentation import Column, Table
from ..results.fits_by_group import FitsByGroup

__all__ = ["group_fits"]

NOTE = (
    "Par = free parameters; LL = log-likelihood; replicated: starts that reached the best log-likelihood by their own "
    "iterations. Together: a model in which every group has types of its own; compare its BIC with that of one fit of "
    "all."
)


def group_fits(fits: FitsByGroup) -> Table:
    """Return the fits of the groups, one row each, and their criteria together.

    Parameters
    ----------
    fits : FitsByGroup
        What `blocs.fit_by_group` returned.

    Returns
    -------
    Table
        Observations, parameters, log-likelihood, AIC, BIC, entropy, how many starts reached the best log-likelihood,
        and the status of each fit; in the last row the sums and the criteria of all groups together.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, 0, 1], "region": ["N", "N", "N", "N", "S", "S"]}
    >>> fits = blocs.fit_by_group(blocs.Profiles.from_table(table, groups="region"), types=1, by="region")
    >>> group_fits(fits).to_frame()[["region", "n", "Par"]].to_dict("list")
    {'region': ['N', 'S', 'Together'], 'n': [4.0, 2.0, 6.0], 'Par': [2, 2, 4]}
    """
    columns = (
        Column("Voters of" if fits.by == TOP else str(fits.by)), Column("n", "count"), Column("Par", "count"),
        Column("LL", "number"), Column("AIC", "number"), Column("BIC", "number"), Column("Entropy", "number", 3),
        Column("Replicated"), Column("Status"),
    )  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (str(label), fit.n, fit.n_parameters, fit.loglik, fit.aic, fit.bic, fit.relative_entropy,
         f"{fit.hits} of {counted(len(fit.ends), 'start')}", fit.status)
        for label, fit in fits.fits.items()
    ]  # fmt: skip
    aic = -2 * fits.loglik + 2 * fits.n_parameters
    rows.append(("Together", fits.n, fits.n_parameters, fits.loglik, aic, fits.bic, None, None, None))
    each = "party at the top" if fits.by == TOP else str(fits.by)
    caption = f"Fits of {counted(fits.types, 'type')} for each {each} (N = {fits.n:,.0f})."
    return Table(columns, tuple(rows), caption, (NOTE,), name="fits")
