"""Errors of blocs: every one says what is wrong, where, which rule it breaks, the nearest match and the remedy.

BlocsError
├── InputError        the data or the arguments break a rule; holds one or more faults   (a ValueError)
│   └── PathError     the name of a file or folder cannot be used
├── UnsupportedError  a combination blocs refuses by name instead of ignoring it         (a ValueError)
├── MismatchError     a saved fit does not reproduce its log-likelihood on the data given
├── EngineError       where the sums were computed is lost: a cluster that does not answer any more
└── MissingPackageError  a package of an extra is not installed                          (an ImportError)
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, TypeVar

__all__ = ["BlocsError", "EngineError", "Fault", "InputError", "MismatchError", "MissingPackageError", "PathError",
           "UnsupportedError", "counted",
           "describe_columns", "missing_column", "missing_columns", "more", "named", "nearest",
           "rules_once", "taken_columns", "whole_numbers"]  # fmt: skip

T = TypeVar("T")
LETTERS = 4_000
"""Letters of all names of a list that are still read."""
LISTED = 20
"""Faults that a message lists; the error keeps all."""
_PART = 4
"""Letters that a part of a name must have to count as a near match."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with its address.

    Parameters
    ----------
    what : str
        What was observed, with the wrong value.
    where : str
        Place in the data: file, row, column.
    rule : str
        What holds instead.
    nearest : str
        The known name that is nearest to the one given, if there is one.
    remedy : str
        What the user can do about it.
    argument : str
        Name of the argument whose value is wrong, such as "init". The command line writes its option, `--resume`.
    key : str
        Entry of the argument, where it is a mapping: "voter" of `columns={"voter": "id"}`.

    Notes
    -----
    A text that mentions an argument writes its name, an equals sign and backticks around both: "`memory=`". So it
    reads well in Python, and the command line puts the option in its place, "--memory".

    Examples
    --------
    >>> print(Fault("there is no column 'x'", argument="columns", key="voter", remedy="Or leave out `link=`"))
    columns['voter']: there is no column 'x'. Or leave out `link=`.
    """

    what: str
    where: str = ""
    rule: str = ""
    nearest: str = ""
    remedy: str = ""
    argument: str = ""
    key: str = ""

    @property
    def address(self) -> str:
        """The argument and the place in the data, of which most faults have one."""
        argument = f"{self.argument}[{self.key!r}]" if self.key else self.argument
        return ", ".join(part for part in (argument, self.where) if part)

    def __str__(self) -> str:
        address, nearest = (name.replace("\n", "\\n") for name in (self.address, self.nearest))  # names are one line
        parts = [f"{address}: {self.what}" if address else self.what]
        parts.append(self.rule)
        parts.append(f"Nearest match: {nearest}" if nearest else "")
        parts.append(self.remedy)
        return " ".join(part if part.endswith((".", "?", "!")) else part + "." for part in parts if part)


class BlocsError(Exception):
    """Base of every error that blocs raises on purpose."""


class InputError(BlocsError, ValueError):
    """The data or the arguments break one or more rules.

    Parameters
    ----------
    *faults : Fault
        Everything that is wrong, at least one fault; they are kept as `faults`.

    Raises
    ------
    AssertionError
        If there is no fault.
    """

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            raise AssertionError("an InputError without a fault says nothing")
        self.faults = faults
        super().__init__(_sentence(faults))


class PathError(InputError):
    """The name of a file or folder cannot be used: nothing is there to be read, or nothing can be written there."""


class UnsupportedError(BlocsError, ValueError):
    """A combination of features that blocs does not compute, refused by name."""


class MismatchError(BlocsError):
    """A saved fit whose log-likelihood on the given profiles is not the one it recorded."""


class MissingPackageError(BlocsError, ImportError):
    """A package that comes with an extra of blocs is not installed; the message says how to install it."""


class EngineError(BlocsError):
    """Where the sums were computed is lost: a cluster that does not answer any more."""


def nearest(name: object, known: Iterable[object]) -> str:
    """Return the known name that is nearest to a name.

    Parameters
    ----------
    name : object
        The name that is not known; letters count the same in upper and lower case.
    known : iterable of object
        The names that exist.

    Returns
    -------
    str
        The nearest name, empty where none is near. Where no name is spelled alike, one that is part of the other is
        near.

    Examples
    --------
    >>> nearest("sentae", ["US HOUSE", "SENATE"])
    'SENATE'
    >>> nearest("GOVERNOR", ["GOVERNOR, STATE 01", "SHERIFF"])
    'GOVERNOR, STATE 01'
    """
    names = {str(k): str(k) for k in known} | {str(k).casefold(): str(k) for k in known}
    word = str(name).casefold()
    matches = difflib.get_close_matches(word, names, n=1, cutoff=0.6) or sorted(
        (other for other in names if min(len(word), len(other)) >= _PART and (word in other or other in word)),
        key=lambda other: (abs(len(other) - len(word)), other),
    )
    return names[matches[0]] if matches else ""


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with its noun, in the singular or the plural.

    Parameters
    ----------
    number : int
        How many there are.
    noun : str
        The noun in the singular.
    nouns : str
        The plural, if it is not the noun with an s.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "county", "counties")
    ('1 row', '1,200 counties')
    """
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def named(table: Mapping[str, T], name: str, argument: str, kind: str, kinds: str, remedy: str = "") -> T:
    """Return the entry of a table with a name.

    Parameters
    ----------
    table : mapping
        Name -> entry.
    name : str
        The name that is looked up.
    argument : str
        The argument that gives the name.
    kind, kinds : str
        What the table holds, in the singular and in the plural.
    remedy : str
        What the user can do, where there is more to say than the names.

    Raises
    ------
    InputError
        If the table does not have the name; the message has all names, and the nearest one.

    Examples
    --------
    >>> named({"plain": 1, "compiled": 2}, "plain", "kernel", "kernel", "kernels")
    1
    """
    if name in table:
        return table[name]
    raise InputError(
        Fault(
            f"there is no {kind} {name!r}",
            argument=argument,
            rule=f"The {kinds} are {', '.join(map(repr, table))}",
            nearest=nearest(name, table),
            remedy=remedy,
        )
    )


