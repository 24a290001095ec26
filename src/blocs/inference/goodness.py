"""Goodness of fit: G2 and X2 of the whole table of answers against the model, menus and missing items included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.summary import Summary, p_value
from ..files.checkpoint import EVERY, Checkpointed
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .drawn_statistics import Drawing, require_replicates
from .fitted_rows import FittedRows, merged, require_categories, require_fit, rows_of
from .parametric_bootstrap import bootstrap_p, parametric_bootstrap, threads_of, whole_number
from .table_entropy import table_entropy

__all__ = ["GoodnessOfFit", "goodness_of_fit"]

Floats = NDArray[np.float64]
ENOUGH = 5.0
"""Observations per cell, below which the chi-square distribution is not to be trusted."""


@dataclass(frozen=True)
class GoodnessOfFit:
    """How far the counts of a table are from those that a model expects.

    Attributes
    ----------
    n : float
        Number of observations N.
    patterns : int
        Number of combinations of menus and missing items; within each the counts are one multinomial.
    missing : bool
        Whether items are missing in some rows.
    prior : float
        Pseudo-count of the fit's prior: with one, the parameters are not at the maximum of the likelihood.
    cells : int
        Number of possible rows, over all patterns.
    observed_cells : int
        How many of them occur.
    empty_share : float
        Share of the observations that the model expects in cells that do not occur.
    parameters : int
        Number of free parameters.
    df : int
        Degrees of freedom: the sum over patterns of (cells - 1), minus the parameters, as in Mplus and Latent GOLD.
    df_polca : int
        As poLCA has them, with N in place of a larger number of free cells.
    g2, x2 : float
        Likelihood-ratio and Pearson statistics; infinite where a row occurs that the model calls impossible.
    freeman_tukey, cressie_read : float
        The same of the statistics of Freeman and Tukey, and of Cressie and Read (power 2/3).
    dissimilarity : float
        Share of the observations that would have to be in other cells for a perfect fit.
    entropy : float or None
        Entropy of the fitted probabilities of all rows with every outcome on offer and nothing missing, - sum f log f,
        as poLCA.entropy; None with more than 16,777,216 of them.
    p, p_x2 : float or None
        p-values of G2 and X2 by the chi-square distribution; None where there are no degrees of freedom.
    bootstrap : int
        Number of replicates B of the parametric bootstrap.
    bootstrap_p, bootstrap_p_x2 : float or None
        p-values of G2 and X2 by the bootstrap, (b + 1) / (B + 1).
    not_converged : int
        Replicates whose fits did not converge.

    See Also
    --------
    blocs.goodness_of_fit
    """

    n: float
    patterns: int
    missing: bool
    prior: float
    cells: int
    observed_cells: int
    empty_share: float
    parameters: int
    df: int
    df_polca: int
    g2: float
    x2: float
    freeman_tukey: float
    cressie_read: float
    dissimilarity: float
    entropy: float | None
    p: float | None
    p_x2: float | None
    bootstrap: int
    bootstrap_p: float | None
    bootstrap_p_x2: float | None
    not_converged: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before relying on the p-values."""
        conditions = {
            "There are no degrees of freedom: the model has as many parameters as the table has free cells, or more.":
                self.df <= 0,
            f"The table is sparse, {self.n / self.cells:.2g} observations a cell: the chi-square p-values mean little. "
            "Use those of the bootstrap.": self.df > 0 and self.n < ENOUGH * self.cells,
            "The hypothesis includes that items are missing completely at random.": self.missing,
            "The fit has a prior: the chi-square p-values do not hold.": self.prior > 0,
            f"{self.not_converged} fits of the bootstrap did not converge.": self.not_converged > 0,
        }  # fmt: skip
        return tuple(note for note, holds in conditions.items() if holds)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and notes as plain data for JSON."""
        return {**asdict(self), "notes": list(self.notes)}

    def __repr__(self) -> str:
        return f"<GoodnessOfFit: G2 {_shown(self.g2)}, X2 {_shown(self.x2)} on {self.df:,}>"

    def __str__(self) -> str:
        p_values = {"chi-square": (self.p, self.p_x2)}
        if self.bootstrap:
            p_values[f"bootstrap of {self.bootstrap:,}"] = (self.bootstrap_p, self.bootstrap_p_x2)
        words = [
            ", ".join(f"{p_value(value[i])} ({by})" for by, value in p_values.items() if value[i] is not None)
            for i in range(2)
        ]
        return Summary("Goodness of fit", [
            ("G2", ", ".join(filter(None, (_shown(self.g2), words[0])))),
            ("X2", ", ".join(filter(None, (_shown(self.x2), words[1])))),
            ("degrees of freedom", f"{self.df:,} (as poLCA counts: {self.df_polca:,})"),
            ("cells", f"{self.cells:,} in {self.patterns:,} {'pattern' if self.patterns == 1 else 'patterns'} of menus "
                      f"and missing items, {self.observed_cells:,} observed"),
            ("expected in others", f"{100 * self.empty_share:.2f} % of {self.n:,.0f} observations"),
            ("dissimilarity", f"{100 * self.dissimilarity:.2f} %"),
            *(("note", note) for note in self.notes),
        ]).text()  # fmt: skip


def goodness_of_fit(
    fit: Fit,
    profiles: Profiles | Traced,
    bootstrap: int = 0,
    *,
    seed: int = 0,
    jobs: int | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    each: Callable[[int], None] | None = None,
) -> GoodnessOfFit:
    """Test a fit against the table of all possible rows: G2, X2, degrees of freedom and p-values.

    Parameters
    ----------
    fit : Fit
        A fit of items of categories.
    profiles : Profiles or coded ballots
        The data that were fitted.
    bootstrap : int
        Number of replicates of a parametric bootstrap, such as 999; 0 for none. Each is drawn from the fit and fitted
        again from there.
    seed : int
        Seed of the bootstrap: replicate number b of a seed is always the same.
    jobs : int, optional
        Number of threads of the bootstrap; all processors by default. Results are the same bits for any number.
    checkpoint : str or Path, optional
        A file in which finished replicates are kept, also when Ctrl-C ends the bootstrap; where it is there already, it
        goes on from it.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    each : callable, optional
        Called with the number of replicates that are done, some at a time.

    Returns
    -------
    GoodnessOfFit
        Printable; `to_dict` has its numbers.

    Raises
    ------
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For items of numbers and for sampling weights; with a bootstrap also for counts that are not whole.

    Notes
    -----
    With the expected count E_u = N_m f_u of profile u of pattern m, G2 = 2 sum O_u log(O_u / E_u) and X2 = sum
    (O_u - E_u)^2 / E_u + (N - sum E_u): the last term is that of the cells that do not occur. The saturated model is a
    multinomial for each pattern of menus and missing items (`docs/formulas_fit.md`).

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 10, 10, 30]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> print(blocs.goodness_of_fit(blocs.fit(profiles, types=1), profiles))
    Goodness of fit
      G2                  20.9299, p < 0.0001 (chi-square)
      X2                  20.0000, p < 0.0001 (chi-square)
      degrees of freedom  1 (as poLCA counts: 1)
      cells               4 in 1 pattern of menus and missing items, 4 observed
      expected in others  0.00 % of 80 observations
      dissimilarity       25.00 %
    """
    require_fit(fit)
    _refuse_own_shares(fit)
    data, replicates = merged(profiles_of(profiles)), whole_number("bootstrap", bootstrap, 0)
    require_categories(fit.schema, "Goodness of fit")
    if data.design:
        raise UnsupportedError("Goodness of fit is not available with sampling weights: it needs numbers of "
                               "observations.")  # fmt: skip
    rows = rows_of(fit, data, fitted=True)
    cells = rows.patterns.cells(rows.profiles.schema)
    free_cells = sum(cells) - len(cells)
    df, statistics = free_cells - fit.n_parameters, _statistics(rows)
    g2, x2, freeman_tukey, cressie_read, dissimilarity, empty = statistics.tolist()
    p_values: list[float | None] = [None, None]
    not_converged = 0
    drawing = Drawing(replicates, whole_number("seed", seed, 0), threads_of(jobs), checkpoint, every, each)
    require_replicates(drawing)
    if replicates:
        drawn = parametric_bootstrap(rows, fit, _statistics, drawing, "bootstrap of goodness of fit")
        p_values, not_converged = bootstrap_p(statistics[:2], drawn.statistics[:, :2]).tolist(), drawn.not_converged
    missing = bool((rows.patterns.menus < 0).any())
    return GoodnessOfFit(
        data.n, len(cells), missing, fit.mixture.membership.pseudo, sum(cells), len(data), empty / data.n,
        fit.n_parameters, df, min(int(data.n), free_cells) - fit.n_parameters, g2, x2, freeman_tukey, cressie_read,
        dissimilarity, table_entropy(fit), _chi_square(g2, df), _chi_square(x2, df), replicates, p_values[0],
        p_values[1], not_converged,
    )  # fmt: skip


def _refuse_own_shares(fit: Fit) -> None:
    """Raise UnsupportedError where shares depend on the row."""
    if fit.mixture.membership.common:
        return
    by = "covariates" if fit.design is not None else "shares by group"
    raise UnsupportedError(
        f"Goodness of fit is not available for fits with {by}: the saturated model would have a table for each of "
        "their values, with hardly any rows. blocs.bivariate_residuals and blocs.residuals are."
    )


def _statistics(rows: FittedRows) -> Floats:
    """Return G2, X2, Freeman-Tukey, Cressie-Read, dissimilarity, and the expected number in cells that do not occur."""
    observed, log_expected = rows.profiles.weights, rows.log_expected
    expected, ratio = np.exp(log_expected), np.log(observed) - log_expected
    n = observed.sum()
    empty = max(float(n - expected.sum()), 0.0)
    with np.errstate(over="ignore"):
        return np.array([
            2 * (observed @ ratio),
            (observed * -np.expm1(-ratio) * np.expm1(ratio)).sum() + empty,
            4 * (((np.sqrt(observed) - np.sqrt(expected)) ** 2).sum() + empty),
            1.8 * (observed @ np.expm1(2 / 3 * ratio)),
            (np.abs(observed - expected).sum() + empty) / (2 * n),
            empty,
        ])  # fmt: skip


def _shown(statistic: float) -> str:
    return f"{statistic:,.4f}" if statistic < 1000 else f"{statistic:,.2f}"


MOST_CELLS = 10**300
"""Whole numbers have any size, and floats have not: with more degrees of freedom p is what it is with these."""


def _chi_square(value: float, df: int) -> float | None:
    from scipy.stats import chi2

    return float(chi2.sf(value, float(min(df, MOST_CELLS)))) if df > 0 else None
