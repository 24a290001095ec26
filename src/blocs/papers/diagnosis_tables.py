"""A diagnosis as tables for a paper: what was found, the directions of least information, the parameters taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inference.diagnosis_text import measures
from ..presentation import Column, Table

if TYPE_CHECKING:
    from ..inference.diagnosis import Diagnosis

__all__ = ["diagnosis", "directions", "taken_out"]


def diagnosis(found: Diagnosis) -> Table:
    """Return what was found, with the verdict below it.

    Parameters
    ----------
    found : Diagnosis
        What `blocs.diagnose` returned.

    Returns
    -------
    Table
        One row for each measure.
    """
    rows = tuple((name[0].upper() + name[1:], value) for name, value in measures(found))
    return Table((Column("Measure"), Column("Value")), rows, "Diagnosis of the fit.", found.verdict, name="diagnosis")


def directions(found: Diagnosis) -> Table:
    """Return the directions of the parameters in which the data say least.

    Parameters
    ----------
    found : Diagnosis
        What `blocs.diagnose` returned.

    Returns
    -------
    Table
        One row for each parameter that names a direction: number of the direction, share of the information of known
        types in per cent, parameter, loading.
    """
    rows = tuple(
        (number, direction.share, parameter, loading)
        for number, direction in enumerate(found.directions, start=1) for parameter, loading in direction.parts
    )  # fmt: skip
    columns = (Column("Direction", "count"), Column("Information", "share"), Column("Parameter"),
               Column("Loading", "number"))  # fmt: skip
    notes = ("Information: per cent of that of known types. Loadings are in standard errors with known types.",)
    return Table(columns, rows, "Directions of the parameters in which the data say least.", notes, 3,
                 name="directions")  # fmt: skip


def taken_out(found: Diagnosis) -> Table:
    """Return the parameters that have no standard error, because they are on the boundary or nothing is known of them.

    Parameters
    ----------
    found : Diagnosis
        What `blocs.diagnose` returned.

    Returns
    -------
    Table
        One row for each: type (None for all types), item, parameter, why.
    """
    rows = tuple(
        (of["type"] or None, of["item"], of["parameter"], str(of["flag"]).replace("_", " ")) for of in found.boundary
    )
    columns = (Column("Type"), Column("Item"), Column("Parameter"), Column("Why"))
    return Table(columns, rows, "Parameters taken out.", (), 3, name="taken out")
