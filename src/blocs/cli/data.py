"""From a file and the options to profiles: ballots through `read_cvr` and `code`, or a table of answers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import (
    Fault,
    InputError,
    PathError,
)
from ..core.top_party import TOP
from ..files.atomic import existing
from ..files.regular import regular
from .column_patterns import matching_columns
from .notes import another_card
from .options import DataOptions, Files, paths_of
from .wide_tables import is_wide, wide_arguments

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Ballots, Coded
    from ..profiles import Profiles

__all__ = ["blamed_on_shares", "code_ballots", "columns_of_shares", "named_instead", "one_table", "open_ballots",
           "open_uncoded", "read_coded", "read_data", "read_profiles", "refuse_covariates", "refuse_shards",
           "refuse_without_file", "with_groups"]  # fmt: skip

Watch = Callable[[str, float], None]
"""Called with the name of a task and the share of it that is done, 0 to 1."""


def read_profiles(
    file: Files, options: DataOptions, memory: str | None, jobs: int | None, progress: Watch | None
) -> Profiles:
    """Return the profiles of a file: a table of answers when `items` are named, ballots otherwise."""
    if options.items is not None:
        from ..tables.survey_table import plain_table

        table = one_table(file)
        frame = plain_table(table, options.missing or (), partial(_wanted, options), coded=True)
        profiles = plain_profiles(frame, table, options)
        _refuse_no_answers(profiles, file)
        return profiles
    return read_coded(file, options, memory, jobs, progress).profiles


def _wanted(options: DataOptions, columns: list[str]) -> list[str]:
    """Return the columns that the options name; all where one is not there, as a message then names what is."""
    others = {options.weights, options.design_weights, *options.groups, *columns_of_shares(options)}
    try:
        named = {*matching_columns(options.items or (), columns, others, "items"), *others} - {None}
    except InputError:
        return columns
    return [name for name in columns if name in named] if named.issubset(columns) else columns


def read_data(
    file: Files, options: DataOptions, memory: str | None, jobs: int | None, progress: Watch | None
) -> tuple[Profiles, Coded | None]:
    """Return the profiles of a file and, of ballots, the coded ballots that they belong to."""
    if isinstance(file, str) and is_shard_folder(file):
        return _opened(file, options, jobs), None
    if options.items is not None:
        return read_profiles(file, options, memory, jobs, progress), None
    names = columns_of_shares(options)
    with blamed_on_shares(options):
        coded = read_coded(file, with_groups(options, names), memory, jobs, progress)
    if not names:
        return coded.profiles, coded
    from ..profiles import group_covariates

    return group_covariates(coded.profiles, names), coded


def is_shard_folder(file: str) -> bool:
    """Whether `blocs shards` wrote this folder."""
    return os.path.isfile(Path(file) / "shards.json")  # also where the folder may not be entered


def refuse_shards(file: Files, profiles: Profiles | None = None) -> None:
    """Refuse a folder of shards where ballots are needed, or groups, as the party at the top is one.

    profiles: what was read from the file, where only ballots need them.
    """
    if profiles is not None and not any("straight" in item.outcomes for item in profiles.schema.items):
        return
    if faults := [Fault("it is a folder of shards", where=path, remedy="Give the file the shards were made from",
                        rule="Shards keep distinct rows: no ballots, no groups, not the party at the top of the ticket")
                  for path in paths_of(file) if is_shard_folder(path)]:  # fmt: skip
        raise InputError(*faults)


def _opened(folder: str, options: DataOptions, jobs: int | None) -> Profiles:
    """Return the profiles of a folder of shards; options of reading and coding are refused, not ignored."""
    from ..profiles import open_shards

    if options.groups:
        refuse_shards(folder)
    if used := sorted(options.to_dict()):
        raise InputError(*(Fault("the file is a folder of shards", argument=name, remedy="Give it to `blocs shards`",
                                 rule="Its rows have been read and coded") for name in used))  # fmt: skip
    return open_shards(folder, jobs)


def columns_of_shares(options: DataOptions, known: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the columns of the covariates, or of the groups that have shares of their own; known: those there are."""
    groups = options.by_group or ()
    if options.covariates is None:
        return groups
    from ..membership import columns_of

    return tuple(dict.fromkeys((*columns_of(options.covariates, known), *groups)))


