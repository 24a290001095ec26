"""A fit and a comparison of fits, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..core.summary import listed
from .notes import grouped_notes, too_few
from .options import Files
from .percent import whole_percents
from .printer import Printer

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ..core.account import Account
    from ..inference.recommendation import Recommendation
    from ..profiles import Profiles
    from ..results.evaluation import Place
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["BALLOT_OUTCOMES", "FLAGS", "comparison_json", "fit_json", "missing_items", "percent", "reached",
           "show_account", "show_coefficients", "show_comparison", "show_missing", "show_notes", "show_numbers",
           "show_offices", "show_recommendation", "show_types", "show_unknown", "type_names",
           "unknown_menus"]  # fmt: skip

FLAGS = {
    "step_limit": "The fit did not converge within the limit of iterations. Continue it with --resume and larger "
                  "--steps.",
    "interrupted": "The fit was interrupted; this is the best solution so far.",
    "empty_type": "A type has less than half an observation. Use fewer types.",
    "boundary": "Some outcomes have probability 0 or 1 in a type (to 1e-6), and no standard error. "
                "`blocs.profile_interval` in Python computes the interval of such a probability.",
    "best_once": "Fewer than two starts reached the best log-likelihood by their own iterations, and there may be a "
                 "better one. Use more --starts.",
    "not_identified": "The parameters are not identified: others give (nearly) the same likelihood.",
    "not_checked": "Whether the data determine all parameters was not checked, as there are more than 3,000. "
                   "`blocs diagnose` computes what is known of them at the estimates.",
    "unknown": "Of some items a type has fewer than half an observation: its probabilities there are unknown, and left "
               "blank.",
}  # fmt: skip
"""What each flag means, in a sentence."""
ABOUT_TYPES = ("empty_type", "best_once", "not_identified")
"""Flags that matter for the choice of the number of types."""
ABOUT_ERRORS = ("boundary",)
"""Flags that matter for standard errors alone."""
SAMPLING = ("The weights are no whole numbers, and are counted as numbers of observations. Give sampling weights with "
            "--design-weights: they are rescaled to the number of rows.")  # fmt: skip
"""The note on weights that may be sampling weights."""
BALLOT_OUTCOMES = ("straight", "split", "abstain", "other")
"""Outcomes of ballots, in the order of the tables."""
MOST_OUTCOMES = 6
"""Outcomes that a table of one type has as columns."""
AT_THE_MODE = ("With a prior, the log-likelihood, AIC and BIC are those at the posterior mode, not at the maximum of "
               "the likelihood.")  # fmt: skip
"""The note on criteria under a prior."""
MOST_PLACES = 10
"""Menus that are listed where types say nothing of them."""
OPTIONAL = ("AIC", "BIC / n", "parameters", "entropy R2", "relative entropy")
"""Columns of a comparison that are left out where the table is too wide, in this order."""
_MOST_CONTESTS = 60
"""Contests that are printed with their office and district; --json has all."""


def type_names(shares: Iterable[float]) -> list[str]:
    """Return the names of all types in the tables: Type 1 (72 %), Type 2 (28 %)."""
    return [f"Type {k} ({percent} %)" for k, percent in enumerate(whole_percents(shares), start=1)]


def reached(fit: Fit) -> str:
    """Return how many starts reached the best optimum by their own iterations, and after moves: 3 of 20 starts."""
    more = " more" if fit.hits else ""
    moved = f", and by {fit.moved:,}{more} after moves of types" if fit.moved else ""
    asked = len(fit.ends) if fit.settings["init"] else fit.settings["starts"]
    doubled = f" ({asked:,} asked for; more were drawn, as fewer than two had reached it)"
    return f"{fit.hits:,} of {counted(len(fit.ends), 'start')}{doubled if len(fit.ends) > asked else ''}{moved}"


def flag_sentences(fit: Fit, unit: str = "observation") -> dict[str, str]:
    """Return flag -> sentence."""
    few = too_few(fit, unit)
    flags = {flag: FLAGS.get(flag, f"The fit is flagged {flag!r}.") for flag in fit.flags}
    if fit.separated:
        also = "boundary" in replace(fit, separated={}).flags
        flags["boundary"] = " ".join([*([FLAGS["boundary"]] if also else []), _separated(fit)])
    return {"few": few, **flags} if few else flags


def _separated(fit: Fit) -> str:
    """Return the sentence on coefficients of covariates that are infinite."""
    return (f"Covariates separate types: coefficients of {listed(list(fit.separated), 3)} are infinite, and the "
            "numbers are where the fit stopped.")  # fmt: skip


def show_numbers(printer: Printer, fit: Fit, unit: str) -> None:
    """Print the numbers of a fit."""
    n, profiles = counted(round(fit.n), unit), counted(fit.profiles, "profile")
    printer.title(f"{counted(fit.types, 'type')}, {n}, {profiles}")
    printer.text()
    numbers = [("log-likelihood", f"{fit.loglik:,.4f}"), ("parameters", f"{fit.n_parameters:,}"),
               ("BIC", f"{fit.bic:,.2f}"), ("AIC", f"{fit.aic:,.2f}"),
               ("relative entropy", _entropy(fit.relative_entropy)), ("entropy R2", _entropy(fit.entropy_r2)),
               ("status", fit.status)]  # fmt: skip
    for name, value in numbers:
        if value:
            printer.text(f"{name:<17} {value}")
    if fit.mixture.membership.pseudo:
        printer.text(AT_THE_MODE)
    printer.text(f"Best optimum reached by {reached(fit)}.")
    printer.text()


def show_notes(printer: Printer, fit: Fit, unit: str, labels: Mapping[str, str], errors: bool = False) -> None:
    """Print what to know of a fit, and what was left out of its data; errors: whether it has standard errors."""
    from ..profiles.weights import may_be_sampling
    from ..results.summary import of_constraints

    flags = [text for flag, text in flag_sentences(fit, unit).items() if flag not in ABOUT_ERRORS or errors]
    weighted = [SAMPLING] * may_be_sampling(dict(fit.account).get("remarks", ()))
    notes = [*of_constraints(fit), *weighted, *flags,
             *grouped_notes(fit.notes, "office" if unit == "voter" else "item", labels)]  # fmt: skip
    for note in notes:
        printer.text(f"Note: {note}")
    if notes:
        printer.text()


def _entropy(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.4f}"


def missing_items(fit: Fit, profiles: Profiles) -> tuple[str, ...]:
    """Return the items of a fit that the profiles do not have."""
    there = profiles.schema.names
    return tuple(item.name for item in fit.schema.items
                 if item.name not in there and (item.within is None or item.within[0] not in there))  # fmt: skip


def show_missing(printer: Printer, missing: Sequence[str], fit: Fit) -> None:
    """Print which items of the fit are missing in the file, if any."""
    if missing:
        items, verb = len(fit.schema.names), "is" if len(missing) == 1 else "are"
        printer.text(f"Note: {', '.join(missing)} {verb} not in this file: the types are assigned with "
                  f"{items - len(missing)} of the {counted(items, 'item')} of the fit.")  # fmt: skip
        printer.text()


def show_unknown(printer: Printer, menus: Sequence[Mapping[str, Any]], unit: str, rows: int | None) -> None:
    """Print what `unknown_menus` returned, if anything, and in how many rows of the output it matters."""
    if not menus:
        return
    printer.text("Note: the data of the fit do not say how these types choose from these menus. There they have the "
              "probabilities of the other types, so that the item does not change their posterior:")  # fmt: skip
    for of in menus[:MOST_PLACES]:
        menu, group = (f" ({of[key]})" if of.get(key) else "" for key in ("menu", "group"))
        types = ", ".join(map(str, of["types"]))
        printer.text(f"  {of['item']}{menu}{group}: type{'s' * (len(of['types']) > 1)} {types}, "
                  f"{counted(round(of['observations']), unit)}")  # fmt: skip
    if len(menus) > MOST_PLACES:
        printer.text(f"  and {counted(len(menus) - MOST_PLACES, 'more menu')}")
    if rows is not None:
        printer.text(f"Such types have a posterior of 1 % or more, in the column 'unknown', in {counted(rows, 'row')}.")
    printer.text()


def unknown_menus(fit: Fit | FitsByGroup, profiles: Profiles) -> list[dict[str, Any]]:
    """Return the menus of which types say nothing: item, menu, types (from 1), observations, and the group if any."""
    from ..results.fits_by_group import FitsByGroup

    if isinstance(fit, FitsByGroup):
        of_groups = fit.unknown(profiles).items()
        return [menu | {"group": label} for label, (places, counts) in of_groups for menu in _menus(places, counts)]
    return _menus(fit.unknown(profiles), profiles.counts)


def _menus(places: Sequence[Place], counts: NDArray[np.float64]) -> list[dict[str, Any]]:
    return [
        {"item": place.item, "menu": place.menu, "types": (place.types.nonzero()[0] + 1).tolist(),
         "observations": float(counts[place.rows].sum())}
        for place in places
    ]  # fmt: skip


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
        rows = [[labels[str(item)], *(percent(of_type.get((item, o))) for o in ordered)] for item in by_item]
        printer.title(type_name)
        printer.table([name, *map(str, ordered)], rows)
        printer.text()


def show_coefficients(printer: Printer, fit: Fit) -> None:
    """Print the coefficients of covariates, if there are any: a column for each type but the first."""
    if fit.design is None or fit.types == 1:
        return
    wide = fit.coefficients().set_index(["term", "type"])["coefficient"].unstack(sort=False)
    printer.title("Coefficients: log-odds of a type against type 1")
    each = zip(wide.index, wide.to_numpy(), strict=True)
    rows = [[str(term), *(f"{value:.4f}" for value in values)] for term, values in each]
    printer.table(["term", *type_names(fit.shares)[1:]], rows)
    printer.text("The shares of the types are means over the rows.")
    printer.text()


def _show_together(printer: Printer, fit: Fit, table: pd.DataFrame, labels: Mapping[str, str]) -> None:
    wide = table.set_index(["item", "outcome", "type"])["probability"].unstack(sort=False)
    rows = [
        [labels[item], str(outcome), *(percent(v) for v in values)]
        for (item, outcome), values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    printer.table(["item", "outcome", *type_names(fit.shares)], rows, left=2)
    printer.text()


def percent(value: float | None) -> str:
    """Return a share in per cent, nothing where there is none."""
    return "" if value is None or value != value else f"{100 * value:.1f}"


def show_account(printer: Printer, account: Account, title: str = "Account") -> None:
    """Print the account as a paragraph, and the contests that are coded with what was read from their names."""
    paragraph = account.paragraph()
    if paragraph:
        if title:
            printer.title(title)
        printer.text(paragraph)
    coded = [row for row in account.tables.get("offices", ()) if not row["use"].startswith("left out")]
    if coded:
        printer.text()
        show_offices(printer, coded)


def show_offices(printer: Printer, contests: Sequence[Mapping[str, str]]) -> None:
    """Print which office and district each contest is of, as read from the names or given by the candidate table."""
    rows = [[row["office"], row["district"], row["contest"]] for row in contests[:_MOST_CONTESTS]]
    printer.table(["office", "district", "contest"], rows, left=3)
    further = len(contests) - len(rows)
    if further > 0:
        printer.text(f"{counted(further, 'further contest is', 'further contests are')} in the output of --json.")


def fit_json(fit: Fit, file: Files, saved: str | None, unit: str = "observation") -> dict[str, Any]:
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
        "criteria_at": criteria_at(fit.mixture.membership.pseudo),
        "relative_entropy": fit.relative_entropy,
        "entropy_r2": fit.entropy_r2,
        "status": fit.status,
        "starts": len(fit.ends),
        "hits": fit.hits,
        "moved": fit.moved,
        "shares": fit.shares.tolist(),
        "coefficients": None if fit.design is None else fit.coefficients().to_dict("records"),
        "table": fit.table().to_dict("records"),
        "flags": flag_sentences(fit, unit),
        "notes": list(fit.notes),
        "account": dict(fit.account),
        "settings": dict(fit.settings),
    }


def criteria_at(prior: float) -> str:
    """Return at which parameters the log-likelihood, AIC and BIC are."""
    return "posterior mode" if prior else "maximum likelihood"


def show_comparison(printer: Printer, table: pd.DataFrame, wanted: Sequence[int], prior: float = 0.0) -> None:
    """Print one row for each number of types, with the lowest BIC marked, then notes and what was not fitted."""
    best = int(table["bic"].to_numpy().argmin())
    mark = "*" if len(table) > 1 else " "
    held_out, blrt = (bool(table[name].notna().any()) for name in ("held_out", "blrt_p"))
    rows = [
        [str(r["types"]), f"{r['loglik']:,.4f}", f"{r['parameters']:,}", f"{r['bic']:,.2f}{mark if i == best else ' '}",
         f"{r['aic']:,.2f}", f"{r['bic_per_observation']:.5f}",
         _entropy(r["relative_entropy"]), _entropy(r["entropy_r2"]),
         *([f"{r['held_out']:.5f}"] if held_out else []),
         *(["" if r["blrt_p"] != r["blrt_p"] else f"{r['blrt_p']:.4f}"] if blrt else []),
         f"{r['hits']} of {r['starts']}", r["status"]]
        for i, r in enumerate(table.to_dict("records"))
    ]  # fmt: skip
    headers = ["types", "log-likelihood", "parameters", "BIC ", "AIC", "BIC / n", "relative entropy", "entropy R2",
               *(["held out"] if held_out else []), *(["BLRT p"] if blrt else []), "best by", "status"]  # fmt: skip
    printer.table(headers, rows, left=0, optional=OPTIONAL)
    chosen = int(table["types"].iloc[best])
    by = "starts that reached the best optimum by their own iterations"
    lowest = f"* BIC is lowest at {counted(chosen, 'type')}. " if len(table) > 1 else ""
    printer.text(f"{lowest}'best by': {by}.")
    if blrt:
        printer.text("'BLRT p': p-value of one type less, by the bootstrap likelihood-ratio test.")
    if prior:
        printer.text(AT_THE_MODE)
    for flag in ABOUT_TYPES:
        flagged = [k for k, flags in zip(table["types"], _flags(table), strict=True) if flag in flags]
        if flagged:
            printer.text(f"Note on {_types(flagged)}: {FLAGS[flag]}")
    missing = _not_fitted(table, wanted)
    if missing:
        were = "was" if len(missing) == 1 else "were"
        printer.text(f"Interrupted: {_types(missing)} {were} not fitted; the BIC is the lowest of the others.")


def show_recommendation(printer: Printer, advice: Recommendation) -> None:
    """Print the number of types that is recommended, with the reasons."""
    title, *reasons = str(advice).splitlines()
    printer.title(title)
    for reason in reasons:
        printer.text(reason.strip(), indent="  ")


def comparison_json(table: pd.DataFrame, file: Files, wanted: Sequence[int], prior: float = 0.0) -> dict[str, Any]:
    """Return a comparison as a document."""
    best = table["bic"].to_numpy().argmin()
    rows = [{**row, "flags": flags} for row, flags in zip(table.to_dict("records"), _flags(table), strict=True)]
    return {"command": "compare", "file": file, "best_bic": int(table["types"].iloc[best]),
            "criteria_at": criteria_at(prior), "rows": rows,
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
