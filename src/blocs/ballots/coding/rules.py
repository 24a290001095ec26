"""The coding rules as one value: every option of `code` and its default, checked all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.errors import Fault, InputError, counted, nearest
from ...core.top_party import TOP
from ..party_names import party_name

__all__ = ["CHOICES", "PRESETS", "TOP", "CodingRules"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "other": ("level", "abstain", "missing"),
    "overvote": ("abstain", "missing"),
    "multi": ("drop", "majority", "any"),
    "ranked": ("first", "drop"),
    "third": ("drop", "keep"),
}
"""The values that an option may have."""
PRESETS: Mapping[str, Mapping[str, Any]] = {"seed": {"other": "abstain"}}
"""Name of a preset -> the options it sets."""


@dataclass(frozen=True)
class CodingRules:
    """How ballots become outcomes and menus: the options of `code`, with their defaults.

    Python, the command line and saved fits take the options and their defaults from here. The rules and their
    reasons are in docs/coding.md.

    Parameters
    ----------
    top : str
        Office at the top of the ticket, by its name or by words of its name.
    parties : sequence of 2 str
        The two parties whose voters are coded, in any of their spellings.
    offices : sequence of str, optional
        Offices that become items. By default all other offices with a candidate of one of the two parties.
    other : {"level", "abstain", "missing"}
        A vote for anyone else is an outcome of its own, an abstention, or missing.
    overvote : {"abstain", "missing"}
        An overvote is an abstention, or missing.
    multi : {"drop", "majority", "any"}
        Contests with several votes are left out, coded by the majority of the voter's marks, or coded as a split as
        soon as one mark is for the other party.
    third : {"drop", "keep"}
        Voters of other parties at the top are set aside, or kept as the group "other".
    ranked : {"first", "drop"}
        The first rank with a mark counts, or ranked contests are left out.
    preset : {"seed"}, optional
        Options set together. "seed" is the coding of the method's author: other counts as abstention.
    groups : sequence of str
        Voter-level columns that cross the profiles, beside the top party.
    keep_empty : bool
        Whether voters for whom every coded office is missing are kept; otherwise they are set aside.

    Raises
    ------
    InputError
        With a fault for every option that has no such value.

    Examples
    --------
    >>> CodingRules(parties=("Democratic", "GOP"), preset="seed").resolved
    CodingRules(top='President', parties=('DEM', 'REP'), offices=None, other='abstain', overvote='abstain', \
multi='drop', third='drop', ranked='first', preset=None, groups=(), \
keep_empty=False)
    """

    top: str = "President"
    parties: Sequence[str] = ("DEM", "REP")
    offices: Sequence[str] | None = None
    other: str = "level"
    overvote: str = "abstain"
    multi: str = "drop"
    third: str = "drop"
    ranked: str = "first"
    preset: str | None = None
    groups: Sequence[str] = ()
    keep_empty: bool = False

    def __post_init__(self) -> None:
        for name in ("parties", "offices", "groups"):
            object.__setattr__(self, name, _names(getattr(self, name)))
        faults = _type_faults(self)
        if faults:
            raise InputError(*faults)
        faults = [*_choice_faults(self), *_preset_faults(self), *_party_faults(self.parties)]
        if TOP in self.groups:
            faults.append(Fault(f"{TOP!r} is always a group", argument="groups", rule="Name other columns"))
        if faults:
            raise InputError(*faults)

    @property
    def resolved(self) -> CodingRules:
        """The rules with the short names of the parties, every group once, and the options that the preset sets."""
        options = PRESETS[self.preset] if self.preset is not None else {}
        groups = tuple(dict.fromkeys(self.groups))
        return replace(self, parties=tuple(map(party_name, self.parties)), groups=groups, preset=None, **options)


def _names(names: Any) -> Any:
    """Return several names as a tuple; a text is one name, not the names of its letters."""
    return (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else names


def _type_faults(rules: CodingRules) -> list[Fault]:
    """Return a fault for each option that is not made of text as it should be."""
    faults = []
    for name in ("top", "preset", "parties", "offices", "groups"):
        value, one = getattr(rules, name), name in ("top", "preset")
        text = isinstance(value, str) if one else isinstance(value, tuple) and all(isinstance(v, str) for v in value)
        if not text and not (value is None and name in ("preset", "offices")):
            rule = "It is a text" if one else "It is a list of texts"
            faults.append(Fault(f"it is {value!r}", argument=name, rule=rule))
    if not isinstance(rules.keep_empty, bool):
        faults.append(Fault(f"it is {rules.keep_empty!r}", argument="keep_empty", rule="It is True or False"))
    return faults


def _choice_faults(rules: CodingRules) -> list[Fault]:
    return [
        Fault(f"{value!r} is not a choice", argument=name, rule=f"The choices are {', '.join(map(repr, choices))}",
              nearest=nearest(value, choices))
        for name, choices in CHOICES.items()
        if (value := getattr(rules, name)) not in choices
    ]  # fmt: skip


def _preset_faults(rules: CodingRules) -> list[Fault]:
    """Return a fault for a preset that is not known, or that sets an option which is given another value."""
    if rules.preset is None:
        return []
    if rules.preset not in PRESETS:
        return [Fault(f"no preset is called {rules.preset!r}", argument="preset", rule="The only one is 'seed'")]
    return [
        Fault(f"it is {getattr(rules, name)!r}", argument=name,
              rule=f"The preset {rules.preset!r} sets it to {value!r}", remedy="Leave out `preset=`, or this option")
        for name, value in PRESETS[rules.preset].items()
        if getattr(rules, name) not in (value, getattr(CodingRules, name))
    ]  # fmt: skip


def _party_faults(parties: Sequence[str]) -> list[Fault]:
    if len(parties) != 2:
        number = f"{counted(len(parties), 'party', 'parties')} {'is' if len(parties) == 1 else 'are'} named"
        return [Fault(number, argument="parties", rule="Name the two parties, such as DEM and REP")]
    if party_name(parties[0]) == party_name(parties[1]):
        return [Fault(f"{', '.join(map(repr, parties))} are not two parties", argument="parties",
                      rule="Name two different ones")]  # fmt: skip
    return []
