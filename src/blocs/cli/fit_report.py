"""What `blocs fit` prints: a fit, or fits by top party, with what their types did; as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..core.limits import LEAST_CELL
from .as_cast import show_as_cast, show_model
from .group_table import groups_json, show_groups
from .notes import left_out_json
from .options import Files
from .percent import whole_percents
from .printer import Printer
from .show import fit_json, show_coefficients, show_notes, show_numbers, show_types, type_names

if TYPE_CHECKING:
    from ..ballots import Coded
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["document", "show"]


def show(
    printer: Printer, fit: Fit | FitsByGroup, profiles: Profiles, labels: Mapping[str, str], ballots: bool, model: bool,
    errors: bool = False,
) -> None:  # fmt: skip
    """Print a fit: its numbers, what its types did (of answers: their probabilities), and notes.

    labels: item -> its name in the tables; ballots: whether the profiles are ballots; model: whether to print the
    probabilities of the model for them too; errors: whether standard errors are printed below.
    """
    from ..results.fit_result import Fit

    if isinstance(fit, Fit):
        _show_fit(printer, fit, profiles, labels, "voter" if ballots else "observation", model, errors)
    else:
        _show_fits(printer, fit, profiles, labels, model)


def document(
    fit: Fit | FitsByGroup, profiles: Profiles, file: Files, saved: str | None, coded: Coded | None
) -> dict[str, Any]:
    """Return a fit as a document, with what its types did and the contests that are left out."""
    from ..results.fit_result import Fit

    if isinstance(fit, Fit):
        whole = _fit_document(fit, profiles, file, saved, "observation" if coded is None else "voter")
    else:
        whole = _fits_document(fit, profiles, file, saved)
    return {**whole, "left_out": left_out_json(coded)}


def _show_fit(
    printer: Printer, fit: Fit, profiles: Profiles, labels: Mapping[str, str], unit: str, model: bool, errors: bool
) -> None:
    show_numbers(printer, fit, unit)
    if unit == "voter":
        _show_ballots(printer, fit, profiles, type_names(fit.shares), labels, model)
    else:
        show_types(printer, fit, labels)
    show_coefficients(printer, fit)
    if fit.groups is not None:
        show_groups(printer, fit.shares_by_group(LEAST_CELL), fit.groups.names, type_names(fit.shares))
    show_notes(printer, fit, unit, labels, errors)


def _show_fits(printer: Printer, fits: FitsByGroup, profiles: Profiles, labels: Mapping[str, str], model: bool) -> None:
    """Print fits by top party: a row of numbers for each, the types of all side by side, and notes on each."""
    groups = f"{counted(fits.types, 'type')} for each party at the top, {counted(round(fits.n), 'voter')}"
    printer.title(groups)
    printer.text()
    rows = [
        [str(label), f"{round(fit.n):,}", f"{fit.profiles:,}", f"{fit.loglik:,.4f}", f"{fit.n_parameters:,}",
         f"{fit.bic:,.2f}", "" if fit.relative_entropy is None else f"{fit.relative_entropy:.4f}",
         f"{fit.hits} of {len(fit.ends)}", fit.status]
        for label, fit in fits.fits.items()
    ]  # fmt: skip
    together = ["together", f"{round(fits.n):,}", "", f"{fits.loglik:,.4f}", f"{fits.n_parameters:,}",
                f"{fits.bic:,.2f}", "", "", ""]  # fmt: skip
    headers = ["top", "voters", "profiles", "log-likelihood", "parameters", "BIC", "relative entropy", "best by",
               "status"]  # fmt: skip
    printer.table(headers, [*rows, together], optional=("profiles", "relative entropy"))
    printer.text("'best by': starts that reached the best optimum. The numbers together compare with those of one fit "
                 "of all voters, in which the types are alike in both parties. Types with the same number resemble "
                 "each other most.")  # fmt: skip
    printer.text()
    _show_ballots(printer, fits, profiles, _names_by_group(fits), labels, model)
    for label, fit in fits.fits.items():
        if fit.flags or fit.notes:
            printer.title(str(label))
            show_notes(printer, fit, "voter", labels)


def _names_by_group(fits: FitsByGroup) -> list[str]:
    """Return the names of the types: Type 1 (DEM 93 %, REP 55 %)."""
    percents = {label: whole_percents(shares) for label, shares in fits.shares.items()}
    return [
        f"Type {k + 1} ({', '.join(f'{label} {of[k]} %' for label, of in percents.items())})" for k in range(fits.types)
    ]


def _show_ballots(
    printer: Printer, fit: Fit | FitsByGroup, profiles: Profiles, names: Sequence[str], labels: Mapping[str, str],
    model: bool,
) -> None:  # fmt: skip
    from ..ballots.reports.as_cast import as_cast

    show_as_cast(printer, as_cast(fit.expected(profiles)), names, labels)
    if model:
        show_model(printer, fit.table(profiles), names, labels)


def _fit_document(fit: Fit, profiles: Profiles, file: Files, saved: str | None, unit: str) -> dict[str, Any]:
    """Return a fit as a document: that of `fit_json`, what the types did, and where they had the full menu."""
    table, expected = fit.table(profiles), fit.expected(profiles)
    groups = {} if fit.groups is None else {"shares_by_group": groups_json(fit.shares_by_group(LEAST_CELL))}
    return {**fit_json(fit, file, saved, unit), **groups, "table": table.to_dict("records"),
            "expected": expected.to_dict("records")}  # fmt: skip


def _fits_document(fits: FitsByGroup, profiles: Profiles, file: Files, saved: str | None) -> dict[str, Any]:
    """Return fits by top party as a document; the account and the settings are those of all voters."""
    whole = ("command", "file", "saved", "table", "account", "settings")
    groups = {
        str(label): {name: value for name, value in fit_json(fit, file, saved, "voter").items() if name not in whole}
        for label, fit in fits.fits.items()
    }
    for label, order in fits.order.items():
        shares = groups[str(label)]["shares"]
        groups[str(label)]["shares"] = [shares[k - 1] for k in order]
    return {"command": "fit", "file": file, "saved": saved, "by": fits.by, "types": fits.types, "n": fits.n,
            "loglik": fits.loglik, "parameters": fits.n_parameters, "bic": fits.bic, "groups": groups,
            "table": fits.table(profiles).to_dict("records"), "expected": fits.expected(profiles).to_dict("records"),
            "account": dict(fits.first.account), "settings": dict(fits.first.settings)}  # fmt: skip
