"""`blocs fit`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import BlocsError, Fault, InputError
from ..core.interrupts import interruptible
from ..core.limits import MOST_REPLICATES
from ..files.atomic import check_apart
from .by_option import blamed_on_by, equal_of, refuse_by, with_by
from .constraints_option import constraints_option, table_of_constraints
from .data import named_instead, read_data, refuse_covariates, refuse_shards
from .error_report import errors_json, show_errors
from .exit_codes import ExitCode, as_one
from .finding import finding, words_of_finding
from .fit_page import require_page, write_page
from .fit_report import document, show
from .fit_tables import tables_of
from .go_on import show_how_to_go_on
from .group_table import shares_test_json, show_shares_test
from .help_sections import Section, option
from .labels import read_labels, with_group_labels
from .monitor import Monitor
from .not_stable import show_why
from .notes import show_left_out
from .option_errors import Command
from .options import (
    KINDS,
    DataOptions,
    Files,
    data_options,
    files_argument,
    fit_options,
    labels_option,
    listed,
    output_options,
    paths_of,
    words_options,
)
from .output_paths import fit_files, page_file, save_all, unsaved
from .printer import Printer, print_json
from .repeat import made_by
from .scale_options import begun_again, note_left_out, scale_options, scale_settings
from .show import show_account

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["command", "exit_code"]

NOT_TESTED = "The shares are not tested, as there was a request to stop before."


@click.command("fit", cls=Command)
@files_argument
@data_options
@option(
    Section.SEARCH,
    "--types",
    type=click.IntRange(1),
    show_default="3, or as for --resume",
    metavar="NUMBER",
    help="Number of types.",
)
@option(Section.SEARCH, "--resume", metavar="JSON",
        help="Start from this saved fit instead of random starts, or go on from this checkpoint. Options of the data "
             "and the coding that are not given are as in that fit.")  # fmt: skip
@option(
    Section.SEARCH,
    "--by",
    "group_by",
    metavar="[top]|COLUMN",
    help="With 'top', fit the voters of each party at the top of the ticket by themselves, with types that go "
         "together; with a column, fit all together, with shares and by --equal answers of each group.",
)
@option(Section.SEARCH, "--equal", callback=listed, metavar="all|none|LIST", show_default="all",
        help="With --by COLUMN: items whose probabilities are equal in all groups.")  # fmt: skip
@constraints_option
@fit_options
@scale_options
@option(Section.OUTPUT, "--out", "files", metavar="FILE", multiple=True, callback=fit_files,
        help="Save the fit in this file, .json, or its tables: .tex, .md, .html, .xlsx, .docx, .txt or .csv; can be "
             "given several times.")
@option(Section.OUTPUT, "--report", metavar="HTML", callback=page_file,
        help="Write a page with figures, tables and a paragraph on the fit to this file; `blocs report` "
             "has more options. It needs the extra report.")
@option(
    Section.OUTPUT,
    "--model",
    is_flag=True,
    help="Ballots: also print the model's probabilities of a choice among all outcomes, which nobody may have had.",
)
@option(Section.OUTPUT, "--se", type=click.Choice(KINDS), show_default="none, or cluster with --cluster",
        help="Print standard errors of this kind.")  # fmt: skip
@option(Section.OUTPUT, "--cluster", metavar="COLUMN",
        help="Cluster robust standard errors, or those of the bootstrap, on this column, such as precinct.")
@option(Section.OUTPUT, "--replicates", type=click.IntRange(2, MOST_REPLICATES), show_default="1000",
        help="Replicates of --se bootstrap.")  # fmt: skip
@option(Section.OUTPUT, "--test-shares", is_flag=True,
        help="With --by-group or --covariates: test by likelihood ratios whether the shares depend on them, and print "
             "how far they moved the types.")  # fmt: skip
@words_options
@labels_option
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, types: int | None, group_by: str | None, equal: tuple[str, ...] | None,
    files: tuple[str | None, tuple[str, ...]], resume: str | None, model: bool, se: str | None,
    cluster: str | None, replicates: int | None, test_shares: bool, labels: str | None, constraints: str | None,
    memory: str | None, jobs: int | None, starts: int, checkpoint: str | None, every: float, engine: str,
    scheduler: str | None, report: str | None, as_json: bool, quiet: bool, **rest: Any,
) -> int:  # fmt: skip
    """Fit types to the ballots or answers in FILE, and print what they show, in a paragraph and in tables.

    FILE holds ballots in any format that blocs reads: long and wide tables, count tables, exports of the vendors. With
    --items it is a table of answers. Ctrl-C ends the fit: the best solution so far is printed, and saved with --out.

    \b
      blocs fit county.csv --report page.html --place "Madison, ward 9" --date "6 November 2018"
      blocs fit county.csv --top President --parties DEM,REP --types 4 --out fit.json
      blocs fit county.csv --types 3 --by top --out fit.json --out tables.xlsx
      blocs fit counts.csv.gz --top PRS --weights voters --codes 'v_*:0=none,1=REP,2=DEM,*=other'
      blocs fit survey.csv --items a,b,c --weights n --types 2
      blocs fit county.csv --types 3 --se robust --cluster precinct
      blocs fit county.csv --types 3 --se bootstrap --replicates 500
      blocs fit survey.csv --items a,b,c --covariates '~ age + party' --types 2 --se robust
      blocs fit county.csv --by-group precinct --types 3 --test-shares
      blocs fit survey.csv --items a,b,c,d --by party --equal a,b,c --types 2
    """
    from ..em.fit import fit
    from ..inference.bootstrap import bootstrap
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.by_group import fit_by_group
    from ..inference.error_tables import StandardErrors
    from ..inference.selection import numbers_of_types
    from ..inference.shares_test import SharesTest, shares_test
    from ..inference.standard_errors import standard_errors
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup
    from ..results.load import load

    out, papers = files
    resume, checkpoint = begun_again(resume, checkpoint)
    begin = load(resume) if resume else None
    options = DataOptions.from_call(ctx, dict(begin.settings).get("data") if begin else None)
    by, group_by = (None, group_by) if group_by in (None, "top") else (group_by, None)
    options = with_by(options, by, equal)
    refuse_by(group_by, options.items, checkpoint, constraints)
    _refuse(group_by, begin, model, options)
    _refuse_errors(se, cluster, group_by, rest["prior"], replicates)
    refuse_covariates(options, group_by)
    _refuse_test(test_shares, options, rest["prior"])
    if group_by is not None:
        refuse_shards(file)
    asked, options = options, _with_cluster(options, cluster)
    for name in filter(None, (out, *papers, report)):
        check_apart(name, *paths_of(file), options.candidates, labels, constraints)
    if report is not None:
        require_page(report, file, papers)
    words = words_of_finding(rest, options.items)
    note_left_out(engine, checkpoint, of_checkpoint={"--test-shares": test_shares},
                  of_engine={"--test-shares": test_shares})
    number = types or (begin.types if begin else 3)
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor, scale_settings(checkpoint, every, engine, scheduler) as scale:
        monitor.task("reading the file")
        rows = table_of_constraints(constraints) if constraints or not begin else begin.settings.get("constraints")
        with blamed_on_by(by), named_instead("cluster", {cluster} - {*asked.groups} if cluster else set()):
            profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        names = read_labels(labels, profiles.schema.names)
        numbers_of_types(profiles, [number])
        data: dict[str, Any] = {"data": options.to_dict()}
        if file_of := constraints or (begin and dict(begin.settings).get("constraints_file")):
            data["constraints_file"] = file_of
        fitted: Fit | FitsByGroup
        request = ctx.with_resource(interruptible())  # to the end: what is found is printed and saved
        if group_by is None:
            watch = monitor.fitting(number, 1 if begin else starts)
            one = fit(profiles, number, starts=starts, jobs=jobs, init=begin, watch=watch,
                      covariates=options.covariates, groups=None if by else options.by_group,
                      by=by, equal=equal_of(equal, profiles.schema.names), constraints=rows,
                      **settings, **scale)  # fmt: skip
            fitted = replace(one, settings={**one.settings, **data})
            if by is not None:
                profiles = profiles.recoded(one.schema)  # what is printed is of the items of the groups
                names = with_group_labels(names, one.schema)
        else:

            def watch_of(party: Any) -> dict[str, Any]:
                return {"watch": monitor.fitting(number, starts)}

            fits = fit_by_group(profiles, number, group_by, each=watch_of, starts=starts, jobs=jobs,
                                engine=scale.get("engine"), **settings)  # fmt: skip
            fitted = fits.with_settings(**data)
        failure = unsaved(fitted.save, out)
        errors: StandardErrors | Bootstrap | None = None
        refused, test = list[Exception](), None
        if (se or cluster) and isinstance(fitted, Fit) and not request.is_set():
            monitor.task("standard errors")
            try:
                if se == "bootstrap":
                    number = replicates or 1000
                    errors = bootstrap(fitted, profiles, number, cluster=cluster, seed=rest["seed"], jobs=jobs,
                                       checkpoint=checkpoint, every=every, watch=monitor.refitting(number),
                                       engine=scale.get("engine"))  # fmt: skip
                else:
                    errors = standard_errors(fitted, profiles, se, cluster, engine=scale.get("engine"))
            except BlocsError as error:  # the fit is printed all the same
                refused += [] if request.is_set() else [error]
        if test_shares and isinstance(fitted, Fit):
            monitor.task("fits without", known=False)
            try:
                none = SharesTest((), (NOT_TESTED,), complete=False)
                test = none if request.is_set() else shares_test(fitted, profiles, jobs=jobs)
            except BlocsError as error:
                refused.append(error)
    of_page: tuple[Exception | None, int] = (None, ExitCode.DONE)
    if report is not None:
        again = made_by(fitted, paths_of(file), asked, files=[*filter(None, (out, *papers))], report=report, **words)
        of_page = write_page(report, fitted, profiles, errors, names, again, words)
    unwritten, written = save_all(lambda: tables_of(fitted, profiles, errors, names, coded is not None, test), papers,
                                  errors.table() if errors and papers else None)  # fmt: skip
    found, unfounded = finding(fitted, profiles, file, errors, names, words)
    if as_json:
        of_errors = {"standard_errors": errors_json(errors)} if errors else {}
        of_errors |= {"shares_test": shares_test_json(test)} if test else {}
        print_json({**document(fitted, profiles, file, out, coded), **of_errors, "finding": found,
                    "labels": names if labels else {}, "tables": list(papers), "report": report})  # fmt: skip
    else:
        printer = Printer()
        if found:
            printer.text(found)
            printer.text()
        show(printer, fitted, profiles, names, coded is not None, model)
        if errors:
            show_errors(printer, errors, names)
        if test:
            show_shares_test(printer, test)
        show_account(printer, profiles.account)
        show_left_out(printer, coded)
        if out and failure is None:
            printer.line(f"Saved to {out}.")
        for line in written:
            printer.line(line)
        if report is not None and of_page[0] is None:
            printer.line(f"The page is written to {report}.")
    if problems := [*filter(None, [failure, of_page[0] or unfounded]), *unwritten, *refused]:
        raise as_one(problems)
    code = max(of_page[1], *map(exit_code, fitted.fits.values() if isinstance(fitted, FitsByGroup) else [fitted]))
    if of_page[1] == ExitCode.NOT_CONVERGED:
        show_why(fitted)
    without_errors = (se or cluster) and isinstance(fitted, Fit) and errors is None
    if code == ExitCode.INTERRUPTED or without_errors or (
        isinstance(errors, Bootstrap) and errors.replicates < errors.asked
    ) or (test and not test.complete):  # fmt: skip
        begun = isinstance(fitted, Fit) and fitted.status == "interrupted"
        show_how_to_go_on(ctx, checkpoint, out if begun else None)
        return ExitCode.INTERRUPTED
    return code


def _refuse(group_by: str | None, begin: Fit | None, model: bool, options: DataOptions) -> None:
    """Refuse options that do not go together; nothing is ignored."""
    faults = []
    if group_by is not None and begin is not None:
        faults.append(Fault("a saved fit is of all voters", argument="group_by", remedy="Leave out `resume=`",
                            rule="It is no start for fits of one party each"))  # fmt: skip
    if model and options.items is not None:
        faults.append(Fault("it is for ballots only", argument="model",
                            rule="Of a table of answers, these probabilities are always printed"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def _refuse_errors(
    se: str | None, cluster: str | None, group_by: str | None, prior: float, replicates: int | None
) -> None:
    """Refuse standard errors where there are none, before anything is fitted."""
    faults = []
    if replicates is not None and se != "bootstrap":
        faults.append(Fault("there is nothing to replicate", argument="replicates", remedy="Give --se bootstrap"))
    name = "se" if se else "cluster"
    if (se or cluster) and group_by is not None:
        faults.append(Fault("it is for one fit of all voters", argument=name, remedy="Leave out `group_by=`",
                            rule="Fits of one party each have none"))  # fmt: skip
    if (se or cluster) and prior:
        faults.append(Fault("a fit with a prior has no standard errors", argument=name, remedy="Leave out `prior=`",
                            rule="It is no maximum of the likelihood"))  # fmt: skip
    if se in ("observed", "opg") and cluster:
        faults.append(Fault(f"clusters have no meaning for {se!r}", argument="cluster",
                            rule="Robust standard errors can be clustered", remedy="Give --se robust"))  # fmt: skip
    if se == "cluster" and not cluster:
        faults.append(Fault("there is no column of clusters", argument="se", remedy="Name one with `cluster=`",
                            rule="This kind adds scores within clusters"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def _refuse_test(test: bool, options: DataOptions, prior: float) -> None:
    """Refuse a test of shares where there is nothing to test, before anything is fitted."""
    if test and options.covariates is None and not options.by_group:
        raise InputError(Fault("the shares are the same for all", argument="test_shares",
                               remedy="Give --by-group or --covariates"))  # fmt: skip
    if test and prior:
        raise InputError(Fault("a fit with a prior has no likelihood-ratio test", argument="test_shares",
                               rule="It is no maximum of the likelihood", remedy="Leave out `prior=`"))  # fmt: skip


def _with_cluster(options: DataOptions, cluster: str | None) -> DataOptions:
    """Return the options with the clusters among the groups, which the profiles then keep."""
    more = (cluster,) if cluster is not None and cluster not in options.groups else ()
    return replace(options, groups=(*options.groups, *more))


def exit_code(fit: Fit) -> int:
    """Return 130 for an interrupted fit, 3 for one that is not to be relied on, else 0."""
    if fit.status == "interrupted":
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_CONVERGED if fit.status != "converged" or "empty_type" in fit.flags else ExitCode.DONE