def _sentence(faults: tuple[Fault, ...]) -> str:
    if len(faults) == 1:
        return str(faults[0])
    rest = [] if len(faults) <= LISTED else [f"  - and {len(faults) - LISTED:,} more"]
    return "\n".join([f"{len(faults):,} faults:", *(f"  - {fault}" for fault in faults[:LISTED]), *rest])


def describe_columns(columns: Collection[str]) -> str:
    """Say which columns a table has, or how many where they are too many, or too long, to read.

    Examples
    --------
    >>> describe_columns(["x" * 10_000])
    'The table has 1 column'
    """
    if not columns:
        return "There are no columns to choose from"
    if len(columns) > 20 or sum(map(len, columns)) > LETTERS:
        return f"The table has {len(columns)} column{'s' * (len(columns) > 1)}"
    return f"The columns are {', '.join(map(repr, columns))}"


def missing_column(
    name: str, argument: str, columns: Collection[str], where: str = "", key: str = "", remedy: str = ""
) -> Fault:
    """Return the fault of a column that is not there, worded in the same way for every kind of table.

    Parameters
    ----------
    name : str
        The column that was looked for.
    argument : str
        The argument that names it, "" where the table needs it whoever calls.
    columns : collection of str
        The columns that are there.
    where, key, remedy : str
        As in `Fault`.

    Examples
    --------
    >>> print(missing_column("senat", "items", ["house", "senate"]))
    items: there is no column 'senat'. The columns are 'house', 'senate'. Nearest match: senate.
    """
    return Fault(f"there is no column {name!r}", where=where, rule=describe_columns(columns),
                 nearest=nearest(name, columns), remedy=remedy, argument=argument, key=key)  # fmt: skip


def missing_columns(
    names: Iterable[str], argument: str, columns: Collection[str], where: str = "", key: str = "", remedy: str = ""
) -> list[Fault]:
    """Return one fault for all columns that an argument, or one entry of it, names and that are not there; or none.

    Examples
    --------
    >>> missing_columns(["senat", "huose"], "items", ["house", "senate"])[0].nearest
    "senate for 'senat', house for 'huose'"
    """
    absent = [name for name in dict.fromkeys(names) if name not in columns]
    if len(absent) <= 1:
        return [missing_column(name, argument, columns, where, key, remedy) for name in absent]
    near = [(nearest(name, columns), name) for name in absent]
    return [
        Fault(f"there are no columns {', '.join(map(repr, absent))}", where=where, rule=describe_columns(columns),
              nearest=", ".join(f"{known} for {name!r}" for known, name in near if known), remedy=remedy,
              argument=argument, key=key)
    ]  # fmt: skip


def taken_columns(names: Iterable[str], argument: str, own: Collection[str]) -> list[Fault]:
    """Return a fault for each column of groups that a table by group has a column of its own for.

    Parameters
    ----------
    names : iterable of str
        The columns of groups.
    argument : str
        The argument that names them.
    own : collection of str
        The other columns of the table.

    Examples
    --------
    >>> print(taken_columns(["n", "area"], "groups", ["n", "type"])[0])
    groups: 'n' is another column of the tables by group. Their own columns are 'n', 'type'. Rename the column.
    """
    rule = f"Their own columns are {', '.join(map(repr, own))}"
    return [Fault(f"{name!r} is another column of the tables by group", argument=argument, rule=rule,
                  remedy="Rename the column") for name in names if name in own]  # fmt: skip


def rules_once(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults, each rule with the first that breaks it: the columns of a table are listed once."""
    rules: set[str] = set()
    out = []
    for fault in faults:
        out.append(replace(fault, rule="") if fault.rule in rules else fault)
        rules.add(fault.rule)
    return out


def more(rows: int) -> str:
    """Return how many further rows have the same fault, in brackets; nothing for none."""
    return f" ({rows} more {'row' if rows == 1 else 'rows'} like it)" if rows else ""


def whole_numbers(given: Mapping[str, tuple[Any, int]]) -> dict[str, int]:
    """Return arguments as whole numbers of Python; raise InputError with every fault.

    given: name of the argument -> its value, and the least that it may be. Whole numbers of numpy are such numbers;
    1e6 and True are none.

    Examples
    --------
    >>> whole_numbers({"replicates": (10, 1)})
    {'replicates': 10}
    """
    whole = {name: int(value) for name, (value, least) in given.items()
             if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least}  # fmt: skip
    faults = [Fault(f"it is {value!r}", argument=name, rule=f"It is a whole number, {least} or more")
              for name, (value, least) in given.items() if name not in whole]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return whole
