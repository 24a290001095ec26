"""`blocs compare`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import Fault, InputError
from ..core.interrupts import interruptible
from ..files.atomic import check_apart
from .constraints_option import constraints_option, table_of_constraints
from .data import read_data, refuse_covariates
from .exit_codes import ExitCode, OptionError
from .go_on import show_how_to_go_on
from .help_sections import Section, option
from .monitor import Monitor
from .notes import left_out_json, show_left_out
from .option_errors import Command
from .options import DataOptions, Files, data_options, files_argument, fit_options, output_options, paths_of, type_range
from .output_paths import save_forms, table_files
from .printer import Printer, print_json
from .scale_options import note_left_out, scale_options, scale_settings
from .show import comparison_json, show_account, show_comparison, show_recommendation

if TYPE_CHECKING:
    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["command", "run"]


def _refuse_by(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Refuse the option that `blocs fit` has, with the reason; nothing is ignored."""
    if value is not None:
        raise OptionError(Fault("it is for `blocs fit`", where="--by", rule="A comparison is of fits of all voters",
                                remedy=f"Fit each number of types with `blocs fit --types NUMBER --by {value}`, which "
                                       "prints the BIC of the parties together"))  # fmt: skip


@click.command("compare", cls=Command)
@files_argument
@data_options
@option(
    Section.SEARCH,
    "--types",
    type=type_range,
    show_default="1-8, at most the number of unique rows",
    help="Numbers of types, such as 1-8 or 1,2,4.",
)
@constraints_option
@option(Section.SEARCH, "--by", hidden=True, callback=_refuse_by, expose_value=False,
        help="Of fits by party there is no comparison.")  # fmt: skip
@fit_options
@scale_options
@option(Section.SEARCH, "--cross-validate", type=click.IntRange(2), metavar="FOLDS",
        help="Also divide the observations into so many parts, and evaluate each number of types on parts that it was "
             "not fitted to.")
@option(Section.SEARCH, "--blrt", is_flag=True,
        help="Also test each number of types against one less, by the bootstrap likelihood-ratio test.")
@option(Section.SEARCH, "--replicates", type=click.IntRange(1), show_default="999",
        help="Replicates of --blrt at most: it stops when 20 are as large as observed.")
