"""`blocs plot`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import Fault, InputError, UnsupportedError
from ..files.atomic import check_apart
from .data import named_instead, read_data, refuse_shards
from .errors_option import OF_DATA, errors_of
from .exit_codes import ExitCode
from .help_sections import Section, option
from .labels import read_labels
from .monitor import Monitor
from .option_errors import Command
from .options import DataOptions, Files, data_options, labels_option, optional_files_argument, output_options, paths_of
from .output_paths import output_file
from .printer import Printer, print_json

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Coded
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["PICTURES", "command"]


PAGE, COLUMN = 170, 85
"""Widths of pictures in millimetres, as `plots.house_style` has them, which is not loaded for a line of help."""


class Asked(NamedTuple):
    """What a picture is drawn from: the fit, its data where FILE is given, and the options."""

    fit: Fit | FitsByGroup
    profiles: Profiles
    coded: Coded | None
    labels: Mapping[str, str]
    options: Mapping[str, Any]

    @property
    def page(self) -> float:
        """The width of a figure that is as wide as a page, unless the caller gave one, in millimetres."""
        return float(self.options["width"] or PAGE)

    @property
    def column(self) -> float:
        """The width of a figure of one panel."""
        return float(self.options["width"] or COLUMN)

    @property
    def one(self) -> Fit:
        """The fit, where it is one of all observations."""
        from ..results.fit_result import Fit

        if not isinstance(self.fit, Fit):
            raise UnsupportedError("This picture shows one fit of all observations; the file has fits by top party. "
                                   "With them --kind types, one-party and model are drawn.")  # fmt: skip
        return self.fit


class Drawn(NamedTuple):
    """A picture: its axes, the table that it shows, and its caption."""

    axes: Any
    table: pd.DataFrame
    caption: str


class Picture(NamedTuple):
    """How a picture is drawn; needs: what it cannot do without, of "file", "coded", "by", "comparison" and "beside"."""

    draw: Callable[[Asked], Drawn]
    needs: Sequence[str] = ()


def _types(asked: Asked, stood: str = "both") -> Drawn:
    from ..plots import types_by_office, types_by_office_data
    from ..plots.captions import one_party_caption, types_caption

    table = types_by_office_data(asked.fit, asked.profiles)
    place, date = (asked.options[name] or "" for name in ("place", "date"))
    caption = one_party_caption() if stood == "one" else types_caption(
        asked.fit, asked.profiles.account, place, date, dots=asked.options["dots"]
    )
    kind = "dots" if asked.options["dots"] else "bars"
    return Drawn(types_by_office(table, stood, kind, labels=asked.labels, width=asked.page), table, caption)


def _one_party(asked: Asked) -> Drawn:
    return _types(asked, "one")


def _model(asked: Asked) -> Drawn:
    from ..plots import model_by_office, model_by_office_data
    from ..plots.captions import model_caption
    from ..plots.model_by_office import without_extrapolated

    table = model_by_office_data(asked.fit, asked.profiles)
    hatched = bool(without_extrapolated(table)["extrapolated"].any())
    return Drawn(model_by_office(table, labels=asked.labels, width=asked.page), table, model_caption(hatched))


def _offices(asked: Asked) -> Drawn:
    from ..plots import office_shares, office_shares_data
    from ..plots.captions import OFFICES

    assert asked.coded is not None
    table = office_shares_data(asked.coded)
    return Drawn(office_shares(table, labels=asked.labels, width=asked.page), table, OFFICES)


def _profile(asked: Asked) -> Drawn:
    from ..plots import item_profiles, item_profiles_data
    from ..plots.captions import profile_caption
    from ..plots.item_profiles import shown_category, shown_rows

    errors = errors_of(asked.one, asked.profiles, asked.options["se"])
    table = item_profiles_data(asked.one, errors)
    category = asked.options["category"]
    boundary = bool(shown_rows(table, category)["low"].isna().any())
    caption = profile_caption(asked.one, shown_category(table, category), errors.kind if errors else "", boundary)
    axes = item_profiles(table, category, lines=asked.options["lines"], labels=asked.labels, width=asked.page)
    return Drawn(axes, table, caption)


def _shares(asked: Asked) -> Drawn:
    from ..plots import shares, shares_data
    from ..plots.captions import SHARES

    table = shares_data(errors_of(asked.one, asked.profiles, asked.options["se"]) or asked.one)
    return Drawn(shares(table, width=asked.column), table, SHARES)


def _groups(asked: Asked) -> Drawn:
    from ..inference.shown_shares import shown_shares
    from ..plots import shares_by_group, shares_by_group_data
    from ..plots.captions import group_caption

    by, unit = asked.options["by"], "voter" if asked.coded else "observation"
    table = shares_by_group_data(shown_shares(asked.fit, asked.profiles, by))
    return Drawn(shares_by_group(table, unit=unit, width=asked.page), table, group_caption(table, by, unit=unit))


def _trace(asked: Asked) -> Drawn:
    from ..plots import trace, trace_data
    from ..plots.captions import TRACE

    table = trace_data(asked.one)
    return Drawn(trace(table, width=asked.column), table, TRACE)


def _optima(asked: Asked) -> Drawn:
    from ..plots import optima, optima_data
    from ..plots.captions import OPTIMA

    table = optima_data(asked.one)
    return Drawn(optima(table, width=asked.column), table, OPTIMA)


def _residuals(asked: Asked) -> Drawn:
    from ..inference.bivariate import bivariate_residuals
    from ..plots import residual_map, residual_map_data
    from ..plots.captions import RESIDUALS

    table = residual_map_data(bivariate_residuals(asked.one, asked.profiles), asked.one.schema.names)
    return Drawn(residual_map(table, labels=asked.labels, width=asked.page), table, RESIDUALS)


def _criteria(asked: Asked) -> Drawn:
    from ..papers.comparison_check import refuse_other_comparison
    from ..plots import criteria_over_types, criteria_over_types_data
    from ..plots.captions import criteria_caption
    from ..tables.survey_table import plain_table

    compared = plain_table(asked.options["comparison"])
    table = criteria_over_types_data(compared)
    refuse_other_comparison(asked.fit, compared)
    return Drawn(criteria_over_types(table, width=asked.column), table, criteria_caption(table))


def _account(asked: Asked) -> Drawn:
    from ..plots import account_flow, account_flow_data
    from ..plots.captions import account_caption

    table = account_flow_data(asked.profiles.account)
    return Drawn(account_flow(table, width=asked.page), table, account_caption(table))


def _two_fits(asked: Asked) -> Drawn:
    from ..plots import two_fits, two_fits_data
    from ..plots.captions import TWO_FITS
    from ..results.load import load

    table = two_fits_data(asked.one, load(asked.options["beside"]))
    return Drawn(two_fits(table, labels=asked.labels, width=asked.page), table, TWO_FITS)


PICTURES = {
    "types": Picture(_types, ("file", "coded")),
    "one-party": Picture(_one_party, ("file", "coded")),
    "model": Picture(_model, ("file", "coded")),
    "offices": Picture(_offices, ("file", "coded")),
    "profile": Picture(_profile),
    "shares": Picture(_shares),
    "groups": Picture(_groups, ("file", "by")),
    "trace": Picture(_trace),
    "optima": Picture(_optima),
    "residuals": Picture(_residuals, ("file",)),
    "criteria": Picture(_criteria, ("comparison",)),
    "account": Picture(_account, ("file",)),
    "two-fits": Picture(_two_fits, ("beside",)),
}
"""Name of a picture -> how it is drawn."""
OWN = {
    "by": ("groups",), "comparison": ("criteria",), "beside": ("two-fits",), "category": ("profile",),
    "lines": ("profile",), "dots": ("types", "one-party"), "se": ("profile", "shares"), "place": ("types",),
    "date": ("types",),
}  # fmt: skip
"""Options of some pictures only."""
NEEDED = {
    "file": ("file", "there is no file", "Give the data that were fitted after the fit"),
    "by": ("by", "there is no group", "Name a column, such as --by precinct"),
    "comparison": ("comparison", "there is no comparison", "Give the table that `blocs compare --out` wrote"),
    "beside": ("beside", "there is no other fit", "Give a second saved fit"),
}
"""What a picture needs -> the argument, what is wrong without it, and what to do."""


@click.command("plot", cls=Command)
@click.argument("fitted", metavar="FIT")
@optional_files_argument
@option(Section.OUTPUT, "--out", "-o", required=True, metavar="PICTURE", callback=output_file,
        help="Write the picture to this file, which ends in .png, .svg or .pdf.")
@option(Section.OUTPUT, "--kind", "picture", type=click.Choice(list(PICTURES)),
        show_default="types of ballots, profile of a table of answers", help="The picture.")  # fmt: skip
@option(Section.OUTPUT, "--width", type=click.FloatRange(60, 1000), metavar="MM",
        show_default=f"{PAGE} for a page, {COLUMN} for pictures of one panel",
        help="Width of the picture in millimetres; 85 is one of two columns of a journal.")
@option(Section.OUTPUT, "--by", metavar="COLUMN", help="Column of the groups, such as precinct, for --kind groups.")
@option(Section.OUTPUT, "--category", metavar="LABEL",
        help="Category whose probability is drawn, for --kind profile.")
@option(Section.OUTPUT, "--lines", is_flag=True,
        help="Join the points of a type by lines, for --kind profile.")
@option(Section.OUTPUT, "--dots", is_flag=True,
        help="Points with 95 % intervals instead of bars, for --kind types and one-party.")
@option(Section.OUTPUT, "--se", type=click.Choice(OF_DATA),
        help="Draw 95 % intervals by standard errors of this kind, for --kind profile and shares.")  # fmt: skip
@option(Section.OUTPUT, "--comparison", metavar="CSV", help="Table of `blocs compare --out`, for --kind criteria.")
@option(Section.OUTPUT, "--beside", metavar="FIT", help="The other fit, for --kind two-fits.")
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
    profile    probabilities of the items in each type
    shares     shares of the types
    groups     shares of the types in each group (--by); needs FILE
    trace      log-likelihood by iteration
    optima     where the starts ended
    residuals  how well each pair of items is described; needs FILE
    criteria   information criteria over the number of types (--comparison)
    account    what became of every record; needs FILE
    two-fits   this fit and another (--beside)

    \b
      blocs plot fit.json county.csv -o types.pdf
      blocs plot fit.json county.csv --kind groups --by precinct -o precincts.svg
      blocs plot survey.json --kind profile --category yes --lines -o profile.png
    """
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
    _refuse(name, file, options, ctx)
    if {"coded", "by"} & {*PICTURES[name].needs}:
        refuse_shards(file or ())
    check_apart(out, *paths_of(file or ()), fitted, options.candidates, labels, rest["comparison"], rest["beside"])
    by = rest["by"]
    read = replace(options, groups=tuple(dict.fromkeys((*options.groups, *([by] if by and by != "top" else [])))))
    with Monitor(quiet) as monitor:
        profiles: Any = None
        coded = None
        if file is not None:
            monitor.task("reading the file")
            with named_instead("by", {by} - {*options.groups} if by else set()):
                profiles, coded = read_data(file, read, memory, None, monitor.reading)
        names = read_labels(labels, one.schema.names)
        monitor.task("drawing", known=False)
        drawn = PICTURES[name].draw(Asked(fit, profiles, coded, names, rest))
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


