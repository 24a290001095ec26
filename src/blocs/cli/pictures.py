"""The pictures of `blocs plot`: what each is drawn from, and its caption."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import UnsupportedError
from ..core.top_party import TOP
from .errors_option import errors_of

if TYPE_CHECKING:
    import pandas as pd

    from ..ballots import Coded
    from ..profiles import Profiles
    from ..results.fit_result import Fit
    from ..results.fits_by_group import FitsByGroup

__all__ = ["COLUMN", "PAGE", "PICTURES", "Asked"]


PAGE, COLUMN = 170, 85
"""Widths of pictures in millimetres, as `plots.house_style` has them, which is not loaded for a line of help."""


class Asked(NamedTuple):
    """What a picture is drawn from: the fit, its data where FILE is given, and the options.

    compared: fits of other numbers of types to the same data, for pictures of several.
    """

    fit: Fit | FitsByGroup
    profiles: Profiles
    coded: Coded | None
    labels: Mapping[str, str]
    options: Mapping[str, Any]
    compared: Sequence[Fit] = ()

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
                                   "With them --kind types, one-party, model, offices, groups, criteria, account and "
                                   "certified are drawn.")  # fmt: skip
        return self.fit

    @property
    def one_of_them(self) -> Fit:
        """The fit, or the first of fits by top party, which all have the account of all voters."""
        from ..results.fit_result import Fit

        return self.fit if isinstance(self.fit, Fit) else self.fit.first


class Drawn(NamedTuple):
    """A picture: its axes, the table that it shows, and its caption."""

    axes: Any
    table: pd.DataFrame
    caption: str


class Picture(NamedTuple):
    """How a picture is drawn; needs: what it cannot do without, of "file", "coded" and names of options."""

    draw: Callable[[Asked], Drawn]
    needs: Sequence[str] = ()


def _types(asked: Asked, stood: str = "both") -> Drawn:
    from ..plots import types_by_office, types_by_office_data
    from ..plots.captions import one_party_caption, types_caption

    table = types_by_office_data(asked.fit, asked.profiles)
    place, date = (asked.options[name] or "" for name in ("place", "date"))
    dots = bool(asked.options["dots"])
    caption = one_party_caption(dots) if stood == "one" else types_caption(
        asked.fit, asked.profiles.account, place, date, dots
    )
    kind = "dots" if dots else "bars"
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

    if asked.compared:
        return _profiles(asked)
    errors = errors_of(asked.one, asked.profiles, asked.options["se"])
    table = item_profiles_data(asked.one, errors)
    category = asked.options["category"]
    boundary = bool(shown_rows(table, category)["low"].isna().any())
    caption = profile_caption(asked.one, shown_category(table, category), errors.kind if errors else "", boundary)
    axes = item_profiles(table, category, lines=asked.options["lines"], labels=asked.labels, width=asked.page)
    return Drawn(axes, table, caption)


def _profiles(asked: Asked) -> Drawn:
    """Draw the profiles of several numbers of types."""
    from ..plots import item_profiles, item_profiles_data
    from ..plots.captions import profiles_caption
    from ..plots.item_profiles import shown_category

    table = item_profiles_data(asked.compared)
    category = asked.options["category"]
    axes = item_profiles(table, category, lines=asked.options["lines"], labels=asked.labels, width=asked.page)
    return Drawn(axes, table, profiles_caption(asked.compared, shown_category(table, category)))


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
    of = "party at the top of the ticket" if asked.coded and by == TOP else by
    return Drawn(shares_by_group(table, unit=unit, width=asked.page), table, group_caption(table, of, unit=unit))


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

    account = asked.one_of_them.account if asked.profiles is None else asked.profiles.account
    table = account_flow_data(account)
    return Drawn(account_flow(table, width=asked.page), table, account_caption(table))


def _two_fits(asked: Asked) -> Drawn:
    from ..plots import two_fits, two_fits_data
    from ..plots.captions import TWO_FITS
    from ..results.load import load

    table = two_fits_data(asked.one, load(asked.options["beside"]))
    return Drawn(two_fits(table, labels=asked.labels, width=asked.page), table, TWO_FITS)


def _effects(asked: Asked) -> Drawn:
    from ..inference.regress import regress
    from ..inference.standard_errors import standard_errors
    from ..plots import effects, effects_data
    from ..plots.captions import effects_caption

    fit, kind, formula = asked.one, asked.options["se"], asked.options["covariates"]
    if fit.design is not None:
        errors = standard_errors(fit, asked.profiles, kind)
        margins, how = errors.margins(), f"one step; standard errors: {errors.kind}"
    else:
        found = regress(fit, asked.profiles, formula, asked.options["method"] or "two_step", kind=kind)
        margins, how = found.margins(), f"{found.method}; standard errors: {found.kind}"
    table = effects_data(margins)
    return Drawn(effects(table, width=asked.page), table, effects_caption(how))


def _outcomes(asked: Asked) -> Drawn:
    from ..inference.distal import distal
    from ..plots import outcomes_by_type
    from ..plots.captions import outcome_caption

    found = distal(asked.one, asked.profiles, asked.options["outcome"], asked.options["method"])
    return Drawn(outcomes_by_type(found, width=asked.page), found.table(), outcome_caption(found))


def _certified(asked: Asked) -> Drawn:
    from ..ballots.reports.certified_totals import against_returns
    from ..plots import certified, certified_data
    from ..plots.captions import CERTIFIED
    from ..tables.survey_table import text_table

    assert asked.coded is not None
    table = certified_data(against_returns(asked.coded.ballots, text_table(asked.options["returns"])))
    return Drawn(certified(table, width=asked.page), table, CERTIFIED)


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
    "account": Picture(_account),
    "two-fits": Picture(_two_fits, ("beside",)),
    "effects": Picture(_effects, ("file",)),
    "outcomes": Picture(_outcomes, ("file", "outcome")),
    "certified": Picture(_certified, ("file", "coded", "returns")),
}
"""Name of a picture -> how it is drawn."""
