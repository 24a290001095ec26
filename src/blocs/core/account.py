"""The account: what became of every row that was read, in counts that add up exactly (rule S13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

__all__ = ["Account", "Step", "added_up"]


@dataclass(frozen=True)
class Step:
    """One step from the file to the fitted rows: a total that is divided into parts.

    Parameters
    ----------
    name : str
        What was divided, for example "Records read".
    unit : str
        What is counted, in the plural, for example "ballots".
    total : int
        How many there were before the step.
    parts : mapping
        From a part's description to how many there are of it.

    Raises
    ------
    AssertionError
        If the parts do not add up to the total.

    Examples
    --------
    >>> Step("Rows read", "rows", 5, {"used": 4, "set aside, weight zero": 1}).sentence()
    'Rows read: 5 rows (4 used; 1 set aside, weight zero).'
    """

    name: str
    unit: str
    total: int
    parts: Mapping[str, int]

    def __post_init__(self) -> None:
        if sum(self.parts.values()) != self.total:
            raise AssertionError(f"account step {self.name!r}: parts {dict(self.parts)} do not add up to {self.total}")

    def sentence(self) -> str:
        """Return the step as a sentence, the largest part first."""
        parts = "; ".join(f"{n:,} {part}" for n, part in self._largest_first()) or "none"
        first, blank, rest = self.unit.partition(" ")
        unit = f"{first.removesuffix('s')}{blank}{rest}" if self.total == 1 else self.unit
        return f"{self.name}: {self.total:,} {unit} ({parts})."

    def _largest_first(self) -> list[tuple[int, str]]:
        return sorted(((n, part) for part, n in self.parts.items() if n), reverse=True)

    def html_rows(self) -> str:
        """Return the step as rows of a table, the largest part first."""
        rows = [(f"<b>{escape(self.name)}</b>", self.total, escape(self.unit))]
        rows += [("", n, escape(part)) for n, part in self._largest_first()]
        return "".join(f"<tr><td>{name}</td><td>{n:,}</td><td>{what}</td></tr>" for name, n, what in rows)


@dataclass(frozen=True)
class Account:
    """What became of every row, from the file to the fit.

    Parameters
    ----------
    steps : tuple of Step
        The steps in their order.
    remarks : tuple of str
        Sentences that are not about counts.
    tables : mapping
        Name of a table -> its rows, each a mapping from column to text: what was decided for each of many things.

    Examples
    --------
    >>> Account((Step("Rows read", "rows", 5, {"used": 5}),), ("No row has a weight.",))
    Rows read: 5 rows (5 used).
    No row has a weight.
    """

    steps: tuple[Step, ...] = ()
    remarks: tuple[str, ...] = ()
    tables: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Account:
        """Inverse of `to_dict`."""
        steps = tuple(Step(s["name"], s["unit"], s["total"], s["parts"]) for s in data["steps"])
        return cls(steps, tuple(data["remarks"]), data["tables"])

    def __add__(self, other: Account) -> Account:
        return Account(self.steps + other.steps, self.remarks + other.remarks, {**self.tables, **other.tables})

    def __repr__(self) -> str:
        return "\n".join(self._sentences()) or "<Account without steps>"

    def _repr_html_(self) -> str:
        remarks = "".join(f"<p>{escape(remark)}</p>" for remark in self.remarks)
        steps = f"<table>{''.join(step.html_rows() for step in self.steps)}</table>"
        return steps + remarks + "".join(_html_table(name, rows) for name, rows in self.tables.items())

    def _sentences(self) -> list[str]:
        return [*(step.sentence() for step in self.steps), *self.remarks]

    def paragraph(self) -> str:
        """Return the account as a paragraph for a methods section."""
        return " ".join(self._sentences())

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "steps": [{"name": s.name, "unit": s.unit, "total": s.total, "parts": dict(s.parts)} for s in self.steps],
            "remarks": list(self.remarks),
            "tables": {name: [dict(row) for row in rows] for name, rows in self.tables.items()},
        }


def added_up(accounts: Iterable[Account]) -> Account:
    """Return one account of parts that were read in the same way: a step that several have is one, with all counts.

    Examples
    --------
    >>> one = Account((Step("Rows read", "rows", 5, {"used": 4, "set aside, weight zero": 1}),))
    >>> added_up([one, Account((Step("Rows read", "rows", 3, {"used": 3}),))])
    Rows read: 8 rows (7 used; 1 set aside, weight zero).
    """
    totals: dict[tuple[str, str], Counter[str]] = {}
    remarks: dict[str, None] = {}
    tables: dict[str, list[Mapping[str, str]]] = {}
    for account in accounts:
        for step in account.steps:
            totals.setdefault((step.name, step.unit), Counter()).update(step.parts)
        remarks |= dict.fromkeys(account.remarks)
        for name, rows in account.tables.items():
            tables[name] = [*tables.get(name, []), *(row for row in rows if row not in tables.get(name, []))]
    steps = (Step(name, unit, parts.total(), dict(parts)) for (name, unit), parts in totals.items())
    return Account(tuple(steps), tuple(remarks), tables)


def _html_table(name: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return a table of an account, with its name above."""
    columns = list(rows[0]) if rows else []
    header = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(row[c])}</td>" for c in columns) + "</tr>" for row in rows)
    return f"<table><caption>{escape(name)}</caption><tr>{header}</tr>{body}</table>"