@option(Section.OUTPUT, "--out", metavar="FILE", multiple=True, callback=table_files,
        help="Save the comparison in this file: all columns as .csv, or the tables of a paper as .tex, .md, .html, "
             ".xlsx, .docx or .txt. Can be given several times.")
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, file: Files, types: tuple[range, ...] | None, out: tuple[str, ...], memory: str | None,
    jobs: int | None, starts: int, cross_validate: int | None, blrt: bool, replicates: int | None,
    checkpoint: str | None, every: float, engine: str, scheduler: str | None, as_json: bool, quiet: bool,
    constraints: str | None, **rest: Any,
) -> int:  # fmt: skip
    """Fit several numbers of types to FILE, and compare their log-likelihood, BIC, AIC and entropy in one table.

    A number of types is recommended, with reasons. --json and --out have all criteria: AIC, AIC3, BIC, adjusted BIC,
    CAIC, AWE, CLC and ICL. The exit code is 3 if the fit with the lowest BIC did not converge.

    \b
      blocs compare county.csv --types 1-8 --starts 20
      blocs compare county.csv --types 1-8 --cross-validate 5
      blocs compare survey.csv --items a,b,c,d --types 1-4 --blrt
    """
    from ..files.checkpoint import checkpoint_of  # loads numpy
    from ..inference.blrt import refuse_blrt
    from ..inference.cross_validation import folds_of, held_out
    from ..inference.recommendation import recommend
    from ..inference.selection import blrt_p, compare_table, numbers_of_types, refuse_with_covariates
    from ..papers import fit_criteria
    from ..papers import starts as starts_of

    _refuse(blrt, replicates, rest["prior"], paths_of(file))
    options = DataOptions.from_call(ctx)
    refuse_covariates(options, rest["prior"])
    refuse_with_covariates(options.covariates, options.by_group, cross_validate, blrt)
    for name in out:
        check_apart(name, *paths_of(file), options.candidates, constraints)
    note_left_out(engine, checkpoint, of_checkpoint={"--cross-validate": cross_validate},
                  of_engine={"--cross-validate": cross_validate, "--blrt": blrt})
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    with Monitor(quiet) as monitor, scale_settings(checkpoint, every, engine, scheduler) as scale:
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        rows = table_of_constraints(constraints)
        numbers = numbers_of_types(profiles, None if types is None else chain.from_iterable(types))
        folds = None if cross_validate is None else folds_of(profiles, cross_validate, rest["seed"])
        if blrt:
            refuse_blrt(profiles, rest["prior"], constraints is not None)
        kept = scale["checkpoint"] = checkpoint_of(checkpoint, profiles, every)
        fits = run(profiles, numbers, monitor, starts=starts, jobs=jobs, covariates=options.covariates,
                   groups=options.by_group, constraints=rows, **settings, **scale)  # fmt: skip
        if folds is not None:
            monitor.task("cross-validation", known=False)
        held = None if folds is None else [held_out(one, profiles, folds) for one in fits]
        p = None
        if blrt and all(one.status != "interrupted" for one in fits):
            number = replicates or 999
            p = blrt_p(fits, profiles, number, seed=rest["seed"], jobs=jobs, checkpoint=kept,
                       each=monitor.testing(number))  # fmt: skip
        table = compare_table(fits, held, p)
    advice = recommend(table)
    draws = (replicates or 999) if blrt else None
    failures, saved = save_forms(table, lambda: [fit_criteria(table, draws=draws), starts_of(table)], out)
    if as_json:
        print_json({**comparison_json(table, file, numbers, rest["prior"]),
                    "recommended": {"types": advice.types, "reasons": list(advice.reasons)},
                    "account": profiles.account.to_dict(), "left_out": left_out_json(coded),
                    "saved": saved})  # fmt: skip
    else:
        printer = Printer()
        show_comparison(printer, table, numbers, rest["prior"])
        printer.text()
        show_recommendation(printer, advice)
        printer.text()
        show_account(printer, profiles.account)
        show_left_out(printer, coded)
        for name in saved:
            printer.line(f"Saved to {name}.")
    for failure in failures:
        raise failure
    if "interrupted" in set(table["status"]) or len(table) < len(numbers):
        show_how_to_go_on(ctx, checkpoint)
        return ExitCode.INTERRUPTED
    best = table["bic"].to_numpy().argmin()
    return ExitCode.DONE if table["status"].iloc[best] == "converged" else ExitCode.NOT_CONVERGED


def _refuse(blrt: bool, replicates: int | None, prior: float, files: Sequence[str]) -> None:
    """Refuse options that do not go together; nothing is ignored."""
    faults = []
    if replicates is not None and not blrt:
        faults.append(Fault("there is nothing to replicate", argument="replicates", remedy="Give --blrt, too"))
    for word in (word for word in files if blrt and word.isdecimal() and not Path(word).exists()):
        faults.append(Fault(f"it takes no number, and {word!r} is read as a file", argument="blrt",
                            remedy=f"Write --blrt --replicates {word}"))  # fmt: skip
    if blrt and prior:
        faults.append(Fault("fits with a prior have no likelihood-ratio test", argument="blrt",
                            rule="They are no maxima of the likelihood", remedy="Leave out `prior=`"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def run(profiles: Profiles, types: tuple[int, ...], monitor: Monitor, starts: int, **settings: Any) -> list[Fit]:
    """Return a fit for each number of types, with its own progress bar; stop at the first that is interrupted."""
    from ..em.fit import fit
    from ..inference.selection import one_less

    fits: list[Fit] = []
    with interruptible() as event:
        for k in types:
            fewer = one_less(fits, k, settings)
            fits.append(fit(profiles, k, starts=starts, fewer=fewer, watch=monitor.fitting(k, starts), **settings))
            if event.is_set():
                break
    return fits
