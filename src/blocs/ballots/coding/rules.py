"""The coding rules as one value: every option of `code` and its default, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...core.errors import Fault, InputError, counted, nearest
from ..party_names import party_name

__all__ = ["CHOICES", "PRESETS", "TOP", "CodingRules"]

TOP = "top"
"""Name of the group column that holds the top party."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "other": ("level", "abstain", "missing"),
    "overvote": ("abstain", "missing"),
    "multi": ("drop", "majority", "any"),
    "ranked": ("first", "drop"),
    "third": ("drop", "keep"),
}
"""The values that an option may have."""
PRESETS: Mapping[str, Mapping[str, str]] = {"seed": {"other": "abstain"}}
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

    Raises
    ------
    InputError
        With a fault for every option that has no such value.

    Examples
    --------
    >>> CodingRules(parties=("Democratic", "GOP"), preset="seed").resolved
    CodingRules(top='President', parties=('DEM', 'REP'), offices=None, other='abstain', overvote='abstain', \
multi='drop', third='drop', ranked='first', preset=None, groups=())
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

    def __post_init__(self) -> None:
        for name in ("parties", "offices", "groups"):
            object.__setattr__(self, name, _names(getattr(self, name)))
        faults = [*_choice_faults(self), *_party_faults(self.parties)]
        if TOP in self.groups:
            faults.append(Fault(f"{TOP!r} is always a group", argument="groups", rule="Name other columns"))
        if faults:
            raise InputError(*faults)

    @property
    def resolved(self) -> CodingRules:
        """The same rules with the short names of the parties and the options that the preset sets."""
        options = PRESETS[self.preset] if self.preset is not None else {}
        return replace(self, parties=tuple(map(party_name, self.parties)), preset=None, **options)


def _names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return a list of names as a tuple; a text is one name, not the names of its letters."""
    return None if names is None else (names,) if isinstance(names, str) else tuple(names)


def _choice_faults(rules: CodingRules) -> list[Fault]:
    faults = [
        Fault(f"{value!r} is not a choice", argument=name, rule=f"The choices are {', '.join(map(repr, choices))}",
              nearest=nearest(value, choices))
        for name, choices in CHOICES.items()
        if (value := getattr(rules, name)) not in choices
    ]  # fmt: skip
    if rules.preset is not None and rules.preset not in PRESETS:
        faults.append(Fault(f"no preset is called {rules.preset!r}", argument="preset", rule="The only one is 'seed'"))
    return faults


def _party_faults(parties: Sequence[str]) -> list[Fault]:
    if len(parties) != 2:
        number = f"{counted(len(parties), 'party', 'parties')} {'is' if len(parties) == 1 else 'are'} named"
        return [Fault(number, argument="parties", rule="Name the two parties, such as DEM and REP")]
    if party_name(parties[0]) == party_name(parties[1]):
        return [Fault(f"{', '.join(map(repr, parties))} are not two parties", argument="parties",
                      rule="Name two different ones")]  # fmt: skip
    return []
