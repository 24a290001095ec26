"""A fit and a comparison of fits, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from .notes import grouped_notes, too_few
from .percent import whole_percents
from .printer import Printer

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["BALLOT_OUTCOMES", "FLAGS", "comparison_json", "fit_json", "missing_items", "reached", "show_account",
           "show_comparison", "show_missing", "show_notes", "show_numbers", "show_types", "type_names"]  # fmt: skip

FLAGS = {
    "step_limit": "The fit did not converge within the limit of iterations. Continue it with --resume and larger "
                  "--steps.",
    "interrupted": "The fit was interrupted; this is the best solution so far. Continue it with --resume.",
    "empty_type": "A type has less than half an observation. Use fewer types.",
    "boundary": "Some outcomes have probability 0 or 1 in a type (to 1e-6), and their standard errors have no meaning. "
                "A small --prior moves them away from 0 and 1.",
    "best_once": "Only one start reached the best log-likelihood, and there may be a better one. Use more --starts.",
    "not_identified": "The parameters are not identified: other values give the same likelihood.",
}  # fmt: skip
"""What each flag means, in a sentence."""
ABOUT_TYPES = ("empty_type", "best_once", "not_identified")
"""Flags that matter for the choice of the number of types."""
BALLOT_OUTCOMES = ("straight", "split", "abstain", "other")
"""Outcomes of ballots, in the order of the tables."""
MOST_OUTCOMES = 6
"""Outcomes that a table of one type has as columns."""
OPTIONAL = ("AIC", "BIC / n", "parameters", "entropy R2")
"""Columns of a comparison that are left out where the table is too wide, in this order."""


def type_names(shares: Iterable[float]) -> list[str]:
    """Return the names of all types in the tables: Type 1 (72 %), Type 2 (28 %)."""
    return [f"Type {k} ({percent} %)" for k, percent in enumerate(whole_percents(shares), start=1)]


def reached(fit: Fit) -> str:
    """Return how many starts reached the best optimum: 3 of 20 starts."""
    return f"{fit.hits:,} of {counted(len(fit.ends), 'start')}"


def flag_sentences(fit: Fit, unit: str = "observation") -> dict[str, str]:
    """Return flag -> sentence."""
    few = too_few(fit, unit)
    flags = {flag: FLAGS.get(flag, f"The fit is flagged {flag!r}.") for flag in fit.flags}
    return {"few": few, **flags} if few else flags


def show_numbers(printer: Printer, fit: Fit, unit: str) -> None:
    """Print the numbers of a fit."""
    n, profiles = counted(round(fit.n), unit), counted(fit.profiles, "profile")
    printer.title(f"{counted(fit.types, 'type')}, {n}, {profiles}")
    printer.text()
    entropy = "" if fit.entropy is None else f"{fit.entropy:.4f}"
    numbers = [("log-likelihood", f"{fit.loglik:,.4f}"), ("parameters", f"{fit.n_parameters:,}"),
               ("BIC", f"{fit.bic:,.2f}"), ("AIC", f"{fit.aic:,.2f}"), ("entropy R2", entropy),
               ("status", fit.status)]  # fmt: skip
    for name, value in numbers:
        if value:
            printer.text(f"{name:<15} {value}")
    direct = "" if fit.direct == fit.hits else f", by {fit.direct} without split-and-merge moves"
    printer.text(f"Best optimum reached by {reached(fit)}{direct}.")
    printer.text()


def show_notes(printer: Printer, fit: Fit, unit: str, labels: Mapping[str, str]) -> None:
    """Print what to know of a fit, and what was left out of its data."""
    notes = [*flag_sentences(fit, unit).values(),
             *grouped_notes(fit.notes, "office" if unit == "voter" else "item", labels)]  # fmt: skip
    for note in notes:
        printer.text(f"Note: {note}")
    if notes:
        printer.text()


def missing_items(fit: Fit, profiles: Profiles) -> tuple[str, ...]:
    """Return the items of a fit that the profiles do not have."""
    return tuple(name for name in fit.schema.names if name not in profiles.schema.names)


def show_missing(printer: Printer, missing: Sequence[str], fit: Fit) -> None:
    """Print which items of the fit are missing in the file, if any."""
    if missing:
        items, verb = len(fit.schema.names), "is" if len(missing) == 1 else "are"
        printer.text(f"Note: {', '.join(missing)} {verb} not in this file: the types are assigned with "
                  f"{items - len(missing)} of the {counted(items, 'item')} of the fit.")  # fmt: skip
        printer.text()


def show_types(printer: Printer, fit: Fit, labels: Mapping[str, str]) -> None:
    """Print outcome probabilities in percent: one table a type, or one table of all when outcomes differ."""
    table = fit.table()
    by_item = {name: tuple(rows["outcome"]) for name, rows in table[table["type"] == 1].groupby("item", sort=False)}
    outcomes = list(dict.fromkeys(label for labels in by_item.values() for label in labels))
    ballots = set(outcomes) <= set(BALLOT_OUTCOMES)
    alike = len(outcomes) <= MOST_OUTCOMES and all(set(labels) == set(outcomes) for labels in by_item.values())
    if not (ballots or alike):
        _show_together(printer, fit, table, labels)
        return
    first = [label for label in BALLOT_OUTCOMES if label in outcomes]
    ordered = first + [label for label in outcomes if label not in first]
    name = "office" if ballots else "item"
    for k, type_name in enumerate(type_names(fit.shares), start=1):
        of_type = table[table["type"] == k].set_index(["item", "outcome"])["probability"].to_dict()
        rows = [[labels[str(item)], *(_percent(of_type.get((item, o))) for o in ordered)] for item in by_item]
        printer.title(type_name)
        printer.table([name, *map(str, ordered)], rows)
        printer.text()


def _show_together(printer: Printer, fit: Fit, table: pd.DataFrame, labels: Mapping[str, str]) -> None:
    wide = table.pivot_table(index=["item", "outcome"], columns="type", values="probability", sort=False)
    rows = [
        [labels[item], str(outcome), *(_percent(v) for v in values)]
        for (item, outcome), values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    printer.table(["item", "outcome", *type_names(fit.shares)], rows, left=2)
    printer.text()


def _percent(value: float | None) -> str:
    return "" if value is None or value != value else f"{100 * value:.1f}"


def show_account(printer: Printer, account: str, title: str = "Account") -> None:
    """Print the account as a paragraph."""
    if account:
        if title:
            printer.title(title)
        printer.text(account)


def fit_json(fit: Fit, file: str, saved: str | None, unit: str = "observation") -> dict[str, Any]:
    """Return a fit as a document: numbers, shares, table, flags with their sentences, account."""
    return {
        "command": "fit",
        "file": file,
        "saved": saved,
        "types": fit.types,
        "n": fit.n,
        "profiles": fit.profiles,
        "loglik": fit.loglik,
        "parameters": fit.n_parameters,
        "bic": fit.bic,
        "aic": fit.aic,
        "entropy_r2": fit.entropy,
        "status": fit.status,
        "starts": len(fit.ends),
        "hits": fit.hits,
        "direct": fit.direct,
        "shares": fit.shares.tolist(),
        "table": fit.table().to_dict("records"),
        "flags": flag_sentences(fit, unit),
        "notes": list(fit.notes),
        "account": dict(fit.account),
        "settings": dict(fit.settings),
    }


def show_comparison(printer: Printer, table: pd.DataFrame, wanted: Sequence[int]) -> None:
    """Print one row for each number of types, with the lowest BIC marked, then notes and what was not fitted."""
    best = int(table["bic"].to_numpy().argmin())
    rows = [
        [str(r["types"]), f"{r['loglik']:,.4f}", f"{r['parameters']:,}", f"{r['bic']:,.2f}{'*' if i == best else ' '}",
         f"{r['aic']:,.2f}", f"{r['bic_per_observation']:.5f}",
         f"{r['entropy_r2']:.4f}" if r["types"] > 1 else "",
         f"{r['hits']} of {r['starts']}", r["status"]]
        for i, r in enumerate(table.to_dict("records"))
    ]  # fmt: skip
    headers = ["types", "log-likelihood", "parameters", "BIC ", "AIC", "BIC / n", "entropy R2", "best by", "status"]
    printer.table(headers, rows, left=0, optional=OPTIONAL)
    chosen = int(table["types"].iloc[best])
    printer.text(f"* BIC is lowest at {counted(chosen, 'type')}. 'best by': starts that reached the best optimum.")
    for flag in ABOUT_TYPES:
        flagged = [k for k, flags in zip(table["types"], _flags(table), strict=True) if flag in flags]
        if flagged:
            printer.text(f"Note on {_types(flagged)}: {FLAGS[flag]}")
    missing = _not_fitted(table, wanted)
    if missing:
        were = "was" if len(missing) == 1 else "were"
        printer.text(f"Interrupted: {_types(missing)} {were} not fitted; the BIC is the lowest of the others.")


def comparison_json(table: pd.DataFrame, file: str, wanted: Sequence[int]) -> dict[str, Any]:
    """Return a comparison as a document."""
    best = table["bic"].to_numpy().argmin()
    rows = [{**row, "flags": flags} for row, flags in zip(table.to_dict("records"), _flags(table), strict=True)]
    return {"command": "compare", "file": file, "best_bic": int(table["types"].iloc[best]), "rows": rows,
            "not_fitted": _not_fitted(table, wanted)}  # fmt: skip


def _flags(table: pd.DataFrame) -> list[list[str]]:
    return [flags.split(", ") if flags else [] for flags in table["flags"]]


def _not_fitted(table: pd.DataFrame, wanted: Sequence[int]) -> list[int]:
    return [k for k in wanted if k not in set(table["types"])]


def _types(numbers: Sequence[int]) -> str:
    """Return "1 type", "2, 4-6 types"."""
    runs: list[list[int]] = []
    for k in sorted(numbers):
        if runs and k == runs[-1][-1] + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    ranges = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"{ranges} type{'s' * (ranges != '1')}"
