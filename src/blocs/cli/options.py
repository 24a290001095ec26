"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import click

from ..ballots.coding.rules import CHOICES, CodingRules
from ..core.errors import Fault, InputError
from ..core.limits import MOST_THREADS
from .completed import FileArgument
from .finite import FiniteRange
from .help_sections import Section, option
from .option_values import codes, listed, of_numbered, pairs, roles, size

__all__ = ["ACCELERATORS", "KINDS", "METHODS", "DataOptions", "Files", "data_options", "files_argument",
           "fit_options", "keep_option", "labels_option", "optional_files_argument", "output_options",
           "paths_of", "reading_options", "words_options"]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class DataOptions(CodingRules):
    """How a file is read and coded: the coding rules, and the other options of `_READ` and `_CODE` by their names."""

    format: str | None = None
    candidates: str | None = None
    columns: dict[str, str | tuple[str, ...]] | None = None
    codes: dict[str, dict[str, str]] | None = None
    districts: dict[str, str] | None = None
    link: tuple[str, ...] | None = None
    drop_joined: bool = False
    blank: str | None = None
    numbered: str | dict[str, str] | None = None
    items: tuple[str, ...] | None = None
    missing: tuple[str, ...] | None = None
    weights: str | None = None
    design_weights: str | None = None
    covariates: str | None = None
    by_group: tuple[str, ...] | None = None
    dependent: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, as plain data, to be kept with a fit."""
        return {name: value for name, value in asdict(self).items() if value != getattr(DataOptions, name)}

    @classmethod
    def from_call(cls, ctx: click.Context, kept: Any = None) -> DataOptions:
        """Return the options of a call; those not given are the ones that `kept` has, then those of the environment and
        of `blocs.toml`, then the defaults.

        Raises InputError when what was kept with a fit are not options.
        """
        kept = {} if kept is None else kept
        kinds = get_type_hints(cls)
        if not isinstance(kept, dict) or not all(k in kinds and _is_of(v, kinds[k]) for k, v in kept.items()):
            raise InputError(Fault("the fit does not say how its data were read",
                                   remedy="Give a file that `blocs fit --out` wrote"))  # fmt: skip
        source = click.core.ParameterSource
        of = {name: ctx.get_parameter_source(name) for name in cls.__dataclass_fields__}
        old = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
        added = [name for name, place in of.items() if place in (source.ENVIRONMENT, source.DEFAULT_MAP)]
        given = [name for name, place in of.items() if place is source.COMMANDLINE]
        values = {name: ctx.params[name] for name in [*(name for name in added if name not in old), *given]}
        return cls(**{**old, **values})


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value from JSON is of the type of an option: text, truth, lists and tables of text, or nothing."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_is_of(value, one) for one in inside)
    if origin in (tuple, Sequence):
        return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(isinstance(k, str) and _is_of(v, inside[1]) for k, v in value.items())
    return isinstance(value, kind)


METHODS = ("mixed", "modes", "posteriors", "probabilities", "hard")
"""The names of `em.initialization.METHODS`, which is not loaded for a line of help."""
ACCELERATORS = ("auto", "quasi-newton", "none")
"""The names of `em.quasi_newton.STEPPERS`."""
KINDS = ("observed", "opg", "robust", "cluster", "bootstrap")
"""The names of `inference.standard_errors.KINDS`, and the nonparametric bootstrap."""


def _shared(section: Section, *names: str, **settings: Any) -> partial[Any]:
    """Return an option of several commands; each makes its own of it."""
    return partial(option, section, *names, **settings)


def _choice(name: str, text: str) -> partial[Any]:
    """Return an option of the coding rules that has one of a few values."""
    return _shared(Section.CODING, f"--{name}", default=getattr(CodingRules, name), show_default=True,
                   metavar=f"[{'|'.join(CHOICES[name])}]", help=text)  # fmt: skip


_CHOSEN = [
    _shared(Section.DATA, "--top", default=CodingRules.top, show_default=True, metavar="OFFICE",
            help="Name of the office at the top of the ticket."),
    _shared(Section.DATA, "--offices", callback=listed, metavar="LIST", show_default="all partisan offices",
            help="Offices to be coded; columns of a wide table, in which * and ? stand for letters."),
]  # fmt: skip

_WIDE = [
    _shared(Section.DATA, "--top", default=CodingRules.top, show_default=True, metavar="COLUMN",
            help="Wide tables: column of the office at the top of the ticket."),
    _shared(Section.DATA, "--offices", callback=listed, metavar="LIST",
            help="Wide tables: columns of the offices, in which * and ? stand for letters."),
]  # fmt: skip

_FILE = [
    _shared(Section.DATA, "--candidates", metavar="CSV",
            help="Table with the party of every candidate; `blocs parties` writes one to complete."),
    _shared(Section.DATA, "--format", metavar="NAME", show_default="recognised by the content",
            help="Format of the file."),
    _shared(Section.DATA, "--columns", callback=roles, metavar="ROLE=COLUMN,...", show_default="the usual names",
            help="Columns of a long table: voter=..., office=..., candidate=..., party=..., district=..., rank=..., "
                 "is_vote=...; 'is_vote=' says that no column has this role. voter=A,voter=B: the two "
                 "columns together."),
    _shared(Section.DATA, "--codes", multiple=True, callback=codes, metavar="COLUMNS:CELL=MEANING,...",
            help="Meaning of the cells of a wide table: a party, none, other, overvote, write-in, off or unseen; can "
                 "be given several times. Example: 'v_*:0=none,1=REP,2=DEM,*=other'."),
    _shared(Section.DATA, "--districts", callback=pairs, metavar="OFFICE=COLUMN,...",
            help="Columns of a wide table with the district of an office."),
    _shared(Section.DATA, "--link", callback=listed, metavar="LIST",
            help="Columns whose equal values mean that records are cards of one ballot."),
    _shared(Section.DATA, "--drop-joined", is_flag=True,
            help="Leave out counties in which the sheets of a ballot were joined by nearest row."),
    _shared(Section.DATA, "--blank", metavar="[write-in|undervote|off]", show_default="write-in",
            help="ES&S tables: what a blank cell means in a contest that its row shows."),
    _shared(Section.DATA, "--numbered", callback=of_numbered, metavar="[ranks|votes|contests|CONTEST=WORD,...]",
            show_default="they are refused",
            help="ES&S tables: what columns with the same names are, such as Council 1 and Council 2."),
    _shared(Section.DATA, "--weights", metavar="COLUMN", show_default="every row is one",
            help="Column with the number of voters, or observations, of every row."),
    _shared(Section.DATA, "--memory", callback=size, metavar="SIZE", show_default="80 % of the machine",
            help="Memory that reading may use, such as 2GB."),
]  # fmt: skip

_READ = [*_CHOSEN, *_FILE]

_CODE = [
    _shared(Section.DATA, "--items", callback=listed, metavar="LIST",
            help="Columns of a table of answers, for latent class analysis instead of ballots; * and ? stand for "
                 "letters."),
    _shared(Section.DATA, "--missing", callback=listed, metavar="LIST", show_default="empty cells only",
            help="Codes in a table of answers that mean a missing cell, such as NA,.,-9."),
    _shared(Section.DATA, "--design-weights", metavar="COLUMN", show_default="none",
            help="Column of a table of answers with the sampling weight of every row; --weights are numbers of rows."),
    _shared(Section.DATA, "--keep-empty", is_flag=True,
            help="Keep rows, or voters, for whom every item is missing, as observations."),
    _shared(Section.DATA, "--covariates", metavar="FORMULA", show_default="the same shares for all",
            help="Columns that the shares of the types depend on: '~ age + C(party)'."),
    _shared(Section.DATA, "--by-group", callback=listed, metavar="LIST", show_default="the same shares for all",
            help="Columns, such as precinct, whose groups have shares of their own."),
    _shared(Section.DATA, "--dependent", callback=listed, metavar="A+B,...", show_default="none",
            help="Pairs of items of a table of answers that may depend on each other within types: each pair becomes "
                 "one item."),
    _shared(Section.CODING, "--parties", default=",".join(CodingRules.parties), show_default=True, callback=listed,
            metavar="TWO", help="The two parties whose voters are fitted."),
    _choice("other", "How a vote for another party or a write-in counts."),
    _choice("overvote", "How an overvote counts."),
    _choice("multi", "How a contest with several votes for each voter is coded."),
    _choice("third", "What becomes of voters of another party at the top of the ticket."),
    _choice("ranked", "How a contest with ranked choices is coded."),
    _shared(Section.CODING, "--preset", metavar="[seed]",
            help="A set of coding rules by its name: 'seed' codes as the author of the method does."),
    _shared(Section.CODING, "--groups", callback=listed, default="", metavar="LIST",
            help="Columns by which the rows are counted apart, such as precinct."),
]  # fmt: skip

_FIT = [
    _shared(Section.SEARCH, "--starts", type=click.IntRange(1), default=20, show_default=True, metavar="NUMBER",
            help="Number of random starts."),
    _shared(Section.SEARCH, "--seed", type=int, default=0, show_default=True, metavar="NUMBER",
            help="Seed of the random numbers; the same seed gives the same fit."),
    _shared(Section.SEARCH, "--jobs", type=click.IntRange(1, MOST_THREADS), show_default="all cores", metavar="NUMBER",
            help="Number of threads; the fit does not depend on it."),
    _shared(Section.SEARCH, "--method", type=click.Choice(METHODS), default="mixed", show_default=True,
            help="How the random starts are drawn."),
    _shared(Section.SEARCH, "--prior", type=FiniteRange(0), default=0.0, show_default=True, metavar="NUMBER",
            help="Pseudo-count that is added to every share and every outcome; 0 means maximum likelihood."),
    _shared(Section.SEARCH, "--accelerate", type=click.Choice(ACCELERATORS), default="auto", show_default=True,
            help="Acceleration of the EM iterations."),
    _shared(Section.SEARCH, "--exchange/--no-exchange", default=True, show_default=True,
            help="Try moves of types, which lead out of poor local optima: one type is dissolved, and another is split "
                 "or begins elsewhere."),
    _shared(Section.SEARCH, "--steps", type=click.IntRange(0), default=10_000, show_default=True, metavar="NUMBER",
            help="Largest number of iterations from one start."),
]  # fmt: skip

_KEEP = [
    _shared(Section.OUTPUT, "--keep", callback=listed, default="", metavar="LIST",
            help="Further columns of the file to be written, such as precinct or style."),
]  # fmt: skip

_LABELS = [
    _shared(Section.OUTPUT, "--labels", metavar="CSV",
            help="Short labels of offices for the tables: a file with columns office and label."),
]  # fmt: skip

_WORDS = [
    _shared(Section.OUTPUT, "--place", default="", metavar="TEXT",
            help="Where the ballots were cast, as it is printed."),
    _shared(Section.OUTPUT, "--date", default="", metavar="TEXT", help="When they were cast, as it is printed."),
    _shared(Section.OUTPUT, "--names", callback=pairs, metavar="PARTY=NAME,...",
            help="Names of the candidates at the top of the ticket, such as DEM=Evers,REP=Walker."),
]  # fmt: skip

_OUTPUT = [
    _shared(Section.OUTPUT, "--json", "as_json", is_flag=True, help="Print one JSON document instead of tables."),
    _shared(Section.OUTPUT, "--quiet", is_flag=True, help="Do not show progress on stderr."),
]


Files = str | tuple[str, ...]
"""The file of a command, or several that are read as one."""


STDIN = "/dev/stdin"
"""What `-` stands for. A file of this name is written ./-"""


def _one_or_several(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Files:
    names = tuple(STDIN if name == "-" else name for name in value)
    return names[0] if len(names) == 1 else names


def files_argument(function: F) -> F:
    """Add the argument FILE: one file or folder, or several exports that are read as one."""
    argument = click.argument("file", cls=FileArgument, nargs=-1, required=True, metavar="FILE...",
                              callback=_one_or_several)  # fmt: skip
    decorated: F = argument(function)
    return decorated


def optional_files_argument(function: F) -> F:
    """Add the argument FILE, which may be left out: None then."""
    argument = click.argument("file", cls=FileArgument, nargs=-1, metavar="[FILE...]", callback=_none_or_several)
    decorated: F = argument(function)
    return decorated


def _none_or_several(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Files | None:
    return _one_or_several(ctx, param, value) if value else None


def paths_of(file: Files) -> tuple[str, ...]:
    """Return the files of a command."""
    return (file,) if isinstance(file, str) else file


def _applied(options: Sequence[partial[Any]]) -> Callable[[F], F]:
    """Return a decorator that adds the options to a command."""

    def decorate(function: F) -> F:
        for added in reversed(options):
            function = added()(function)
        return function

    return decorate


def data_options(function: F) -> F:
    """Add the options that say how a file is read and coded."""
    return _applied([*_READ, *_CODE])(function)


def reading_options(function: F) -> F:
    """Add the options that say how a file is read, for commands that show ballots before any coding."""
    return _applied([*_WIDE, *_FILE])(function)


def fit_options(function: F) -> F:
    """Add the options of the search for the best fit."""
    return _applied(_FIT)(function)


def labels_option(function: F) -> F:
    """Add --labels."""
    return _applied(_LABELS)(function)


def words_options(function: F) -> F:
    """Add --place, --date and --names, which a paragraph is written with."""
    return _applied(_WORDS)(function)


def keep_option(function: F) -> F:
    """Add --keep."""
    return _applied(_KEEP)(function)


def output_options(function: F) -> F:
    """Add --json and --quiet."""
    return _applied(_OUTPUT)(function)
