"""`blocs plot`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..core.top_party import TOP
from ..files.atomic import check_apart
from .data import named_instead, read_data, refuse_shards
from .errors_option import OF_DATA
from .exit_codes import ExitCode
from .finite import FiniteRange
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .option_errors import Command
from .options import (
    DataOptions,
    Files,
    data_options,
    labels_option,
    optional_files_argument,
    output_options,
    paths_of,
    type_range,
)
from .output_paths import output_file
from .pictures import COLUMN, PAGE, PICTURES, Asked
from .printer import Printer, print_json

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["PICTURES", "command"]

OWN = {
    "by": ("groups",), "comparison": ("criteria",), "beside": ("two-fits",), "category": ("profile",),
    "lines": ("profile",), "compare": ("profile",), "dots": ("types", "one-party"),
    "se": ("profile", "shares", "effects"), "place": ("types",), "date": ("types",), "outcome": ("outcomes",),
    "returns": ("certified",), "method": ("effects", "outcomes"),
}  # fmt: skip
"""Options of some pictures only."""
OPTIONS = {"types": "compare", "kind": "se"}
"""Argument of a function -> the option that gave it."""
NEEDED = {
    "file": ("there is no file", "Give the data that were fitted after the fit"),
    "by": ("there is no group", "Name a column, such as --by precinct"),
    "comparison": ("there is no comparison", "Give the table that `blocs compare --out` wrote"),
    "beside": ("there is no other fit", "Give a second saved fit"),
    "outcome": ("there is no outcome", "Name a column, such as --outcome turnout"),
    "returns": ("there are no certified totals", "Give a table with the columns contest, candidate and votes"),
}
"""What a picture needs -> what is wrong without it, and what to do."""


@click.command("plot", cls=Command)
@click.argument("fitted", metavar="FIT")
@optional_files_argument
@option(Section.OUTPUT, "--out", "-o", required=True, metavar="PICTURE", callback=output_file,
        help="Write the picture to this file, which ends in .png, .svg or .pdf.")
@option(Section.OUTPUT, "--kind", "picture", type=click.Choice(list(PICTURES)),
        show_default="types of ballots, profile of a table of answers", help="The picture.")  # fmt: skip
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

    FILE are the data that were fitted, read and coded as for the fit; pictures of the fit alone do not need it.

    \b
    types      how each type voted in each office where both parties stood, as cast; needs FILE
    one-party  the same where only one party stood; needs FILE
    model      what the model says had both parties stood everywhere; needs FILE
    offices    how each party's voters voted in each office, without types; needs FILE
    profile    probabilities of the items in each type; of several numbers of types with --compare, which needs FILE
    shares     shares of the types
    groups     shares of the types in each group (--by); needs FILE
    trace      log-likelihood of every start by iteration
    optima     where the starts ended
    residuals  how well each pair of items is described; needs FILE
    criteria   information criteria over the number of types (--comparison)
    account    what became of every record
    two-fits   this fit and another (--beside)
    effects    how covariates change the shares (--covariates, or those of the fit); needs FILE
    outcomes   an outcome of each type (--outcome); needs FILE
    certified  votes counted against certified totals (--returns); needs FILE

    \b
      blocs plot fit.json county.csv -o types.pdf
      blocs plot fit.json county.csv --kind groups --by precinct -o precincts.svg
      blocs plot survey.json --kind profile --category yes --lines -o profile.png
      blocs plot survey.json survey.csv --compare 1-4 -o types1-4.png
      blocs plot survey.json survey.csv --kind effects --covariates '~ age' -o effects.png
    """
    from ..inference.other_numbers import other_numbers
    from ..plots.house_style import check_format, pyplot, save
    from ..plots.layout import figure_of
    from ..results.fit_result import Fit
    from ..results.load import load_any

    check_format(out)
    pyplot().switch_backend("agg")  # files need no window; and an error before the file is read without matplotlib
    fit = load_any(fitted)
    one = fit if isinstance(fit, Fit) else fit.first
    options = DataOptions.from_call(ctx, dict(one.settings).get("data"))
    name = picture or ("types" if options.items is None else "profile")
    of_steps = name == "effects" and one.design is None
    own = _groups_of(fit) if name == "groups" else ()
    if len(own) == 1:
        ctx.params["by"] = rest["by"] = rest["by"] or own[0]
    _refuse(name, file, options, ctx, own)
    if name == "effects":
        _refuse_effects(options.covariates, rest["method"], of_steps)
    columns = _columns(ctx.params, options.covariates if of_steps else None, options.items is None)
    if {"coded", "by", "outcome"} & {*PICTURES[name].needs} or of_steps:
        refuse_shards(file or ())
    check_apart(out, *paths_of(file or ()), fitted, options.candidates, labels, rest["comparison"], rest["beside"],
                rest["returns"])
    read = replace(options, groups=tuple(dict.fromkeys((*options.groups, *columns))),
                   covariates=None if of_steps else options.covariates)  # fmt: skip
    with Monitor(quiet) as monitor:
        profiles: Any = None
        coded = None
        if file is not None:
            monitor.task("reading the file")
            with ExitStack() as blame:
                for column, argument in columns.items():
                    blame.enter_context(named_instead(argument, {column} - {*options.groups}))
                profiles, coded = read_data(file, read, memory, None, monitor.reading)
        names, given = read_labels(labels, one.schema.names), {**rest, "covariates": options.covariates}
        asked = Asked(fit, profiles, coded, names, given)
        with _named_by_options():
            if rest["compare"]:
                starts, numbers = int(one.settings.get("starts") or 1), chain.from_iterable(rest["compare"])
                fits = other_numbers(asked.one, profiles, numbers, lambda number: monitor.fitting(number, starts))
                asked = asked._replace(compared=fits)
            monitor.task("drawing", known=False)
            drawn = PICTURES[name].draw(asked)
        save(figure_of(drawn.axes), out, drawn.caption)
    if as_json:
        print_json({"command": "plot", "fit": fitted, "file": file, "kind": name, "out": out,
                    "caption": drawn.caption, "data": drawn.table.to_dict("records")})  # fmt: skip
        return ExitCode.DONE
    printer = Printer()
    printer.text(drawn.caption)
    printer.text()
    printer.line(f"Written to {out}.")
    return ExitCode.DONE


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