def with_groups(options: DataOptions, names: tuple[str, ...]) -> DataOptions:
    """Return the options by which ballots are coded where shares depend on some columns: these are groups, as the top
    party always is.
    """
    groups = (*options.groups, *(name for name in names if name not in (*options.groups, TOP)))
    return replace(options, groups=groups, covariates=None, by_group=None)


def blamed_on_shares(options: DataOptions) -> AbstractContextManager[None]:
    """Blame columns that shares depend on and that are not there on the option that named them."""
    names = set(columns_of_shares(options)) - set(options.groups)
    return named_instead("by_group" if options.by_group else "covariates", names)


@contextmanager
def named_instead(argument: str, columns: set[str]) -> Iterator[None]:
    """Blame group columns that are not there on the argument that named them, not on the groups asked for."""
    try:
        yield
    except InputError as error:
        raise type(error)(
            *(replace(fault, argument=argument)
              if fault.argument == "groups" and any(repr(name) in fault.what for name in columns) else fault
              for fault in error.faults)
        ) from None  # fmt: skip


def read_coded(
    file: Files, options: DataOptions, memory: str | None, jobs: int | None, progress: Watch | None
) -> Coded:
    """Return the coded ballots of a file."""
    coded = code_ballots(open_ballots(file, options, memory, jobs, progress), options)
    _refuse_no_answers(coded.profiles, file, another_card(coded))
    return coded


def _refuse_no_answers(profiles: Profiles, file: Files, hint: str = "") -> None:
    if not any(item.outcomes for item in profiles.schema.items):
        where = ", ".join(paths_of(file))
        raise InputError(Fault("no item has an answer in any row", where=where, rule="A fit needs answers",
                               remedy=hint or "Name other columns, or look into the file"))  # fmt: skip


def one_table(file: Files) -> str:
    """Return the file of a table of answers; raise InputError for several."""
    if isinstance(file, str):
        return file
    for path in file:
        _there(path, several=True)
    raise InputError(Fault(f"{len(file)} files are named", argument="items", rule="A table of answers is one file",
                           remedy="Put the tables into one"))  # fmt: skip


def _there(path: str, several: bool) -> Path:
    """Return the path of a file; of several, one that is not there may be a word of a list that was divided."""
    try:
        return existing(path)
    except PathError as error:
        if not several:
            raise
        raise PathError(*(replace(fault, remedy=LISTS) for fault in error.faults)) from None


LISTS = "If it is a word of a list, such as columns or parties, write the list with commas and no spaces: a,b"


