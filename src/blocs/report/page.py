"""html_report: a fit as one page that needs nothing else, neither a network nor another file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import counted
from ..core.limits import LEAST_GROUP
from ..files.atomic import write_atomically
from ..inference.fitted_rows import observations
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .charts import MANY
from .drawing import program, style
from .figure_data import LEAST
from .markup import paragraph, script_text
from .material import Material, gather
from .sections import sections

if TYPE_CHECKING:
    import pandas as pd

    from ..results.summary import Errors

__all__ = ["Report", "html_report"]


@dataclass(frozen=True)
class Report:
    """A page; `save` writes it.

    Attributes
    ----------
    html : str
        The page.
    stable : bool
        Whether the types may be reported: the fit converged, two starts or more reached it, and the data can tell its
        types apart.
    """

    html: str = field(repr=False)
    stable: bool = True

    def __repr__(self) -> str:
        types = "stable" if self.stable else "not stable enough to report"
        return f"<Report of {len(self.html):,} characters: types {types}>"

    def save(self, path: str | Path) -> None:
        """Write the page, whole or not at all.

        Parameters
        ----------
        path : str or Path
            The file.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        write_atomically(path, self.html)


def html_report(
    fit: Fit | FitsByGroup,
    profiles: Profiles | Traced | None = None,
    *,
    comparison: pd.DataFrame | None = None,
    errors: Errors | None = None,
    labels: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    minimum: int = LEAST_GROUP,
    place: str = "",
    date: str = "",
    repeat: Sequence[str] = (),
) -> Report:
    """Return a fit as one HTML page: figures, tables, and what a reader should know, in one file that loads nothing.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        The fit.
    profiles : Profiles or coded ballots, optional
        The data that were fitted. Without them the page shows what is in the fit, and says what is not there.
    comparison : DataFrame, optional
        What `blocs.compare` returned, for the section on the number of types.
    errors : StandardErrors or Bootstrap, optional
        By default those of `blocs.standard_errors(fit, profiles)`.
    labels : mapping, optional
        Item -> a shorter name.
    names : mapping, optional
        Party -> name of its candidate at the top of the ticket, for the paragraph of the finding.
    minimum : int
        Groups of fewer observations are withheld, as are groups in which one type or one outcome has everybody.
    place, date : str
        Of the election or the survey, for the heading.
    repeat : sequence of str
        Commands that make the page again.

    Returns
    -------
    Report
        `html` is the page; `save` writes it.

    Raises
    ------
    InputError
        For a comparison of other data, names of parties that no voters are of, and labels of items that are not there
        or that two items would have.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits by another group than the party at the top of the ticket.
    MissingPackageError
        If the package that draws is not installed: the extra `report`.

    Notes
    -----
    Figures are drawn by the page's script from the cells of the tables beside them: a picture shows what the table
    says. Without a script every number is still there.
    """
    data = None if profiles is None else observations(fit, profiles)
    material = gather(fit, data, comparison=comparison, errors=errors, labels=labels, names=names, minimum=minimum,
                      place=place, date=date, repeat=repeat)  # fmt: skip
    return Report(_page(material), material.explanation.stable)


def _page(of: Material) -> str:
    kind = "of voters" if of.ballots else ""
    title = " ".join(filter(None, [counted(len(of.names), "type"), kind, f"in {of.place}" if of.place else ""]))
    title += "" if of.explanation.stable else ": not stable enough to report"
    scripts = [program(), _resource("page.js").replace("</", "<\\/")]
    policy = "; ".join([
        "default-src 'none'", f"script-src {' '.join(map(_hash, scripts))}", "style-src 'unsafe-inline'",
        "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
    ])  # fmt: skip
    run = "".join(f'<script type="module">{script}</script>' for script in scripts)
    items = "\n".join(of.labels[name] for name in of.first.schema.names)
    numbers = f'data-many="{MANY}" data-least="{LEAST}"'
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">\n'
        f'<style>\n{_resource("page.css")}</style></head>\n'
        f'<body><main data-items="{escape(items)}" {numbers}><h1>{escape(title)}</h1>{paragraph(of.date)}'
        "<noscript><p>Without scripts there are no pictures; the tables have every number.</p></noscript>\n"
        f"{''.join(sections(of))}</main>\n"
        f'<script type="application/json" id="style">{script_text(style())}</script>'
        f"{run}\n</body></html>\n"
    )


def _hash(script: str) -> str:
    """Return the hash by which the policy of the page lets one script run, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _resource(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
