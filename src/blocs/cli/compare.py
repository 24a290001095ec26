"""`blocs compare`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import Fault, InputError
from ..core.interrupts import interruptible
from ..files.atomic import check_apart
from .by_option import refuse_by
from .compare_report import Comparisons
from .constraints_option import constraints_option, table_of_constraints
from .data import read_data, refuse_covariates, refuse_shards
from .exit_codes import ExitCode
from .go_on import show_how_to_go_on
from .help_sections import Section, option
from .monitor import Monitor
from .notes import left_out_json, show_left_out
from .option_errors import Command
from .option_values import type_range
from .options import DataOptions, Files, data_options, files_argument, fit_options, output_options, paths_of
from .output_paths import save_forms, table_files
from .printer import Printer, print_json
from .scale_options import note_left_out, scale_options, scale_settings
from .show import show_account

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
    from ..results.fit_result import Fit

__all__ = ["command", "run"]

FOLDS = 5
"""Parts of a cross-validation where no number is given."""


@click.command("compare", cls=Command)
@files_argument
@data_options
@option(
    Section.SEARCH,
    "--types",
    type=type_range,
    metavar="NUMBERS",
    show_default="1-8, at most the number of unique rows",
    help="Numbers of types, such as 1-8 or 1,2,4.",
)
@constraints_option
@option(Section.SEARCH, "--by", "group_by", metavar="[top]",
        help="Compare for the voters of each party at the top of the ticket by themselves.")
@fit_options
@scale_options
@option(Section.SEARCH, "--cross-validate", type=click.IntRange(2), is_flag=False, flag_value=FOLDS,
        metavar="[FOLDS]",
        help=f"Also divide the observations into so many parts, {FOLDS} where no number follows, and evaluate each "
             "number of types on parts that it was not fitted to.")
@option(Section.SEARCH, "--blrt", is_flag=True,
        help="Also test each number of types against one less, by the bootstrap likelihood-ratio test.")
@option(Section.SEARCH, "--replicates", type=click.IntRange(1), metavar="NUMBER", show_default="999",
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
    constraints: str | None, group_by: str | None, **rest: Any,
) -> int:  # fmt: skip
    """Fit several numbers of types to FILE, and compare their log-likelihood, BIC, AIC and entropy in one table.

    A number of types is recommended, with reasons. --json and --out have all criteria: AIC, AIC3, BIC, adjusted BIC,
    CAIC, AWE, CLC and ICL. The exit code is 3 if the fit with the lowest BIC did not converge.

    \b
      blocs compare county.csv --types 1-8 --starts 20
      blocs compare county.csv --types 1-8 --cross-validate 5
      blocs compare county.csv --types 1-5 --by top --out compare.csv
      blocs compare survey.csv --items a,b,c,d --types 1-4 --blrt
    """
    from ..files.checkpoint import checkpoint_of  # loads numpy
    from ..inference.by_group import numbers_of_groups
    from ..inference.selection import numbers_of_types, refuse_with_covariates
    from ..profiles import split

    options = DataOptions.from_call(ctx)
    _refuse(blrt, replicates, rest["prior"], paths_of(file))
    refuse_by(group_by, options.items, checkpoint, constraints)
    refuse_covariates(options, group_by)
    refuse_with_covariates({"covariates": options.covariates, "groups": options.by_group or None}, cross_validate, blrt)
    if group_by is not None:
        refuse_shards(file)
    for name in out:
        check_apart(name, *paths_of(file), options.candidates, constraints)
    note_left_out(engine, checkpoint, of_checkpoint={"--cross-validate": cross_validate},
                  of_engine={"--cross-validate": cross_validate, "--blrt": blrt})
    settings = {name: rest[name] for name in ("seed", "method", "prior", "accelerate", "exchange", "steps")}
    questions = Questions(cross_validate, (replicates or 999) if blrt else None)
    with Monitor(quiet) as monitor, scale_settings(checkpoint, every, engine, scheduler) as scale:
        monitor.task("reading the file")
        profiles, coded = read_data(file, options, memory, jobs, monitor.reading)
        settings["constraints"] = table_of_constraints(constraints)
        asked = None if types is None else chain.from_iterable(types)
        parts = {"": profiles} if group_by is None else split(profiles, group_by)
        numbers = numbers_of_types(profiles, asked) if group_by is None else numbers_of_groups(parts, group_by, asked)
        for part in parts.values():
            questions.refuse(part, rest["prior"], rest["seed"], constraints)
        scale["checkpoint"] = checkpoint_of(checkpoint, profiles, every)
        tables: dict[Any, pd.DataFrame] = {}
        interrupt = ctx.with_resource(interruptible())  # to the end: the table is printed and saved
        for label, part in parts.items():
            tables[label] = _compared(part, numbers, monitor, questions, starts=starts, jobs=jobs,
                                      covariates=options.covariates, groups=options.by_group,
                                      **settings, **scale)  # fmt: skip
            if interrupt.is_set():
                break
        stopped = interrupt.is_set()
    found = Comparisons(tables, group_by, numbers, rest["prior"], questions.draws)
    failures, saved = save_forms(found.table, lambda: found.papers, out)
    if as_json:
        print_json({**found.to_dict(file), "account": profiles.account.to_dict(), "left_out": left_out_json(coded),
                    "saved": saved})  # fmt: skip
    else:
        printer = Printer()
        found.show(printer)
        show_account(printer, profiles.account)
        show_left_out(printer, coded)
        for name in saved:
            printer.line(f"Saved to {name}.")
    for failure in failures:
        raise failure
    if found.interrupted or len(tables) < len(parts) or (stopped and (cross_validate or blrt)):
        show_how_to_go_on(ctx, checkpoint)
        return ExitCode.INTERRUPTED
    return found.code


class Questions(NamedTuple):
    """What is asked beside the criteria: the number of parts of a cross-validation, and of replicates of the tests."""

    folds: int | None
    draws: int | None

    def refuse(self, profiles: Profiles, prior: float, seed: int, constraints: str | None) -> None:
        """Raise the error of a question that these data have no answer to, before anything is fitted."""
        from ..inference.blrt import refuse_blrt
        from ..inference.cross_validation import folds_of

        if self.folds is not None:
            folds_of(profiles, self.folds, seed)
        if self.draws is not None:
            refuse_blrt(profiles, prior, constraints is not None)


def _compared(
    profiles: Profiles, numbers: tuple[int, ...], monitor: Monitor, questions: Questions, **settings: Any
) -> pd.DataFrame:
    """Return the comparison of the numbers of types, with what was asked beside the criteria."""
    from ..inference.cross_validation import folds_of, held_out
    from ..inference.selection import compare_table, p_values

    fits = run(profiles, numbers, monitor, **settings)
    held, tests = None, None
    if questions.folds is not None:
        monitor.task("cross-validation", known=False)
        folds = folds_of(profiles, questions.folds, settings["seed"])
        held = held_out(fits, profiles, folds)
    if questions.draws is not None:
        tests = p_values(fits, profiles, questions.draws, seed=settings["seed"], jobs=settings["jobs"],
                         checkpoint=settings["checkpoint"], each=monitor.testing(questions.draws))  # fmt: skip
    return compare_table(fits, held, tests)


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
