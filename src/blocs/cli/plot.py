"""`blocs plot`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import InputError
from ..core.top_party import TOP
from ..files.atomic import check_apart
from .completed import FileArgument
from .data import named_instead, read_data, refuse_shards
from .errors_option import OF_DATA
from .exit_codes import ExitCode
from .finite import FiniteRange
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .option_errors import Command
from .option_values import type_range
from .options import DataOptions, Files, data_options, labels_option, optional_files_argument, output_options, paths_of
from .output_paths import output_file
from .picture_checks import refuse, refuse_effects
from .pictures import COLUMN, PAGE, PICTURES, Asked
from .printer import Printer, print_json

if TYPE_CHECKING:
    from ..ballots import Coded
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["PICTURES", "command"]

OPTIONS = {"types": "compare", "kind": "se", "other": "beside"}
"""Argument of a function -> the option that gave it."""


@click.command("plot", cls=Command)
@click.argument("fitted", cls=FileArgument, metavar="FIT")
@optional_files_argument
@option(Section.OUTPUT, "--out", "-o", required=True, metavar="PICTURE", callback=output_file,
        help="Write the picture to this file, which ends in .png, .svg or .pdf.")
@option(Section.OUTPUT, "--kind", "picture", type=click.Choice(list(PICTURES)), metavar="KIND",
        show_default="types of ballots, profile of a table of answers", help="The picture: a word of the list above.")
@option(Section.OUTPUT, "--width", type=FiniteRange(60, 1000), metavar="MM",
        show_default=f"{PAGE} for a page, {COLUMN} for pictures of one panel",
        help="Width of the picture in millimetres; 85 is one of two columns of a journal.")
@option(Section.OUTPUT, "--by", metavar="COLUMN", show_default="that of the groups of the fit",
        help="Column of the groups, such as precinct, for --kind groups.")
@option(Section.OUTPUT, "--category", metavar="LABEL",
        help="Category whose probability is drawn, for --kind profile.")
@option(Section.OUTPUT, "--lines", is_flag=True,
        help="Join the points of a type by lines, for --kind profile.")
@option(Section.OUTPUT, "--compare", type=type_range, metavar="NUMBERS",
        help="A panel for each of these numbers of types, such as 1-4, fitted as FIT was, for --kind profile.")
@option(Section.OUTPUT, "--dots", is_flag=True,
        help="Points with 95 % intervals instead of bars, for --kind types and one-party.")
@option(Section.OUTPUT, "--se", type=click.Choice(OF_DATA),
        show_default="none; of effects robust, or observed where the fit has covariates",
        help="Draw 95 % intervals by standard errors of this kind, for --kind profile, shares and effects.")
@option(Section.OUTPUT, "--comparison", metavar="CSV", help="Table of `blocs compare --out`, for --kind criteria.")
@option(Section.OUTPUT, "--beside", metavar="FIT", help="The other fit, for --kind two-fits.")
@option(Section.OUTPUT, "--outcome", metavar="COLUMN",
        help="Column of the outcome, as `blocs distal` takes it, for --kind outcomes.")
@option(Section.OUTPUT, "--returns", metavar="CSV",
        help="Table of certified totals, as `blocs totals` takes it, for --kind certified.")
@option(Section.OUTPUT, "--method", type=click.Choice(["two_step", "ml", "bch", "naive"]),
        show_default="two_step for effects; bch for means, ml for others",
        help="How the steps after the types are made, for --kind effects and outcomes.")  # fmt: skip
@option(Section.OUTPUT, "--place", metavar="TEXT", help="Where the ballots were cast, for the caption of --kind types.")
@option(Section.OUTPUT, "--date", metavar="TEXT", help="When the ballots were cast, for the caption of --kind types.")
@data_options
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, fitted: str, file: Files | None, out: str, picture: str | None, labels: str | None,
    memory: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Draw a picture of FIT, which `blocs fit --out` saved, and print its caption.

    FILE are the data that were fitted, read and coded as for the fit. --kind is one of the words below.

    \b
    These need FILE:
      types      how each type voted where both parties stood, as cast
      one-party  the same where only one party stood
      model      what the model says had both parties stood everywhere
      offices    how each party's voters voted, without types
      groups     shares of the types in each group (--by)
      residuals  how well each pair of items is described
      effects    how covariates (of the fit, or --covariates) change the shares
      outcomes   an outcome of each type (--outcome)
      certified  votes counted against certified totals (--returns)
    These do not:
      profile    probabilities of the items in each type (with --compare, of
                 several numbers of types: this needs FILE, too)
      shares     shares of the types
      trace      log-likelihood of every start by iteration
      optima     where the starts ended
      criteria   information criteria over the number of types (--comparison)
      account    what became of every record
      two-fits   this fit and another (--beside)

    \b
      blocs plot fit.json county.csv -o types.pdf
      blocs plot fit.json county.csv --kind groups --by precinct -o precincts.svg
      blocs plot survey.json --kind profile --category yes --lines -o profile.png
      blocs plot survey.json survey.csv --compare 1-4 -o types1-4.png
      blocs plot fit.json survey.csv --kind effects --covariates '~ x' -o x.png
    """
    from ..plots.house_style import check_format, pyplot, save
    from ..plots.layout import figure_of
    from ..results.load import load_any

    check_format(out)
    pyplot().switch_backend("agg")  # files need no window; and an error before the file is read without matplotlib
    fit = load_any(fitted)
    wanted = _wanted(ctx, fit, file)
    check_apart(out, *paths_of(file or ()), fitted, wanted.read.candidates, labels, rest["comparison"], rest["beside"],
                rest["returns"])
    with Monitor(quiet) as monitor:
        profiles: Any = None
        coded = None
        if file is not None:
            profiles, coded = _read(file, wanted, memory, monitor)
        asked = Asked(fit, profiles, coded, read_labels(labels, _first(fit).schema.names), wanted.options)
        with _named_by_options():
            if rest["compare"]:
                asked = asked._replace(compared=_compared(asked, monitor))
            monitor.task("drawing", known=False)
            drawn = PICTURES[wanted.name].draw(asked)
        save(figure_of(drawn.axes), out, drawn.caption)
    if as_json:
        print_json({"command": "plot", "fit": fitted, "file": file, "kind": wanted.name, "out": out,
                    "caption": drawn.caption, "data": drawn.table.to_dict("records")})  # fmt: skip
        return ExitCode.DONE
    printer = Printer()
    printer.text(drawn.caption)
    printer.text()
    printer.line(f"Written to {out}.")
    return ExitCode.DONE


