"""Which column of a long table plays which role: by the name that the user gives, or by a name that is usual."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..core.errors import Fault, InputError, describe_columns, missing_columns, nearest

__all__ = ["KNOWN", "ROW", "find_columns", "has_roles", "known_columns", "needed_roles", "own_name"]

KNOWN: dict[str, tuple[str, ...]] = {
    "state": ("state",),
    "county": ("county_name", "county"),
    "voter": ("cvr_id", "voter_id", "voter", "ballot_id", "ballot", "cvr_number", "cast_vote_record"),
    "precinct": ("precinct_medsl", "precinct_cvr", "precinct", "precinct_name"),
    "office": ("office", "contest", "race", "contest_name", "office_name"),
    "district": ("district",),
    "candidate": ("candidate", "choice", "candidate_name", "selection"),
    "party": ("party", "party_name"),
    "magnitude": ("magnitude", "votes_allowed", "vote_for", "max_votes"),
    "style": ("style", "ballot_style"),
    "straight_party": ("straight_party", "lever"),
    "rank": ("rank", "ranking", "rank_number", "rank_order", "choice_rank", "vote_rank", "preference"),
    "is_vote": ("is_vote", "isvote", "vote", "selected", "counted"),
}
"""Roles of the columns of a long table and the names they are known by, the Harvard/MIT ones first."""
_SIDE_ROLES = ("rank", "is_vote")
"""Roles that a column does not get by its name alone where `columns=` gives it another one."""
ROW = "row"
"""Column of row numbers that a table gets when it comes from a file or from memory."""
_NEEDED = ("voter", "office", "candidate")
_OLDER_NAMES = {"lever": "straight_party"}
"""Older name of a role -> its name; the user's `columns=` may have either."""


def find_columns(
    present: Sequence[str], given: Mapping[str, str | Sequence[str]] | None, where: str
) -> dict[str, tuple[str, ...]]:
    """Return role -> columns for a long table.

    Parameters
    ----------
    present : sequence of str
        The columns of the table.
    given : mapping of str, optional
        Role -> column, in place of the known names; the voter may be several columns together, such as county and
        number. An empty sequence leaves a role without a column.
    where : str
        What to call the table in faults.

    Raises
    ------
    InputError
        For roles and columns that do not exist and for needed roles without a column, all at once.

    Examples
    --------
    >>> find_columns(["cvr_id", "race", "name"], {"candidate": "name"}, "table")
    {'voter': ('cvr_id',), 'office': ('race',), 'candidate': ('name',)}
    """
    given = given or {}
    faults = [
        Fault(f"no role is called {role!r}", argument="columns", rule=f"The roles are {', '.join(KNOWN)}",
              nearest=nearest(role, KNOWN))
        for role in given
        if _OLDER_NAMES.get(role, role) not in KNOWN
    ]  # fmt: skip
    roles = {role: known_columns(role, present)[:1] for role in KNOWN}
    others = {name for columns in given.values() for name in _listed(columns)}
    roles |= {role: () for role in _SIDE_ROLES if others.intersection(roles[role])}
    for key, columns in given.items():
        named = _listed(columns)
        role = _OLDER_NAMES.get(key, key)
        if role not in KNOWN:
            continue
        if len(named) > 1 and role != "voter":
            faults.append(Fault("more than one column is named", argument="columns", key=key,
                                rule="Only the role 'voter' may have several columns"))  # fmt: skip
        faults += missing_columns(named, "columns", present, key=key)
        roles[role] = named
    faults += [
        Fault(
            f"no column says the {role}",
            where=where,
            rule=f"A long table needs one; known names are {', '.join(KNOWN[role])}",
            remedy=f"Name it as {role!r} in `columns=`. {describe_columns(present)}",
        )
        for role in _NEEDED
        if not roles[role]
    ]
    faults += [
        Fault(f"{alike[0]!r} and {alike[1]!r} both say the {role}", where=where,
              rule="Columns that differ in case, blanks or a number that was added are of one name",
              remedy=f"Name the one to read as {role!r} in `columns=`, or take the other one out of the table")
        for role, names in roles.items()
        if role not in {_OLDER_NAMES.get(key, key) for key in given} and names and (alike := _alike(names[0], present))
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return {role: names for role, names in roles.items() if names}


def has_roles(present: Sequence[str], given: Mapping[str, str | Sequence[str]] | None = None) -> bool:
    """Say whether a table has the columns that a long one needs, by known names, and all that are given."""
    named = {name for columns in (given or {}).values() for name in _listed(columns)}
    return named <= {*present} and needed_roles(present, given) == {*_NEEDED}


def needed_roles(present: Sequence[str], given: Mapping[str, str | Sequence[str]] | None = None) -> set[str]:
    """Return which of the roles that a long table needs have a column, by a known name or one that is given."""
    named = {role: _listed(columns) for role, columns in (given or {}).items()}
    return {
        role for role in _NEEDED
        if {*present}.intersection(named[role] if role in named else known_columns(role, present))
    }  # fmt: skip


def _alike(column: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the name of one, () where it is alone; tables have "race_1" for a second "race"."""
    alike = tuple(name for name in present if _plain(name.removesuffix("_1")) == _plain(column))
    return alike if len(alike) > 1 else ()


def known_columns(role: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose name is one by which a role is known, the first such name first.

    Names count in any case and with or without underscores and blanks ("IsVote", "CVR ID"), as written before others.
    """
    if exact := tuple(name for name in KNOWN[role] if name in present):
        return exact
    plain = {name: _plain(name) for name in present}
    return tuple(name for known in KNOWN[role] for name in present if plain[name] == known.replace("_", ""))


def _plain(name: str) -> str:
    return re.sub("[ _]", "", name).casefold()


def _listed(columns: str | Sequence[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


_MADE_HERE = {"row", "place", "item", "key", "allowed", "rank", "rows", "coded", "voters", "option", "votes", "contest",
              "choice", "n"}  # fmt: skip
_PREFIXES = ("_", "mark_", "pack_", "high_", "low_", "rows_", "first_", "second_", "both_", "marks_", "over_",
             "unseen_", "turned_", "allowed_", "sum_", "share_", "unit_")  # fmt: skip


def own_name(column: str) -> str:
    """Return a name for a user's column that none of the columns made here has: "place" becomes "place_column"."""
    taken = column.casefold() in _MADE_HERE or column.casefold().startswith(_PREFIXES)
    return f"{column.lstrip('_')}_column" if taken else column
