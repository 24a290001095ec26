"""What `blocs fit` fits, as its options say it, and the refusal of options that do not go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import Fault, InputError
from ..files.atomic import check_apart
from .by_option import refuse_by, with_by
from .data import refuse_covariates, refuse_shards
from .finding import words_of_finding
from .fit_page import require_page
from .options import DataOptions, Files, paths_of
from .scale_options import begun_again, note_left_out

if TYPE_CHECKING:
    from ..results.fit_result import Fit

__all__ = ["Plan", "plan_of"]


class Plan(NamedTuple):
    """What is fitted.

    ctx: of the command; begin: the saved fit that is gone on from; checkpoint: its file; asked: how the data
    are read, as it was asked for; read: the same with the clusters of standard errors among the groups; by: the column
    whose groups are in one fit; party: "top" where the voters of each party have a fit of their own; words: place, date
    and names of the ballots.
    """

    ctx: click.Context
    begin: Fit | None
    checkpoint: str | None
    asked: DataOptions
    read: DataOptions
    by: str | None
    party: str | None
    words: Mapping[str, Any]

    @property
    def given(self) -> Mapping[str, Any]:
        """All options, by name."""
        return self.ctx.params

    @property
    def types(self) -> int:
        """The number of types."""
        return self.given["types"] or (self.begin.types if self.begin else 3)

    @property
    def not_chosen(self) -> tuple[str, ...]:
        """Settings of the fit that nobody chose: the number of types, where it is the default."""
        if self.given["types"]:
            return ()
        return tuple(dict(self.begin.settings).get("not_chosen", ())) if self.begin else ("types",)

    @property
    def asks_errors(self) -> bool:
        """Whether standard errors are asked for."""
        return bool(self.given["se"] or self.given["cluster"])

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the search, as `blocs.fit` takes them."""
        names = ("seed", "method", "prior", "accelerate", "exchange", "steps", "starts", "jobs")
        return {name: self.given[name] for name in names}

    @property
    def saved(self) -> str | None:
        """The file of the fit."""
        name: str | None = self.given["files"][0]
        return name

    @property
    def papers(self) -> tuple[str, ...]:
        """The files of its tables."""
        names: tuple[str, ...] = self.given["files"][1]
        return names


def plan_of(ctx: click.Context, file: Files) -> Plan:
    """Return what is fitted; raise InputError for options that do not go together, before anything is read."""
    from ..results.load import load

    given = ctx.params
    resume, checkpoint = begun_again(given["resume"], given["checkpoint"])
    begin = load(resume) if resume else None
    options = DataOptions.from_call(ctx, dict(begin.settings).get("data") if begin else None)
    by, party = (None, given["group_by"]) if given["group_by"] in (None, "top") else (given["group_by"], None)
    asked = with_by(options, by, given["equal"])
    refuse_by(party, asked.items, checkpoint, given["constraints"])
    _refuse(party, begin, given["model"], asked)
    _refuse_errors(given["se"], given["cluster"], party, given["prior"], given["replicates"])
    refuse_covariates(asked, party)
    _refuse_test(given["test_shares"], asked, given["prior"])
    if party is not None:
        refuse_shards(file)
    saved, papers = given["files"]
    for name in filter(None, (saved, *papers, given["report"])):
        check_apart(name, *paths_of(file), asked.candidates, given["labels"], given["constraints"])
    if given["report"] is not None:
        require_page(given["report"], file, papers)
    words = words_of_finding(given, asked.items)
    tested = {"--test-shares": given["test_shares"]}
    note_left_out(given["engine"], checkpoint, of_checkpoint=tested, of_engine=tested)
    return Plan(ctx, begin, checkpoint, asked, _with_cluster(asked, given["cluster"]), by, party, words)


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
