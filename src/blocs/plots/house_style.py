"""House style: colours, sizes, fonts and number forms of all pictures, and how a picture is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError
from ..core.lazy import import_extra
from ..files.atomic import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMN", "DASHES", "EDGE", "EDGED", "FORMATS", "GREY", "GREYS", "INK", "INK_ON", "MARKERS", "OUTCOMES",
           "PAGE", "SIZES", "TYPES", "WORDS", "check_format", "pyplot", "save", "style", "type_style"]  # fmt: skip

PAGE, COLUMN = 170.0, 85.0
"""Widths of a picture in millimetres: of a page, and of one of two columns."""
SIZES = {"title": 7.5, "label": 7.0, "number": 6.5}
"""Sizes of text in points; nothing is smaller than a number."""
INK, GREY, EDGE = "#222222", "#5A5A5A", "#333333"
"""Colours of text, of remarks and rules, and of the edge around pale areas."""
OUTCOMES = {"split": "#C8500A", "abstain": "#8CC3E8", "other": "#4D4D4D", "missing": "#FFFFFF", "straight": "#E3E3E3"}
"""Outcomes of ballots in the order of a stack, from the left, and their colours.

Their relative luminances, .18, .50, .07 and .77 without `missing`, stay four greys in print. Colours are never those of
parties: a split vote of a voter of one party is a vote for the other.
"""
EDGED = frozenset({"abstain", "missing", "straight"})
"""Outcomes whose colours are too near to white to stand without an edge."""
INK_ON = {"split": "#FFFFFF", "abstain": "#000000", "other": "#FFFFFF", "missing": "#000000", "straight": "#000000"}
"""Colour of a number on the colour of an outcome: 4.5 to 1 or more."""
WORDS = {
    "split": "split (the other party)",
    "abstain": "left blank",
    "other": "third party or write-in",
    "missing": "treated as missing",
    "straight": "straight (same party)",
}
"""Outcomes of ballots, in words."""
TYPES = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9", "#000000", "#882255", "#999933", "#7F7F7F")
"""Colours of types; each type has its own marker and dashes too, so that colour alone never carries meaning."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 2)),
                           (0, (5, 2, 1, 2, 1, 2)), (0, (2, 2)))  # fmt: skip
GREYS = ("#000000", "#595959", "#8C8C8C", "#404040", "#A6A6A6")
"""Colours of lines that differ by their markers."""
FORMATS = (".png", ".svg", ".pdf")
"""Endings of the files that a picture is saved in."""
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # comes with matplotlib; as wide, for readers of SVG without it
    "font.size": SIZES["label"],
    "axes.titlesize": SIZES["title"],
    "axes.labelsize": SIZES["label"],
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.unicode_minus": True,
    "xtick.labelsize": SIZES["label"],
    "ytick.labelsize": SIZES["label"],
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": SIZES["label"],
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "hatch.linewidth": 0.4,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.parse_math": False,  # a candidate or county called "$x$" is no formula
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "blocs",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def pyplot() -> Any:
    """Return matplotlib.pyplot; MissingPackageError, which says how to install it, where it is not there."""
    import_extra("matplotlib", "blocs.plots", "plots")
    import matplotlib.pyplot as plt

    return plt


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in the house style, whatever the settings of matplotlib are."""
    plt = pyplot()
    with plt.rc_context():
        plt.rcdefaults()  # inside the context: what the user has set comes back after it
        plt.rcParams.update(_STYLE)
        yield


def save(figure: Figure, path: str | Path, caption: str = "") -> None:
    """Write a picture to a file, all or nothing.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The picture: ``axes.figure`` of what a function of `blocs.plots` returned.
    path : str or Path
        The file; .png (300 dots an inch), .svg (text stays text) or .pdf (TrueType fonts, text can be searched).
    caption : str
        Kept inside the file as its description.

    Raises
    ------
    InputError
        For another ending, and where the file cannot be written.

    Notes
    -----
    The same picture gives the same bytes: no file has the time at which it was written.
    """
    ending = check_format(path)
    metadata: dict[str, dict[str, Any]] = {
        ".png": {"Description": caption, "Software": "blocs"},
        ".svg": {"Description": caption, "Creator": "blocs", "Date": None},
        ".pdf": {"Subject": caption, "Creator": "blocs", "Producer": "blocs", "CreationDate": None},
    }
    with style(), whole(path) as part:
        figure.savefig(part, format=ending[1:], dpi=300, metadata=metadata[ending])


def check_format(path: str | Path) -> str:
    """Return the ending of a file, .png, .svg or .pdf; raise InputError for any other."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise InputError(Fault(f"{str(path)!r} does not say the format of the picture", argument="out",
                               rule=f"It ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"))  # fmt: skip
    return ending


def type_style(number: int) -> dict[str, Any]:
    """Return colour, marker and dashes of a type, from 1; they repeat after ten."""
    k = (number - 1) % len(TYPES)
    return {"color": TYPES[k], "marker": MARKERS[k], "linestyle": DASHES[k]}
