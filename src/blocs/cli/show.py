"""Show: a fit and a comparison as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from .page import Page

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["FLAGS", "comparison_json", "fit_json", "missing_items", "reached", "show_account", "show_comparison",
           "show_fit", "show_missing", "type_name"]  # fmt: skip

FLAGS = {
    "step_limit": "The fit stopped at the limit of passes before it converged: raise --steps and --resume it.",
    "interrupted": "The fit was interrupted: this is the best so far. Go on with --resume.",
    "empty_type": "A type holds less than half an observation: the data ask for fewer types.",
    "boundary": "Some outcomes have probability 0 or 1 in a type (to 1e-6): their standard errors mean nothing, and "
                "a small --prior keeps them inside.",
    "best_once": "Only one start reached the best log-likelihood: a better one may exist. Use more --starts.",
    "not_identified": "The parameters are not identified: other values give the same likelihood.",
}  # fmt: skip
"""What each flag means, in a sentence."""
TOLD = ("empty_type", "best_once", "not_identified")
"""Flags that bear on the number of types."""
_FIRST = ("straight", "split", "abstain", "other")
"""Outcomes of ballots in the order users look at them."""
_MOST_OUTCOMES = 6
SPARE = ("AIC", "BIC / n", "parameters", "entropy R2")
"""Columns of a comparison that a narrow page goes without, the first of them first."""


def type_name(number: int, share: float) -> str:
    """Return a type as users name it: Type 2 (28 %)."""
    return f"Type {number} ({100 * share:.0f} %)"


def reached(fit: Fit) -> str:
    """Return how many starts reached the best optimum: 3 of 20 starts."""
    return f"{fit.hits:,} of {counted(len(fit.ends), 'start')}"


def flag_sentences(fit: Fit) -> dict[str, str]:
    """Return flag -> sentence."""
    return {flag: FLAGS.get(flag, f"The fit is flagged {flag!r}.") for flag in fit.flags}


def show_fit(page: Page, fit: Fit, unit: str = "observation") -> None:
    """Print a fit: the numbers, the types, how the starts ended, what to know."""
    n, profiles = counted(round(fit.n), unit), counted(fit.profiles, "profile")
    page.title(f"{counted(fit.types, 'type')}, {n}, {profiles}")
    page.text()
    entropy = "" if fit.entropy is None else f"{fit.entropy:.4f}"
    numbers = [("log-likelihood", f"{fit.loglik:,.4f}"), ("parameters", f"{fit.n_parameters:,}"),
               ("BIC", f"{fit.bic:,.2f}"), ("AIC", f"{fit.aic:,.2f}"), ("entropy R2", entropy),
               ("status", fit.status)]  # fmt: skip
    for name, value in numbers:
        if value:
            page.text(f"{name:<15} {value}")
    direct = "" if fit.direct == fit.hits else f", by {fit.direct} without exchanging types"
    page.text(f"Best optimum reached by {reached(fit)}{direct}.")
    page.text()
    show_types(page, fit)
    for sentence in flag_sentences(fit).values():
        page.text(f"Note: {sentence}")
    for note in fit.notes:
        page.text(f"Note: {note}")
    if fit.flags or fit.notes:
        page.text()


def missing_items(fit: Fit, profiles: Profiles) -> tuple[str, ...]:
    """Return the items of a fit that the profiles do not have."""
    return tuple(name for name in fit.schema.names if name not in profiles.schema.names)


def show_missing(page: Page, missing: Sequence[str], fit: Fit) -> None:
    """Say which items of the fit are missing in the file, if any."""
    if missing:
        items, verb = len(fit.schema.names), "is" if len(missing) == 1 else "are"
        page.text(f"Note: {', '.join(missing)} {verb} not in this file: types are told by {items - len(missing)} of "
                  f"the {counted(items, 'item')} that were fitted.")  # fmt: skip
        page.text()


def show_types(page: Page, fit: Fit) -> None:
    """Print outcome probabilities in percent: one table a type, or one table of all when outcomes differ."""
    table = fit.table()
    by_item = {name: tuple(rows["outcome"]) for name, rows in table[table["type"] == 1].groupby("item", sort=False)}
    outcomes = list(dict.fromkeys(label for labels in by_item.values() for label in labels))
    if len(outcomes) > _MOST_OUTCOMES or not all(set(labels) == set(outcomes) for labels in by_item.values()):
        ballot = set(outcomes) <= set(_FIRST)
        if not ballot:
            _show_together(page, fit, table)
            return
    ordered = [label for label in _FIRST if label in outcomes] + [label for label in outcomes if label not in _FIRST]
    name = "office" if set(outcomes) <= set(_FIRST) else "item"
    for k, share in enumerate(fit.shares, start=1):
        mine = table[table["type"] == k]
        found = dict(zip(zip(mine["item"], mine["outcome"], strict=True), mine["probability"], strict=True))
        rows = [[str(item), *(_percent(found.get((item, o))) for o in ordered)] for item in by_item]
        page.title(type_name(k, share))
        page.table([name, *map(str, ordered)], rows)
        page.text()


def _show_together(page: Page, fit: Fit, table: pd.DataFrame) -> None:
    wide = table.pivot_table(index=["item", "outcome"], columns="type", values="probability", sort=False)
    rows = [
        [str(item), str(outcome), *(_percent(v) for v in values)]
        for (item, outcome), values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    page.table(["item", "outcome", *(type_name(k, s) for k, s in enumerate(fit.shares, start=1))], rows, left=2)
    page.text()


def _percent(value: float | None) -> str:
    return "" if value is None or value != value else f"{100 * value:.1f}"


def show_account(page: Page, account: str, title: str = "Account") -> None:
    """Print the account as a paragraph."""
    if account:
        if title:
            page.title(title)
        page.text(account)


def fit_json(fit: Fit, file: str, saved: str | None) -> dict[str, Any]:
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
        "flags": flag_sentences(fit),
        "notes": list(fit.notes),
        "account": dict(fit.account),
        "settings": dict(fit.settings),
    }


def show_comparison(page: Page, table: pd.DataFrame, asked: Sequence[int]) -> None:
    """Print one row per number of types; the lowest BIC is marked. Then what to know of them, and what is missing."""
    best = int(table["bic"].to_numpy().argmin())
    rows = [
        [str(r["types"]), f"{r['loglik']:,.4f}", f"{r['parameters']:,}", f"{r['bic']:,.2f}{'*' if i == best else ' '}",
         f"{r['aic']:,.2f}", f"{r['bic_per_observation']:.5f}",
         f"{r['entropy_r2']:.4f}" if r["types"] > 1 else "",
         f"{r['hits']} of {r['starts']}", r["status"]]
        for i, r in enumerate(table.to_dict("records"))
    ]  # fmt: skip
    headers = ["types", "log-likelihood", "parameters", "BIC ", "AIC", "BIC / n", "entropy R2", "best by", "status"]
    page.table(headers, rows, left=0, spare=SPARE)
    chosen = int(table["types"].iloc[best])
    page.text(f"* BIC is lowest at {counted(chosen, 'type')}. 'best by': starts that reached the best optimum.")
    for flag in TOLD:
        known = [k for k, flags in zip(table["types"], _flags(table), strict=True) if flag in flags]
        if known:
            page.text(f"Note on {_types(known)}: {FLAGS[flag]}")
    missing = _not_fitted(table, asked)
    if missing:
        page.text(f"Interrupted: {_types(missing)} not fitted, and not in what is said of the BIC.")


def comparison_json(table: pd.DataFrame, file: str, asked: Sequence[int]) -> dict[str, Any]:
    """Return a comparison as a document."""
    best = table["bic"].to_numpy().argmin()
    rows = [{**row, "flags": flags} for row, flags in zip(table.to_dict("records"), _flags(table), strict=True)]
    return {"command": "compare", "file": file, "best_bic": int(table["types"].iloc[best]), "rows": rows,
            "not_fitted": _not_fitted(table, asked)}  # fmt: skip


def _flags(table: pd.DataFrame) -> list[list[str]]:
    return [flags.split(", ") if flags else [] for flags in table["flags"]]


def _not_fitted(table: pd.DataFrame, asked: Sequence[int]) -> list[int]:
    return [k for k in asked if k not in set(table["types"])]


def _types(numbers: Sequence[int]) -> str:
    """Return "1 type", "2, 4-6 types"."""
    runs: list[list[int]] = []
    for k in sorted(numbers):
        if runs and k == runs[-1][-1] + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    told = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"{told} type{'s' * (told != '1')}"