def _refuse(name: str, file: Files | None, options: DataOptions, ctx: click.Context) -> None:
    """Refuse a picture without what it needs, and options that it does not have; nothing is ignored."""
    faults = []
    given = {"file": file, **{option: ctx.params[option] for option in ("by", "comparison", "beside")}}
    for need in PICTURES[name].needs:
        if need != "coded" and not given[need]:
            argument, what, remedy = NEEDED[need]
            faults.append(Fault(what, argument=argument, rule=f"The picture {name!r} needs one", remedy=remedy))
    if "coded" in PICTURES[name].needs and options.items is not None:
        faults.append(Fault(f"{name!r} is a picture of ballots", argument="picture",
                            rule="The fit is of a table of answers", remedy="Draw its profile"))  # fmt: skip
    for own, pictures in OWN.items():
        if ctx.params[own] and name not in pictures:
            faults.append(Fault(f"the picture {name!r} does not have it", argument=own,
                                rule=f"It is for {' and '.join(pictures)}", remedy="Leave it out"))  # fmt: skip
    if ctx.params["se"] and name in OWN["se"] and file is None:
        faults.append(Fault("there is no file", argument="file", rule="Standard errors are computed from the data",
                            remedy="Give the data that were fitted after the fit"))  # fmt: skip
    if faults:
        raise InputError(*faults)
