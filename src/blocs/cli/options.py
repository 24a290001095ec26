"""Options that several commands share, and how their text is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import click

from ..ballots.coding.rules import CHOICES, CodingRules
from ..core.errors import Fault, InputError

__all__ = ["ACCELERATORS", "METHODS", "DataOptions", "data_options", "data_options_of", "fit_options",
           "output_options", "reading_options", "type_range"]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


def _listed(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """A list with commas."""
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


def _pairs(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, str] | None:
    """A list of name=value."""
    if value is None:
        return None
    parts = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(name.strip() and found.strip() for name, _, found in parts):
        raise click.BadParameter(f"{value!r} is not a list of name=value, with commas")
    return {name.strip(): found.strip() for name, _, found in parts}


def _codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, dict[str, str]] | None:
    """COLUMNS:cell=meaning,... for each use of the option; COLUMNS may hold * and ?."""
    found = {}
    for text in value:
        columns, colon, rest = text.partition(":")
        if not colon:
            raise click.BadParameter(f"{text!r} has no columns before a colon, as in 'v_*:0=none,1=REP,2=DEM,*=other'")
        found[columns.strip()] = _pairs(ctx, param, rest) or {}
    return found or None


class Types(click.ParamType[tuple[range, ...]]):
    """Numbers of types: 4, 1-8 or 1,2,4; ranges stay ranges, however long they are."""

    name = "K"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[range, ...]:
        """Read the numbers; refuse what is none."""
        if isinstance(value, tuple):
            return value
        found: list[range] = []
        for part in str(value).split(","):
            first, dash, last = part.partition("-")
            if not first.strip().isdigit() or (dash and not last.strip().isdigit()):
                self.fail(f"{value!r} is not a number, a range such as 1-8 or a list such as 1,2,4", param, ctx)
            found.append(range(int(first), int(last or first) + 1))
        if not all(found) or min(part.start for part in found) < 1:
            self.fail(f"{value!r} holds no number of types; the least is 1", param, ctx)
        return tuple(found)


type_range = Types()


@dataclass(frozen=True)
class DataOptions(CodingRules):
    """How a file is read and coded: the coding rules, and the other options of `_READ` and `_CODE` by their names."""

    format: str | None = None
    candidates: str | None = None
    columns: dict[str, str] | None = None
    codes: dict[str, dict[str, str]] | None = None
    districts: dict[str, str] | None = None
    link: tuple[str, ...] | None = None
    drop_joined: bool = False
    items: tuple[str, ...] | None = None
    weights: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, as plain data, to be kept with a fit."""
        return {name: value for name, value in asdict(self).items() if value != getattr(DataOptions, name)}

    @classmethod
    def from_call(cls, ctx: click.Context, kept: Any = None) -> DataOptions:
        """Return the options of a call; those not given are the ones that `kept` holds, else the defaults.

        Raises InputError when what was kept with a fit are not options.
        """
        kept = {} if kept is None else kept
        if not isinstance(kept, dict) or not set(kept) <= set(cls.__dataclass_fields__):
            raise InputError(Fault("the fit does not say how its data were read",
                                   remedy="Give a file that `blocs fit --out` wrote"))  # fmt: skip
        given = click.core.ParameterSource.COMMANDLINE
        names = [name for name in cls.__dataclass_fields__ if ctx.get_parameter_source(name) is given]
        old = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
        return cls(**{**old, **{name: ctx.params[name] for name in names}})


METHODS = ("mixed", "modes", "posteriors", "probabilities", "hard")
"""The names of starts.METHODS, which is not loaded for a line of help."""
ACCELERATORS = ("auto", "quasi-newton", "none")
"""The names of accelerate.STEPPERS."""

def _option(*names: str, **told: Any) -> partial[Any]:
    """An option of several commands: each makes its own of it, as a default may be told otherwise there."""
    return partial(click.option, *names, **told)


def _choice(name: str, what: str) -> partial[Any]:
    """An option of the coding rules that has one of a few values; what: the cases that it decides."""
    default = getattr(CodingRules, name)
    return _option(f"--{name}", default=default, show_default=True, help=f"{what}: {', '.join(CHOICES[name])}.")