def refuse_covariates(options: DataOptions, group_by: str | None = None) -> None:
    """Refuse covariates where they have no meaning, before anything is read; and formulas that are none."""
    columns_of_shares(options)
    faults = []
    given = {"covariates": options.covariates, "by_group": options.by_group}
    for name in (name for name, value in given.items() if value and group_by is not None):
        faults.append(Fault("it is for one fit of all voters", argument=name,
                            remedy="Leave out `group_by=`"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def refuse_without_file(ctx: click.Context, *others: str) -> None:
    """Refuse options that are about the data where no file of them is named; others: names beside those of the data."""
    names = (*DataOptions.__dataclass_fields__, "memory", *others)
    given = [name for name in names if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    faults = [Fault("it is about the data", argument=name, rule="Without a file there are none", remedy="Name the file")
              for name in given]  # fmt: skip
    if faults:
        raise InputError(*faults)


def plain_profiles(frame: pd.DataFrame, file: str, options: DataOptions) -> Profiles:
    """Return the unique rows of a table of answers; options for ballots are refused, not ignored."""
    from ..core.account import Account
    from ..files.text import open_ended
    from ..profiles import Profiles, joint_items
    from ..tables.missing_words import answers_of, look_alike, refuse_alike, remarks

    used = set(options.to_dict()) - {
        "items", "missing", "weights", "design_weights", "groups", "covariates", "by_group", "dependent", "keep_empty",
    }  # fmt: skip
    if used:
        raise InputError(
            *(Fault("it is for ballots only", argument=name,
                    rule="With `items=` the file is a table of answers, which has `weights=` and `groups=`")
              for name in sorted(used))
        )  # fmt: skip
    covariates = columns_of_shares(options, list(frame.columns))
    others = {options.weights, options.design_weights, *options.groups, *covariates}
    items = matching_columns(options.items or (), list(frame.columns), others, "items")
    present = [name for name in items if name in frame.columns]
    answers = answers_of(frame, [*present, *(name for name in options.groups if name in frame.columns)])
    refuse_alike(answers, Path(file).name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the account says the same
        profiles = Profiles.from_table(
            frame, items=items, weights=options.weights, groups=list(options.groups) or None, covariates=covariates,
            design_weights=options.design_weights, keep_empty=options.keep_empty,
        )
    of_items = {name: answers[name] for name in present}
    known = answers_of(frame, [name for name in covariates if name in frame.columns])
    every = (*remarks(of_items, options.missing or ()), *look_alike(known, "Values"), *open_ended(Path(file)))
    made = replace(profiles, account=profiles.account + Account(remarks=every))
    return joint_items(made, _pairs(options.dependent)) if options.dependent else made


def _pairs(dependent: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of names that "a+b" stands for; raise InputError for anything else."""
    pairs = [tuple(part.strip() for part in pair.split("+")) for pair in dependent]
    faults = [Fault(f"{pair!r} is no pair", argument="pairs", rule="A pair is the names of two items with + between")
              for pair, parts in zip(dependent, pairs, strict=True) if len(parts) != 2]  # fmt: skip
    if faults:
        raise InputError(*faults)
    return [(first, second) for first, second in pairs]


def open_ballots(
    file: Files, options: DataOptions, memory: str | None, jobs: int | None, progress: Watch | None
) -> Ballots:
    """Return the ballots of a file, read but not yet coded; options of other formats are refused, not ignored."""
    from ..ballots import read_cvr

    refuse_shards(file)
    of_answers = {"missing": options.missing, "dependent": options.dependent,
                  "design_weights": options.design_weights}  # fmt: skip
    if faults := [Fault("it is for tables of answers only", argument=name,
                        rule="A file is a table of answers where `items=` names its columns")
                  for name, given in of_answers.items() if given]:  # fmt: skip
        raise InputError(*faults)
    paths = [regular(_there(path, several=len(paths_of(file)) > 1)) for path in paths_of(file)]
    wide = wide_arguments(paths[0], options) if len(paths) == 1 else {}
    others: dict[str, Any] = {name: getattr(options, name) for name in ("weights", "codes", "districts")}
    columns: Any = options.columns
    return read_cvr(
        paths[0] if len(paths) == 1 else paths,
        parties=options.candidates,
        format="wide" if wide else options.format,
        link=options.link,
        columns=columns,
        drop_joined=options.drop_joined,
        blank=options.blank,
        numbered=options.numbered,
        memory=memory,
        threads=jobs,
        progress=progress,
        **(wide or others),
    )


def open_uncoded(file: Files, options: DataOptions, memory: str | None, progress: Watch | None) -> Ballots:
    """Return the ballots of a file to be shown as they are; options that choose among them are refused, not ignored."""
    ballots = open_ballots(file, options, memory, None, progress)
    used = [] if is_wide(ballots) else sorted({"top", "offices"} & set(options.to_dict()))
    if used:
        raise InputError(*(Fault("it names columns of a wide table", argument=name, rule="All contests are printed",
                                 remedy="Leave it out") for name in used))  # fmt: skip
    return ballots


def code_ballots(ballots: Ballots, options: DataOptions) -> Coded:
    """Return the coded ballots: what `code` makes of them, with the way back to every ballot."""
    from ..ballots import code_by_rules

    if options.covariates is not None:
        raise InputError(Fault("ballots with covariates are fitted, compared, diagnosed and assigned only",
                               argument="covariates"))  # fmt: skip
    if options.by_group:
        raise InputError(Fault("ballots with shares by group are fitted, compared, diagnosed and assigned only",
                               argument="by_group"))  # fmt: skip
    wide = options.codes or options.offices
    return code_by_rules(ballots, replace(options, offices=None) if wide and is_wide(ballots) else options)
