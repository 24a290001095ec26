"""`--by top`: fits of the voters of each party by themselves, and what does not go with them."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import Fault, InputError, nearest

__all__ = ["refuse_by"]


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
