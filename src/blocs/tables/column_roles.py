"""Columns: which column of a table plays which role, by the user's word or by a known name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import Fault, InputError, nearest

__all__ = ["KNOWN", "ROW", "find_columns", "own_name", "refuse_missing"]

KNOWN: dict[str, tuple[str, ...]] = {
    "state": ("state",),
    "county": ("county_name", "county"),
    "voter": ("cvr_id", "voter_id", "voter", "ballot_id", "ballot"),
    "precinct": ("precinct_medsl", "precinct_cvr", "precinct"),
    "office": ("office", "contest", "race"),
    "district": ("district",),
    "candidate": ("candidate", "choice"),
    "party": ("party",),
    "magnitude": ("magnitude", "votes_allowed"),
    "style": ("style", "ballot_style"),
    "lever": ("lever",),
}
"""Roles of the columns of a long table and the names they are known by, the Harvard/MIT ones first."""
ROW = "row"
"""Column of row numbers that a table gets when it comes from a file or from memory."""
_NEEDED = ("voter", "office", "candidate")


def find_columns(
    present: Sequence[str], given: Mapping[str, str | Sequence[str]] | None, where: str
) -> dict[str, tuple[str, ...]]:
    """Return role -> columns for a long table; `given` overrides the known names.

    A role may be several columns together (the voter, say, as county and number). Raises InputError for roles and
    columns that do not exist and for needed roles without a column, all at once.
    """
    given = given or {}
    faults = [
        Fault(f"no role is called {role!r}", argument="columns", rule=f"The roles are {', '.join(KNOWN)}",
              nearest=nearest(role, KNOWN))
        for role in given
        if role not in KNOWN
    ]  # fmt: skip
    roles: dict[str, tuple[str, ...]] = {}
    for role, names in KNOWN.items():
        if role in given:
            said = given[role]
            wanted = (said,) if isinstance(said, str) else tuple(said)
            if len(wanted) > 1 and role != "voter":
                faults.append(Fault("more than one column is named", argument="columns", key=role,
                                    rule="A voter may be told by several columns, any other role by one"))  # fmt: skip
            faults += refuse_missing(wanted, present, "columns", role)
            roles[role] = wanted
        else:
            roles[role] = tuple(name for name in names if name in present)[:1]
    faults += [
        Fault(
            f"no column says the {role}",
            where=where,
            rule=f"A long table needs one; known names are {', '.join(KNOWN[role])}",
            remedy=f"Name it as {role!r} in `columns=`. The columns are {', '.join(present)}",
        )
        for role in _NEEDED
        if not roles[role]
    ]
    if faults:
        raise InputError(*faults)
    return {role: names for role, names in roles.items() if names}


_OURS = {"row", "place", "item", "key", "allowed", "rank", "rows", "coded", "voters", "option", "votes"}
_PREFIXES = ("_", "mark_", "pack_", "high_", "low_", "rows_", "first_", "second_", "both_", "marks_", "over_",
             "unseen_", "turned_", "allowed_", "sum_", "share_", "unit_")  # fmt: skip


def own_name(column: str) -> str:
    """Return a name for a user's column that none of the columns made here has: "place" becomes "place_column"."""
    taken = column.casefold() in _OURS or column.casefold().startswith(_PREFIXES)
    return f"{column.lstrip('_')}_column" if taken else column


def refuse_missing(wanted: Sequence[str], present: Sequence[str], argument: str, key: str = "") -> list[Fault]:
    """Return one fault for every column that the argument, or one entry of it, names and that is not present."""
    return [
        Fault(f"there is no column {name!r}", argument=argument, key=key,
              rule=f"The columns are {', '.join(present)}", nearest=nearest(name, present))
        for name in wanted
        if name not in present
    ]  # fmt: skip
