"""`--by top`: fits of the voters of each party by themselves, and what does not go with them; `--by COLUMN`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..core.errors import Fault, InputError, nearest
from .column_patterns import matching_columns
from .options import DataOptions

__all__ = ["blamed_on_by", "equal_of", "refuse_by", "with_by"]


def with_by(options: DataOptions, by: str | None, equal: Sequence[str] | None) -> DataOptions:
    """Return the options of the data with the column of `--by`, whose groups have shares of their own.

    Raises InputError for `--equal` without a column, and for another column of groups.
    """
    faults = []
    if by is None and equal is not None:
        faults.append(Fault("there are no groups", argument="equal", remedy="Name their column with `group_by=`",
                            rule="It says which items are equal in all groups"))  # fmt: skip
    if by is not None and options.by_group and options.by_group != (by,):
        faults.append(Fault("the groups of `group_by=` have shares of their own already", argument="by_group",
                            remedy="Leave out one of the two"))  # fmt: skip
    if faults:
        raise InputError(*faults)
    return options if by is None else replace(options, by_group=(by,))


@contextmanager
def blamed_on_by(by: str | None) -> Iterator[None]:
    """Blame a column of groups that is not there on `--by`."""
    try:
        yield
    except InputError as error:
        if by is None:
            raise
        of_column = {"covariates", "groups", "by_group"}
        raise type(error)(*(replace(fault, argument="group_by") if fault.argument in of_column else fault
                            for fault in error.faults)) from None  # fmt: skip


def equal_of(equal: Sequence[str] | None, items: Sequence[str]) -> str | list[str] | None:
    """Return the items of a list as `blocs.fit` takes them: "all" and "none" are words; patterns stand for items."""
    if equal is None:
        return None
    if tuple(equal) in (("all",), ("none",)):
        return equal[0]
    return matching_columns(equal, items, set(), "equal")


def refuse_by(
    group_by: str | None, items: Sequence[str] | None, checkpoint: str | None, constraints: str | None
) -> None:
    """Refuse another group than the party at the top, and what is for one fit of all voters; nothing is ignored."""
    if group_by is None:
        return
    faults = []
    if checkpoint is not None:
        faults.append(Fault("it is for one fit of all voters", argument="checkpoint", remedy="Leave out `group_by=`",
                            rule="Fits of one party each are fits of other data"))  # fmt: skip
    if group_by != "top":
        faults.append(Fault(f"it is {group_by!r}", argument="group_by", nearest=nearest(group_by, ["top"]),
                            rule="The only choice is 'top', the party at the top of the ticket"))  # fmt: skip
    if items is not None:
        faults.append(Fault("it is for ballots only", argument="group_by",
                            rule="With `items=` the file is a table of answers"))  # fmt: skip
    if constraints is not None:
        faults.append(Fault("they number the types of one fit of all voters", argument="constraints",
                            remedy="Leave out `group_by=`"))  # fmt: skip
    if faults:
        raise InputError(*faults)
