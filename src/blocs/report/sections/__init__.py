"""The sections of the page in their order, from the finding to the downloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import count

from ..markup import Figure, figure, paragraph, section
from ..material import Material
from .checklist import checklist
from .quality import certainty, fit_of_types, number_of_types
from .record import account, methods, settings
from .types import finding, groups, one_party, types

__all__ = ["sections"]


def sections(of: Material) -> Iterator[str]:
    """Give the sections; figures are numbered as they come."""
    contents = {
        "finding": ("The finding", finding(of)),
        "account": ("What was read, and what was set aside", account(of)),
        "types": ("The types", types(of)),
        "one-party": ("Races of one party", one_party(of)),
        "groups": ("Shares by group", groups(of)),
        "certainty": ("How sure", certainty(of)),
        "number": ("How many types", number_of_types(of)),
        "fit": ("How well the types fit", fit_of_types(of)),
        "methods": ("Methods, in words for a paper", methods(of)),
        "checklist": ("A checklist for reviewers", checklist(of)),
        "settings": ("Settings, versions, and how to repeat it", settings(of)),
    }
    number, drawn = count(1), dict[str, str]()
    for name, (title, parts) in contents.items():
        html = []
        for part in parts:
            if isinstance(part, Figure):
                at = next(number)
                html.append(figure(part, at))
                drawn[part.name] = f"Figure {at}"
            else:
                html.append(part)
        if html:
            yield section(name, title, *html)
    yield section("downloads", "Downloads", *_downloads(drawn.items()))


def _downloads(tables: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give the list of which the script makes buttons."""
    yield paragraph("The numbers of the figures as they are printed, as CSV. The file of the fit has all digits.")
    items = "".join(f'<li data-of="{escape(name)}">{escape(title)}</li>' for name, title in tables)
    yield f'<ul data-downloads class="noprint">{items}</ul>'
