"""What `blocs compare` prints: one comparison of all observations, or one for each party at the top of the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from .exit_codes import ExitCode
from .options import Files
from .printer import Printer
from .show import comparison_json, show_comparison, show_recommendation

if TYPE_CHECKING:
    import pandas as pd

    from ..presentation import Table

__all__ = ["Comparisons"]

TOGETHER = (
    "These numbers compare with those of one fit of all voters, in which the types are alike in both parties. The "
    "parties need not have as many types: a party's own table says what its voters ask for."
)


@dataclass(frozen=True)
class Comparisons:
    """Comparisons of numbers of types.

    tables: group -> what `compare_table` returned, of one group "" where `by` is None; wanted: the numbers of types
    that were asked for; prior, draws: of the fits and of the bootstrap tests, as the caller gave them.
    """

    tables: Mapping[Any, pd.DataFrame]
    by: str | None
    wanted: Sequence[int]
    prior: float
    draws: int | None

    @property
    def table(self) -> pd.DataFrame:
        """All rows, with the group in the first column where there are groups."""
        from ..inference.by_group import joined

        return self.tables[""] if self.by is None else joined(self.tables, self.by)

    @property
    def papers(self) -> list[Table]:
        """The tables of a paper: criteria, and where the starts ended, of each group."""
        from ..papers import fit_criteria, starts
        from ..results.comparison_groups import comparisons_by

        own = comparisons_by(self.table).values() if self.by is not None else [self.table]
        return [of for one in own for of in (fit_criteria(one, draws=self.draws), starts(one))]

    @property
    def interrupted(self) -> bool:
        """Whether a fit was interrupted or not begun, or the comparison of a group."""
        return any("interrupted" in set(one["status"]) or len(one) < len(self.wanted) for one in self.tables.values())

    @property
    def code(self) -> int:
        """3 if the fit with the lowest BIC, of any group, did not converge."""
        best = [one["status"].iloc[one["bic"].to_numpy().argmin()] for one in self.tables.values()]
        return ExitCode.DONE if set(best) == {"converged"} else ExitCode.NOT_CONVERGED

    def show(self, printer: Printer) -> None:
        """Print each comparison with what is recommended; of several groups, also the criteria of all together."""
        from ..inference.recommendation import recommend

        for label, one in self.tables.items():
            if self.by is not None:
                printer.title(f"{self.by.capitalize()} {label}: {counted(round(one['n'].iloc[0]), 'voter')}")
            show_comparison(printer, one, self.wanted, self.prior)
            printer.text()
            show_recommendation(printer, recommend(one))
            printer.text()
        if self.by is not None:
            _show_together(printer, self.table)
            printer.text()

    def to_dict(self, file: Files) -> dict[str, Any]:
        """Return a document: one comparison, or one for each group and all together."""
        from ..inference.by_group import together
        from ..inference.recommendation import recommend

        each = {}
        for label, one in self.tables.items():
            advice = recommend(one)
            each[label] = {**comparison_json(one, file, self.wanted, self.prior),
                           "recommended": {"types": advice.types, "reasons": list(advice.reasons)}}  # fmt: skip
        if self.by is None:
            return each[""]
        return {"command": "compare", "file": file, "by": self.by,
                "groups": [{"label": label, **of} for label, of in each.items()],
                "together": together(self.table).to_dict("records")}  # fmt: skip


def _show_together(printer: Printer, table: pd.DataFrame) -> None:
    from ..inference.by_group import together

    whole = together(table)
    if not len(whole):
        return
    rows = [[str(row["types"]), f"{row['loglik']:,.4f}", f"{row['parameters']:,}", f"{row['bic']:,.2f}",
             f"{row['aic']:,.2f}"] for row in whole.to_dict("records")]  # fmt: skip
    printer.title(f"Together: {counted(round(whole['n'].iloc[0]), 'voter')}")
    printer.table(["types", "log-likelihood", "parameters", "BIC", "AIC"], rows, left=0)
    printer.text(TOGETHER)