def _refuse(
    name: str, file: Files | None, options: DataOptions, ctx: click.Context, groups: Sequence[str] = ()
) -> None:
    """Refuse a picture without what it needs, and options that it does not have; nothing is ignored.

    groups: columns of the groups of the fit, for what is stated where there are several.
    """
    faults = []
    needs = [*PICTURES[name].needs, *(["file"] if ctx.params["compare"] and name == "profile" else [])]
    given = {"file": file, **{option: ctx.params.get(option) for option in NEEDED if option != "file"}}
    for need in needs:
        if need in NEEDED and not given[need]:
            what, remedy = NEEDED[need]
            rule = f"The picture {name!r} needs one"
            if need == "by" and groups:
                together = " and ".join(map(repr, groups))
                rule = f"The fit has shares by {together} together, and the picture is of one column"
                remedy = "Fit with one of them, or without groups"
            faults.append(Fault(what, argument=need, rule=rule, remedy=remedy))
    if "coded" in PICTURES[name].needs and options.items is not None:
        faults.append(Fault(f"{name!r} is a picture of ballots", argument="picture",
                            rule="The fit is of a table of answers", remedy="Draw its profile"))  # fmt: skip
    for own, pictures in OWN.items():
        if ctx.params[own] and name not in pictures:
            faults.append(Fault(f"the picture {name!r} does not have it", argument=own,
                                rule=f"It is for {' and '.join(pictures)}", remedy="Leave it out"))  # fmt: skip
    if ctx.params["compare"] and ctx.params["se"] and name == "profile":
        faults.append(Fault("intervals of several fits in one picture are not available", argument="se",
                            remedy="Leave it out"))  # fmt: skip
    elif ctx.params["se"] and name in OWN["se"] and file is None and "file" not in needs:
        faults.append(Fault("there is no file", argument="file", rule="Standard errors are computed from the data",
                            remedy="Give the data that were fitted after the fit"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def _refuse_effects(formula: str | None, method: str | None, of_steps: bool) -> None:
    """Refuse effects without covariates, and a method of steps for a fit that has them."""
    if formula is None:
        raise InputError(Fault("there is none", argument="covariates", rule="The fit has none itself",
                               remedy="Give a formula, such as --covariates '~ age'"))  # fmt: skip
    if method and not of_steps:
        raise InputError(Fault("the fit has covariates, whose coefficients were estimated with the types",
                               argument="method", remedy="Leave it out"))  # fmt: skip


def _columns(params: Mapping[str, Any], formula: str | None, ballots: bool) -> dict[str, str]:
    """Return the columns that are read beside those of the fit, and the arguments that named them.

    formula: of covariates that the fit itself does not have; ballots: their party at the top is always known.
    """
    from ..inference.distal import column_of
    from ..membership import columns_of

    by, outcome = params["by"], params["outcome"]
    named = {**({by: "by"} if by else {}), **dict.fromkeys(columns_of(formula), "covariates"),
             **({column_of(outcome)[0]: "outcome"} if outcome else {})}  # fmt: skip
    return {name: argument for name, argument in named.items() if not (ballots and name == TOP)}