_READ = [
    _option("--top", default=CodingRules.top, show_default=True, help="Office at the top of the ticket."),
    _option("--offices", callback=_listed, metavar="LIST",
            help="Offices to code (default: all partisan ones); columns of a wide table, * and ? allowed."),
    _option("--candidates", metavar="CSV", help="Candidate table with parties; `blocs parties` writes it."),
    _option("--format", help="Format of the file, if its content does not tell."),
    _option("--columns", callback=_pairs, metavar="ROLE=COLUMN,...",
            help="Columns of a long table: voter=..., office=..., candidate=..., party=..., district=..."),
    _option("--codes", multiple=True, callback=_codes, metavar="COLUMNS:CELL=MEANING,...",
            help="What cells of a wide table mean: a party, none, other, overvote, off; may be repeated. "
                 "Example: 'v_*:0=none,1=REP,2=DEM,*=other'."),
    _option("--districts", callback=_pairs, metavar="OFFICE=COLUMN,...", help="Columns of districts (wide)."),
    _option("--link", callback=_listed, metavar="LIST", help="Columns whose equal values make cards one ballot."),
    _option("--drop-joined", is_flag=True, help="Leave out counties whose sheets were joined by nearest row."),
    _option("--weights", metavar="COLUMN", help="Column with the number of voters (or rows) of each row."),
    _option("--memory", metavar="SIZE", help="What reading may use, such as 2GB."),
]  # fmt: skip

_CODE = [
    _option("--parties", default=",".join(CodingRules.parties), show_default=True, callback=_listed,
            help="The two parties whose voters are fitted."),
    _choice("other", "Votes for others"),
    _choice("overvote", "Overvotes"),
    _choice("multi", "Vote-for-N contests"),
    _choice("third", "Voters of third parties at the top"),
    _choice("ranked", "Ranked contests"),
    _option("--preset", help="'seed': the coding of the method's author."),
    _option("--items", callback=_listed, metavar="LIST",
            help="Columns of a plain categorical table (latent class analysis); * and ? allowed."),
    _option("--groups", callback=_listed, default="", metavar="LIST", help="Columns that cross the profiles."),
]  # fmt: skip

_FIT = [
    _option("--starts", type=click.IntRange(1), default=20, show_default=True, help="Random starts."),
    _option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same fit."),
    _option("--jobs", type=click.IntRange(1), help="Threads (default: all); the result does not depend on it."),
    _option("--method", type=click.Choice(METHODS), default="mixed", show_default=True,
            help="How starts are drawn."),
    _option("--prior", type=click.FloatRange(0), default=0.0, show_default=True,
            help="Pseudo-count of every share and outcome; 0 is maximum likelihood."),
    _option("--accelerate", type=click.Choice(ACCELERATORS), default="auto", show_default=True,
            help="How EM is hurried."),
    _option("--exchange/--no-exchange", default=True, show_default=True,
            help="Leave poor optima: dissolve one type and split another where that leads up."),
    _option("--steps", type=click.IntRange(0), default=10_000, show_default=True,
            help="Passes of a climb at most."),
]  # fmt: skip

_OUTPUT = [
    _option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables."),
    _option("--quiet", is_flag=True, help="No progress on stderr."),
]


def _applied(options: Sequence[partial[Any]], fit: str = "") -> Callable[[F], F]:
    """Return what adds the options to a command; fit: the option of a fit whose own settings are the defaults."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            kept = fit and option.keywords.get("show_default")
            told = {"show_default": f"{option.keywords['default']}, or as for {fit}"} if kept else {}
            function = option(**told)(function)
        return function

    return decorate


def data_options(function: F) -> F:
    """Add the options that say how a file is read and coded."""
    return _applied([*_READ, *_CODE])(function)


def reading_options(function: F) -> F:
    """Add the options that say how a file is read, for commands that show ballots before any coding."""
    return _applied(_READ)(function)


def data_options_of(fit: str) -> Callable[[F], F]:
    """Add the options that say how a file is read and coded; what is not given is as in the fit of the option `fit`."""
    return _applied([*_READ, *_CODE], fit)


def fit_options(function: F) -> F:
    """Add the options of the climb."""
    return _applied(_FIT)(function)


def output_options(function: F) -> F:
    """Add --json and --quiet."""
    return _applied(_OUTPUT)(function)
