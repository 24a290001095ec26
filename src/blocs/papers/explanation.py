"""explain: a fit in one paragraph, each sentence of which stands there only where its condition holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ballots import Coded
from ..ballots.reports.party_loyalty import office_bars
from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.schema import Item
from ..core.top_party import TOP
from ..inference.assignment import posterior_of_cells
from ..inference.diagnosis import APART, menu_shares_in_short
from ..inference.fitted_rows import observations
from ..inference.menu_shares import menus_differ
from ..profiles import Profiles, split
from ..profiles.group_items import group_item
from ..profiles.weights import may_be_sampling
from ..results.comparison_groups import comparisons_by
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from ..results.summary import ErrorTables
from .answer_sentences import set_apart
from .comparison_check import faults_of_comparison
from .count_sentences import blank_rule, blanks, one_party_races, opening, split_rates
from .record import Record, record_of
from .type_sentences import clarity, number_of_types, types_of, unstable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Explanation", "Sentence", "explain", "questions"]


class Sentence(NamedTuple):
    """A sentence, or two that belong together. part: what it is about, a name that does not change; text: its words."""

    part: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """A fit in words.

    Attributes
    ----------
    sentences : tuple of Sentence
        (part, text), in the order of reading. Parts: "record", "names", "votes", "blanks", "types", "menus", "races",
        "number", "clarity"; a part whose condition does not hold is not there.
    stable : bool
        Whether the types may be reported: the fit converged, two starts or more reached it, and the data can tell its
        types apart.
    reasons : tuple of str
        Why they may not.
    not_shown : tuple of str
        What the numbers do not show.

    See Also
    --------
    blocs.explain
    """

    sentences: tuple[Sentence, ...]
    stable: bool
    reasons: tuple[str, ...]
    not_shown: tuple[str, ...]

    @property
    def paragraph(self) -> str:
        """All sentences."""
        return " ".join(sentence.text for sentence in self.sentences)

    def text(self, part: str) -> str:
        """Return the sentence of a part, "" where it is not there."""
        return next((sentence.text for sentence in self.sentences if sentence.part == part), "")

    def __str__(self) -> str:
        return "\n".join([self.paragraph, "", "What this does not show:", *(f"- {line}" for line in self.not_shown)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.not_shown)
        return f"<p>{escape(self.paragraph)}</p><p>What this does not show:</p><ul>{lines}</ul>"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"paragraph": self.paragraph, "sentences": [sentence._asdict() for sentence in self.sentences],
                "stable": self.stable, "reasons": list(self.reasons), "not_shown": list(self.not_shown)}  # fmt: skip


def explain(
    fit: Fit | FitsByGroup,
    data: Profiles | Coded | None = None,
    *,
    errors: ErrorTables | None = None,
    comparison: pd.DataFrame | None = None,
    place: str = "",
    date: str = "",
    names: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Explanation:
    """Say in one paragraph what a fit shows, in words that are true of it.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of ballots, or of answers; fits by the party at the top of the ticket.
    data : Profiles or coded ballots, optional
        What was fitted. Without it, nothing is stated about single offices and about how clear types are.
    errors : StandardErrors or Bootstrap, optional
        Shares are then put into words that are true of their whole 95 per cent interval; without errors they are
        rounded to steps of 5 per cent.
    comparison : DataFrame, optional
        What `blocs.compare` returned for the same data, with a row of the fit's number of types; of fits by group, what
        `blocs.compare_by_group` returned.
    place, date : str
        Where and when the ballots were cast, as they are printed: "Madison, ward 9", "6 November 2018".
    names : mapping of str to str, optional
        Party -> name of its candidate at the top of the ticket, such as {"DEM": "Evers"}.
    labels : mapping of str to str, optional
        Office, or item of answers -> what it is called in the sentences.

    Returns
    -------
    Explanation
        Printable: the paragraph, and what it does not show.

    Raises
    ------
    InputError
        For names of parties that no voters are of, a comparison that is none or is of other data or groups, errors of
        fits by group, and place, date or names with a fit of answers.
    MismatchError
        If the data are not those that were fitted.

    Notes
    -----
    Counts come before types. Types are not described where the fit did not converge, fewer than two starts reached it,
    or the data cannot tell them apart: one sentence then gives the reason; nor where the 95 per cent interval of a
    share is wider than 40 points, which one sentence says. No office is counted with fewer than 100 voters of a party
    who had the choice, or 30 expected voters of a type. Of answers, the items whose most probable outcome in a type is
    20 points or more from its probability in the other types are named, two at most for each type; items that differ by
    group, and probabilities that a constraint gives, are not. Where a score test finds other shares of the types on
    some menus (p < .01, as in `blocs.diagnose`), "menus" says so.

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> print(blocs.explain(blocs.fit(profiles, types=1), profiles).paragraph)
    200 rows of answers to 3 questions are used here. A statistical model sums the answers up in 1 type. The number of
    types is a choice of the analyst.
    """
    fits = list(fit.fits.values()) if isinstance(fit, FitsByGroup) else [fit]
    record = record_of(fits[0].account, names)
    words = {"place": place, "date": date, "names": names} if record is None else {}
    _refuse(fit, errors, comparison, [name for name, given in words.items() if given])
    profiles = None if data is None else observations(fit, data)
    if profiles is not None:
        _check(fit, profiles)
    reasons = list(dict.fromkeys(reason for one in fits for reason in unstable(one)))
    noun = record.unit if record is not None else "rows" if _numbers(fits[0].schema.items) else "answers"
    sentences = _counts(fit, record, data, place, date, labels or {})
    if reasons:
        sentences["types"] = f"The types are not stable enough to report ({'; '.join(reasons)})."
    else:
        sentences["types"] = _types(fit, record, errors, noun, labels or {})
    if record is not None and " blank" in sentences["blanks"] + sentences["types"]:
        part = "blanks" if sentences["blanks"] else "types"
        sentences[part] = " ".join(filter(None, [sentences[part], blank_rule(fits[0].account, fits[0].schema)]))
    tested = None if profiles is None or reasons else _menu_shares(fit, profiles)
    sentences["menus"] = _doubt(tested or {}, record)
    sentences["races"] = "" if record is None else one_party_races(fits[0].schema)
    sentences["number"] = number_of_types(fits[0], _compared(fit, record, comparison))
    if profiles is not None and not reasons and fit.types > 1:
        sentences["clarity"] = _clarity(fit, profiles, "rows" if record is None else noun)
    stated = tuple(Sentence(part, text) for part, text in sentences.items() if text)
    not_shown = _not_shown(fit, fits, record, errors, sentences["types"])
    if tested is None and not reasons and fit.types > 1:
        not_shown.append("Whether the types have the same shares whatever was on the ballot: this was not tested.")
    return Explanation(stated, not reasons, tuple(reasons), tuple(not_shown))


def _refuse(
    fit: Fit | FitsByGroup, errors: ErrorTables | None, comparison: pd.DataFrame | None, of_ballots: list[str]
) -> None:
    """Refuse what has no effect; of_ballots: arguments that are given for a fit of answers and are of ballots."""
    faults = [Fault("it is for ballots only", argument=name, rule="The fit is of a table of answers",
                    remedy="Leave it out") for name in of_ballots]  # fmt: skip
    if errors is not None and isinstance(fit, FitsByGroup):
        faults.append(Fault("fits by group have no standard errors", argument="errors", remedy="Leave it out"))
    if comparison is not None:
        faults += faults_of_comparison(fit, comparison)
    if faults:
        raise InputError(*faults)


def _check(fit: Fit | FitsByGroup, profiles: Profiles) -> None:
    """Raise MismatchError where the data are not those that were fitted."""
    for one, part in _parts(fit, profiles).values():
        one.check(part)


def _parts(fit: Fit | FitsByGroup, profiles: Profiles) -> dict[Any, tuple[Fit, Profiles]]:
    """Return each fit beside its data: label of the group -> both, "" where one fit is of all."""
    if isinstance(fit, Fit):
        return {"": (fit, profiles)}
    return {label: (fit.fits[label], part) for label, part in split(profiles, fit.by).items() if label in fit.fits}


def _menu_shares(fit: Fit | FitsByGroup, profiles: Profiles) -> dict[Any, float] | None:
    """Return label of a group -> how far shares are apart by menu, where they are; None where that is not tested."""
    apart = {}
    for label, (one, part) in _parts(fit, profiles).items():
        if part.design and menus_differ(part):
            return None
        try:
            found = menu_shares_in_short(one, part, None)
        except UnsupportedError:
            return None
        if found is not None and found["p"] is not None and found["p"] < APART:
            apart[label] = found["largest"]
    return apart


def _doubt(apart: Mapping[Any, float], record: Record | None) -> str:
    """Return that the types have other shares on some menus, "" where none have.

    apart: label of the group, "" for all -> largest difference of a share on a menu from that of all.
    """
    if not apart:
        return ""
    where = "questions are missing" if record is None else "other contests or candidates were on the ballot"
    of = ", ".join(f"up to {100 * most:.1f} percentage points{f' ({label})' if label else ''}"
                   for label, most in apart.items())  # fmt: skip
    text = (f"The types have other shares where {where}, by {of}: the model does not allow for that, and its shares "
            "and probabilities may be biased.")  # fmt: skip
    if record is not None and len(record.parties) > 1 and "" in apart:
        text += " Fits of the voters of each party by themselves (`--by top`) do not assume the same shares for both."
    return text


def _counts(
    fit: Fit | FitsByGroup, record: Record | None, data: Profiles | Coded | None, place: str, date: str,
    labels: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    """Return the sentences that no model is in: part -> text, "" where the condition does not hold."""
    if record is None:
        one = fit.first if isinstance(fit, FitsByGroup) else fit
        are = "is" if round(fit.n) == 1 else "are"
        number, columns = counted(round(fit.n), "row"), _columns(one.schema.items)
        if may_be_sampling(dict(one.account).get("remarks", ())):
            number, are = f"{counted(_rows_used(one), 'row')}, weighted to {round(fit.n):,},", "are"
        return {"record": f"{number} {columns} {are} used here."}
    bars = None if data is None else office_bars(data)
    if bars is not None:
        bars = bars[bars["top"].isin([party.code for party in record.parties])].replace({"office": dict(labels)})
    return {
        "record": opening(record, place, date),
        "names": f"The {record.unit} carry no names: they show what was marked, not who marked it or why.",
        "votes": "" if bars is None else split_rates(bars, record),
        "blanks": "" if bars is None else blanks(bars),
    }


def _rows_used(fit: Fit) -> int:
    """Return how many rows of the table were fitted, from the account."""
    steps = [step for step in fit.account["steps"] if step["unit"] == "rows" and "used" in step["parts"]]
    return sum(int(step["parts"]["used"]) for step in steps)


def _numbers(items: Sequence[Item]) -> int:
    """Return the number of columns of counts and measurements."""
    kinds = [item.kind for item in items if item.kind is not None and item.kind.family != "known"]
    return sum(len(kind.parts) or 1 for kind in kinds)


def _columns(items: Sequence[Item]) -> str:
    """Return what the rows have: answers to questions, and columns of counts and measurements."""
    asked, numbers = len(questions([item for item in items if item.kind is None])), _numbers(items)
    parts = [f"of answers to {counted(asked, 'question')}"] * (asked > 0)
    return " and ".join([*parts, *[f"of {counted(numbers, 'column')} of numbers"] * (numbers > 0)])


def questions(items: Sequence[Item]) -> set[str]:
    """Return the questions that items are of: both of a joint item, and one for what are items of several groups."""
    return {
        name.removesuffix(group_item("", item.within[1]) if item.within else "")
        for item in items for name in ([half for half, _ in item.joint] if item.joint else [item.name])
    }  # fmt: skip


def _types(
    fit: Fit | FitsByGroup, record: Record | None, errors: ErrorTables | None, noun: str, labels: Mapping[str, str]
) -> str:
    """Return the sentences on the types: those of all, or of each group by itself."""
    if isinstance(fit, Fit):
        whole = "the rows" if record is None else "the voters used"
        return " ".join([types_of(fit, errors, whole, noun, labels), *_answers(fit, record, errors, whole, labels)])
    words = _words(fit, record)
    texts: list[str] = []
    for label, one in fit.fits.items():
        whole = words[label]
        texts += [types_of(one, None, whole, f"{noun} of {whole}", labels), *_answers(one, record, None, whole, labels)]
    return " ".join(texts)


def _words(fit: FitsByGroup, record: Record | None) -> dict[Any, str]:
    """Return label of a group -> who they are: voters of a party, or of its candidate."""
    called = {party.code: party.voters for party in record.parties} if record is not None and fit.by == TOP else {}
    return {label: called.get(label, f"the group {label}") for label in fit.fits}


def _compared(
    fit: Fit | FitsByGroup, record: Record | None, comparison: pd.DataFrame | None
) -> dict[str, tuple[Fit, pd.DataFrame]]:
    """Return whose types they are -> the fit and its comparison; nothing without a comparison."""
    if comparison is None:
        return {}
    if isinstance(fit, Fit):
        return {"": (fit, comparison)}
    words, tables = _words(fit, record), comparisons_by(comparison)
    return {words[label]: (one, tables[str(label)]) for label, one in fit.fits.items()}


def _answers(
    fit: Fit, record: Record | None, errors: ErrorTables | None, whole: str, labels: Mapping[str, str]
) -> Iterator[str]:
    """Give the sentences on the answers that set types apart; ballots have sentences of their own."""
    if record is None:
        yield from set_apart(fit, errors, whole, labels)


def _clarity(fit: Fit | FitsByGroup, profiles: Profiles, noun: str) -> str:
    cells = profiles.cells
    if cells is None:
        assert isinstance(fit, Fit)
        return clarity(fit.evaluate(profiles).posterior, profiles.weights, noun)
    return clarity(posterior_of_cells(fit, profiles), cells.counts, noun)


def _not_shown(
    fit: Fit | FitsByGroup, fits: list[Fit], record: Record | None, errors: ErrorTables | None, types: str
) -> list[str]:  # fmt: skip
    """Return what the numbers do not show; each line is there only where it applies. types: the sentences on them."""
    steps = ", so that sentences have them in steps of 5 per cent" if "roughly " in types.lower() else ""
    unit = "" if record is None else record.unit.removesuffix("s")
    lines = {
        "Why anybody voted in this way, and who they are.": record is not None,
        f"With which party anybody is registered: voters are grouped by their vote for {record and record.top}.":
            record is not None,
        "The type of a single voter: types describe many ballots together.": record is not None,
        "The type of a single person: types describe many rows together.": record is None,
        f"Anything about the {counted(record.set_aside if record else 0, unit)} set aside, and about people who "
        "cast none.": record is not None and record.set_aside > 0,
        "How voters choose between two parties in races that only one contested.":
            record is not None and bool(one_party_races(fits[0].schema)),
        f"That there are {fit.types} types and no more: other numbers describe the data, too.": fit.types > 1,
        f"How exact the shares of the types are: no standard errors were computed{steps}.": errors is None,
        "Whether the data determine all numbers of the model: this was not computed.":
            any(one.identified is None for one in fits),
    }  # fmt: skip
    return [line for line, applies in lines.items() if applies]
