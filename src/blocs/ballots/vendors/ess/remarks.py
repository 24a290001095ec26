"""What the account says of how an ES&S table was read: columns that are no contests or may be several, blank cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ....core.errors import counted
from ...catalogue import UNDER, WRITE_IN
from ...vote_limits import vote_limits
from .headings import Column, is_id_heading
from .same_heading import are_questions, perhaps_several
from .sheets import Shown

__all__ = ["of_one_heading", "remarks_of"]


def remarks_of(
    where: str, shown: Shown, blank: int | None, meanings: Mapping[tuple[int, str], int], others: Iterable[str]
) -> tuple[str, ...]:
    """Say which columns are no contests by their cells, and what became of blank cells. others: headings of ids."""
    remarks = []
    if by_cells := [heading for heading in others if not is_id_heading(heading)]:
        remarks.append(f"{where}: no contests, by their cells (numbers alone, one word in all rows, or hardly any "
                       f"cell twice): {', '.join(by_cells)}.")  # fmt: skip
    if shown.blanks:
        read_as = {WRITE_IN: "write-ins", UNDER: "undervotes", None: "contests that are not on the ballot"}[blank]
        cells = counted(shown.blanks, "blank cell")
        remarks.append(f"{where}: {cells} in contests that the row shows {_was(shown.blanks)} read as {read_as}.")
        if blank == WRITE_IN and UNDER not in meanings.values():
            remarks.append(f"{where}: no cell says undervote; if blank cells do, read them so (`blank=`).")
    if shown.elsewhere:
        cells = counted(shown.elsewhere, "cell")
        remarks.append(f"{where}: {cells} {_was(shown.elsewhere)} blank in a contest that no row of the precinct "
                       "fills; the rows do not show it.")  # fmt: skip
    if shown.sheets:
        rows = counted(shown.sheets, "row")
        remarks.append(f"{where}: {rows} {'has' if shown.sheets == 1 else 'have'} contests of the ballot style "
                       "blank that stand on another sheet; the rows do not show them.")  # fmt: skip
    return tuple(remarks)


def of_one_heading(
    where: str, contests: Iterable[Sequence[Column]], words: Mapping[int, Iterable[str]]
) -> tuple[str, ...]:
    """Say which columns under one heading are contests of their own, or may be, by their names or by the heading."""
    contests = [*contests]
    alike: dict[str, list[Sequence[Column]]] = {}
    for of in contests:
        alike.setdefault(of[0].heading.casefold(), []).append(of)
    parted = tuple(
        f"{where}: {sum(map(len, parts))} columns are headed {parts[0][0].heading!r} and share no name; they were read "
        f"as {len(parts)} contests."
        for parts in alike.values()
        if len(parts) > 1 and not are_questions(chain.from_iterable(parts), words)
    )
    return parted + tuple(
        f"{where}: {len(of)} columns are headed {of[0].heading!r} and share no name; they were read as {len(of)} votes "
        "in one contest. If they are contests of their own, give them different headings."
        for of in contests
        if perhaps_several(of, words)
    ) + tuple(
        f"{where}: {len(of)} columns are headed {of[0].heading!r}, which says fewer votes; they were read as {len(of)} "
        "votes in one contest. If they are ranks or contests of their own, give them different headings."
        for of in contests
        if _says_fewer(of)
    )  # fmt: skip


def _says_fewer(of: Sequence[Column]) -> bool:
    """Say whether the heading of the votes of one contest says fewer than there are columns."""
    heading = of[0].heading
    name, votes, _ = vote_limits(heading)
    return name != heading and votes < len(of) and not any(column.rank for column in of)


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
