"""What `blocs fit` makes: the fit, its standard errors, and the test of its shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import BlocsError
from ..core.interrupts import interruptible
from .by_option import blamed_on_by, equal_of
from .constraints_option import table_of_constraints
from .data import named_instead, read_data
from .fit_plan import Plan
from .labels import read_labels, with_group_labels
from .monitor import Monitor
from .options import Files
from .output_paths import unsaved

if TYPE_CHECKING:
    from threading import Event

    from ..ballots import Coded
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..inference.shares_test import SharesTest
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["NOT_TESTED", "Made", "made"]

NOT_TESTED = "The shares are not tested, as there was a request to stop before."


class Made(NamedTuple):
    """A fit and what was asked beside it.

    labels: item -> its name in the tables; unsaved: why the fit could not be saved; refused: why there are no standard
    errors, or no test.
    """

    fit: Fit | FitsByGroup
    profiles: Profiles
    coded: Coded | None
    labels: Mapping[str, str]
    errors: StandardErrors | Bootstrap | None
    test: SharesTest | None
    unsaved: Exception | None
    refused: tuple[Exception, ...]


def made(plan: Plan, file: Files, monitor: Monitor, scale: Mapping[str, Any]) -> Made:
    """Read the data, fit and save, and answer what was asked beside; scale: settings of engine and checkpoint."""
    from ..inference.selection import numbers_of_types

    given, cluster = plan.given, plan.given["cluster"]
    monitor.task("reading the file")
    rows = table_of_constraints(given["constraints"]) if given["constraints"] or not plan.begin else (
        plan.begin.settings.get("constraints"))
    with blamed_on_by(plan.by), named_instead("cluster", {cluster} - {*plan.asked.groups} if cluster else set()):
        profiles, coded = read_data(file, plan.read, given["memory"], given["jobs"], monitor.reading)
    labels = read_labels(given["labels"], profiles.schema.names)
    numbers_of_types(profiles, [plan.types])
    request = plan.ctx.with_resource(interruptible())  # to the end: what is found is printed and saved
    fitted = _fitted(plan, profiles, rows, monitor, scale)
    failure = unsaved(fitted.save, plan.saved)
    if plan.by is not None:
        profiles = profiles.recoded(_one(fitted).schema)  # what is printed is of the items of the groups
        labels = with_group_labels(labels, _one(fitted).schema)
    errors, test, refused = _beside(plan, fitted, profiles, monitor, scale, request)
    return Made(fitted, profiles, coded, labels, errors, test, failure, refused)


def _fitted(
    plan: Plan, profiles: Profiles, constraints: Any, monitor: Monitor, scale: Mapping[str, Any]
) -> Fit | FitsByGroup:
    """Return the fit of all rows, or of each party; its settings say how data were read, and what nobody chose."""
    from ..em.fit import fit
    from ..inference.by_group import fit_by_group

    number, starts = plan.types, plan.given["starts"]
    data: dict[str, Any] = {"data": plan.read.to_dict()}
    if name := plan.given["constraints"] or (plan.begin and dict(plan.begin.settings).get("constraints_file")):
        data["constraints_file"] = name
    if plan.not_chosen:
        data["not_chosen"] = list(plan.not_chosen)
    if plan.party is not None:
        fits = fit_by_group(profiles, number, plan.party, each=lambda _: {"watch": monitor.fitting(number, starts)},
                            engine=scale.get("engine"), **plan.settings)  # fmt: skip
        return fits.with_settings(**data)
    one = fit(profiles, number, init=plan.begin, watch=monitor.fitting(number, 1 if plan.begin else starts),
              covariates=plan.read.covariates, groups=None if plan.by else plan.read.by_group, by=plan.by,
              equal=equal_of(plan.given["equal"], profiles.schema.names), constraints=constraints,
              **plan.settings, **scale)  # fmt: skip
    return replace(one, settings={**one.settings, **data})


def _beside(
    plan: Plan, fitted: Fit | FitsByGroup, profiles: Profiles, monitor: Monitor, scale: Mapping[str, Any],
    request: Event,
) -> tuple[StandardErrors | Bootstrap | None, SharesTest | None, tuple[Exception, ...]]:  # fmt: skip
    """Return standard errors and the test of the shares, where they are asked for, and why they were refused.

    request: is set once the work is to stop: what is not begun by then is left out.
    """
    from ..inference.shares_test import SharesTest, shares_test
    from ..results.fit_result import Fit

    errors, test, refused = None, None, list[Exception]()
    if not isinstance(fitted, Fit):
        return errors, test, ()
    if plan.asks_errors and not request.is_set():
        monitor.task("standard errors")
        try:
            errors = _errors(plan, fitted, profiles, monitor, scale)
        except BlocsError as error:  # the fit is printed all the same
            refused += [] if request.is_set() else [error]
    if plan.given["test_shares"]:
        monitor.task("fits without", known=False)
        try:
            none = SharesTest((), (NOT_TESTED,), complete=False)
            test = none if request.is_set() else shares_test(fitted, profiles, jobs=plan.given["jobs"])
        except BlocsError as error:
            refused.append(error)
    return errors, test, tuple(refused)


def _errors(
    plan: Plan, fit: Fit, profiles: Profiles, monitor: Monitor, scale: Mapping[str, Any]
) -> StandardErrors | Bootstrap:
    """Return the standard errors of the kind that was asked for."""
    from ..inference.bootstrap import bootstrap
    from ..inference.standard_errors import standard_errors

    given, engine = plan.given, scale.get("engine")
    if given["se"] != "bootstrap":
        return standard_errors(fit, profiles, given["se"], given["cluster"], engine=engine)
    number = given["replicates"] or 1000
    return bootstrap(fit, profiles, number, cluster=given["cluster"], seed=given["seed"], jobs=given["jobs"],
                     checkpoint=plan.checkpoint, every=given["every"], watch=monitor.refitting(number),
                     engine=engine)  # fmt: skip


def _one(fitted: Fit | FitsByGroup) -> Fit:
    """Return the fit, where it is one of all rows."""
    from ..results.fit_result import Fit

    assert isinstance(fitted, Fit), "a column of --by is in one fit"
    return fitted
