"""The account: what became of every record read, in counts that add up exactly (rule S13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Account", "Step"]


@dataclass(frozen=True)
class Step:
    """One sorting of `total` things into named parts.

    name: what was sorted and how ("records read"); unit: what is counted ("ballots"); total: how many came in;
    parts: reason -> how many. Raises AssertionError when the parts do not add up to the total.
    """

    name: str
    unit: str
    total: int
    parts: Mapping[str, int]

    def __post_init__(self) -> None:
        if sum(self.parts.values()) != self.total:
            raise AssertionError(
                f"account step {self.name!r}: parts {dict(self.parts)} do not add up to {self.total}"
            )

    def sentence(self) -> str:
        """Say the step in words, largest part first."""
        parts = sorted(((n, part) for part, n in self.parts.items() if n), reverse=True)
        told = "; ".join(f"{n:,} {part}" for n, part in parts) or "none"
        first, blank, rest = self.unit.partition(" ")
        unit = f"{first.removesuffix('s')}{blank}{rest}" if self.total == 1 else self.unit
        return f"{self.name}: {self.total:,} {unit} ({told})."


@dataclass(frozen=True)
class Account:
    """The steps from file to fitted rows, in order, with remarks that are not counts."""

    steps: tuple[Step, ...] = ()
    remarks: tuple[str, ...] = ()

    def __add__(self, other: Account) -> Account:
        return Account(self.steps + other.steps, self.remarks + other.remarks)

    def paragraph(self) -> str:
        """Return the account as a paragraph for a methods section."""
        return " ".join([*(step.sentence() for step in self.steps), *self.remarks])

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "steps": [
                {"name": s.name, "unit": s.unit, "total": s.total, "parts": dict(s.parts)} for s in self.steps
            ],
            "remarks": list(self.remarks),
        }