class Wanted(NamedTuple):
    """What is drawn: a picture, and what is read for it.

    name: of the picture; options: of the command; read: how the data are read; columns: those that are read beside the
    columns of the fit -> the argument that named each.
    """

    name: str
    options: Mapping[str, Any]
    read: DataOptions
    columns: Mapping[str, str]


def _wanted(ctx: click.Context, fit: Fit | FitsByGroup, file: Files | None) -> Wanted:
    """Return what is drawn, or raise the error of what cannot be, before anything is read."""
    first = _first(fit)
    read = DataOptions.from_call(ctx, dict(first.settings).get("data"))
    name = ctx.params["picture"] or ("types" if read.items is None else "profile")
    own = _groups_of(fit) if name == "groups" else ()
    by = ctx.params["by"] or (own[0] if len(own) == 1 else None)
    options = {**ctx.params, "by": by, "covariates": read.covariates}
    refuse(name, file, read, options, own)
    after = name == "effects" and first.design is None  # the covariates are not of the fit, but of steps after it
    if name == "effects":
        refuse_effects(read.covariates, options["method"], after)
    columns = _columns(options, read.covariates if after else None, read)
    if {"coded", "by", "outcome"} & {*PICTURES[name].needs} or after:
        refuse_shards(file or ())
    read = replace(read, groups=tuple(dict.fromkeys((*read.groups, *columns))),
                   covariates=None if after else read.covariates)  # fmt: skip
    return Wanted(name, options, read, columns)


def _read(file: Files, wanted: Wanted, memory: str | None, monitor: Monitor) -> tuple[Profiles, Coded | None]:
    """Return the data of a picture; a column that is not there is blamed on the option that named it."""
    monitor.task("reading the file")
    with ExitStack() as blame:
        for column, argument in wanted.columns.items():
            blame.enter_context(named_instead(argument, {column}))
        return read_data(file, wanted.read, memory, None, monitor.reading)


def _compared(asked: Asked, monitor: Monitor) -> list[Fit]:
    """Return fits of the numbers of types that --compare names."""
    from ..inference.other_numbers import other_numbers

    starts, numbers = int(asked.one.settings.get("starts") or 1), chain.from_iterable(asked.options["compare"])
    return other_numbers(asked.one, asked.profiles, numbers, lambda number: monitor.fitting(number, starts))


def _first(fit: Fit | FitsByGroup) -> Fit:
    """Return the fit, or the first of several by group, which all have the same items and settings."""
    from ..results.fit_result import Fit

    return fit if isinstance(fit, Fit) else fit.first


@contextmanager
def _named_by_options() -> Iterator[None]:
    """Name in faults the options that the arguments came from."""
    try:
        yield
    except InputError as error:
        faults = (replace(fault, argument=OPTIONS.get(fault.argument, fault.argument)) for fault in error.faults)
        raise type(error)(*faults) from None


def _groups_of(fit: Fit | FitsByGroup) -> tuple[str, ...]:
    """Return the columns of the groups of a fit, whose shares are drawn where no other column is named."""
    from ..results.fits_by_group import FitsByGroup

    if isinstance(fit, FitsByGroup):
        return (str(fit.by),)
    return () if fit.groups is None else fit.groups.names


def _columns(options: Mapping[str, Any], formula: str | None, read: DataOptions) -> dict[str, str]:
    """Return the columns that are read beside those of the fit, and the arguments that named them.

    formula: of covariates that the fit itself does not have.
    """
    from ..inference.distal import column_of
    from ..membership import columns_of

    by, outcome = options["by"], options["outcome"]
    named = {**({by: "by"} if by else {}), **dict.fromkeys(columns_of(formula), "covariates"),
             **({column_of(outcome)[0]: "outcome"} if outcome else {})}  # fmt: skip
    known = {*read.groups, *([TOP] if read.items is None else [])}  # of ballots, the party at the top
    return {name: argument for name, argument in named.items() if name not in known}
