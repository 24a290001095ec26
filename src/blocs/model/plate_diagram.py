"""The graphical model of a mixture as a plate diagram, SVG or DOT text (002 exercises 1 and 2; 001 Figure 6.1).

A plate is a box around what is repeated, with how often in its corner. Shaded nodes are observed, light ones latent,
small dots are given numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

from ..core.errors import Fault, InputError, counted
from ..families import Family
from ..files.atomic import write_atomically
from ..membership import Membership

__all__ = ["Graph", "graph"]

RADIUS = 26
ROW = 118  # height of an item's row


@dataclass(frozen=True)
class Row:
    """One family's items: its parameters, how many there are, what they are; whether menus vary, nothing is estimated,
    parameters have a prior."""

    symbol: str
    items: tuple[str, ...]
    words: str
    menus: bool
    fixed: bool
    prior: bool

    @property
    def plate(self) -> str:
        """How often the row's items repeat."""
        return f"J = {len(self.items)}" if len(self.items) > 1 else ""


@dataclass(frozen=True)
class Graph:
    """A plate diagram: rows of items, number of types K, number of rows N (text), whether shares have a prior."""

    types: int
    rows: tuple[Row, ...]
    observations: str
    prior: bool

    def svg(self) -> str:
        """Return the diagram as SVG."""
        return _svg(self)

    def dot(self) -> str:
        """Return the diagram as text for Graphviz."""
        return _dot(self)

    def save(self, path: str | Path) -> None:
        """Write the diagram: SVG to a name in .svg, text for Graphviz in .dot or .gv. InputError for any other."""
        name = str(path)
        if not name.endswith((".svg", ".dot", ".gv")):
            raise InputError(Fault("it says no format of a diagram", where=name, rule="It ends in .svg, .dot or .gv",
                                   remedy="Graphviz makes other formats of a .dot file"))  # fmt: skip
        write_atomically(path, self.svg() if name.endswith(".svg") else self.dot())

    def _repr_svg_(self) -> str:
        return self.svg()


class Specification(Protocol):
    """What is drawn of a mixture."""

    @property
    def types(self) -> int:
        """Number of types K."""
        ...

    @property
    def families(self) -> tuple[Family, ...]:
        """Its families, each with its items."""
        ...

    @property
    def membership(self) -> Membership:
        """Who belongs to which type a priori."""
        ...


def graph(mixture: Specification, n: float | None = None) -> Graph:
    """Return the plate diagram of a mixture; n: number of observations, N where it is not given."""
    rows = [
        Row(
            family.symbol,
            tuple(item.name for item in family.items),
            family.words,
            any(len(item.menus) > 1 for item in family.items),
            not family.symbol,
            bool(family.pseudo and family.symbol),
        )
        for family in mixture.families
    ]
    observations = "N" if n is None else f"N = {n:,.0f}"
    return Graph(mixture.types, tuple(rows), observations, bool(mixture.membership.pseudo))


class _Page:
    """SVG elements in order of drawing."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, size: int, anchor: str = "middle", italic: bool = False) -> None:
        style = ' font-style="italic"' if italic else ""
        place = f'x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{style}'
        self.parts.append(f"<text {place}>{escape(words)}</text>")

    def node(self, x: float, y: float, symbol: str, observed: bool = False) -> None:
        fill = "#d9d9d9" if observed else "#ffffff"
        place = f'cx="{x:g}" cy="{y:g}" r="{RADIUS}"'
        self.parts.append(f'<circle {place} fill="{fill}" stroke="#222" stroke-width="1.6"/>')
        self.text(x, y + 6, symbol, 17, italic=True)

    def dot(self, x: float, y: float) -> None:
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="#222"/>')

    def arrow(self, a: tuple[float, float], b: tuple[float, float], gap_a: float = RADIUS) -> None:
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = (dx * dx + dy * dy) ** 0.5
        x1, y1 = a[0] + dx / length * (gap_a + 1), a[1] + dy / length * (gap_a + 1)
        x2, y2 = b[0] - dx / length * (RADIUS + 3), b[1] - dy / length * (RADIUS + 3)
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#222" stroke-width="1.4" '
            'marker-end="url(#tip)"/>'
        )

    def plate(self, x: float, y: float, width: float, height: float, label: str) -> None:
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9" fill="none" stroke="#666" '
            'stroke-width="1.2"/>'
        )
        self.text(x + width - 9, y + height - 8, label, 13, "end")

    def whole(self, width: float, height: float, title: str) -> str:
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" font-family="Georgia, \'DejaVu Serif\', serif" fill="#222" role="img">\n'
            f"<title>{escape(title)}</title>\n"
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0,1 L9,5 L0,9 z" fill="#222"/></marker></defs>\n'
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n{body}\n</svg>\n'
        )


def _svg(g: Graph) -> str:
    """Left: shares and z. Middle: observed x in the plate of rows. Right: parameters in the plate of types."""
    page = _Page()
    lines = max(len(g.rows), 2)
    height = lines * ROW + 96
    z_at = (176.0, 40 + lines * ROW / 2)
    pi_at = (52.0, z_at[1])
    page.plate(112, 20, 482, height - 40, g.observations)
    page.plate(624, 20, 130, height - 40, f"K = {g.types}")
    first = 40 + (lines - len(g.rows)) * ROW / 2 + ROW / 2
    for i, row in enumerate(g.rows):
        _svg_row(page, row, (310.0, first + i * ROW), (684.0, first + i * ROW), z_at)
    if g.prior:
        page.dot(pi_at[0], pi_at[1] - 76)
        page.text(pi_at[0] + 12, pi_at[1] - 71, "prior", 13, "start")
        page.arrow((pi_at[0], pi_at[1] - 76), pi_at, 5)
    page.arrow(pi_at, z_at)
    page.node(*pi_at, "π")
    page.text(pi_at[0], pi_at[1] + 46, f"{g.types} shares", 13)
    page.node(*z_at, "z")
    page.text(z_at[0] - 16, z_at[1] + 46, "type", 13)
    priors = any(row.prior for row in g.rows)
    return page.whole(848 if priors else 778, height, f"Mixture of {counted(g.types, 'type')}")


def _svg_row(
    page: _Page, row: Row, at: tuple[float, float], theta: tuple[float, float], z_at: tuple[float, float]
) -> None:
    """Draw the items of one family, their parameters and the arrows to them."""
    if row.plate:
        page.plate(at[0] - 44, at[1] - 46, 310, 106, row.plate)
        if not row.fixed:
            page.plate(theta[0] - 44, at[1] - 46, 88, 106, row.plate)
    page.arrow(z_at, at)
    page.node(*at, "e" if row.fixed else "x", observed=True)
    page.text(at[0] + RADIUS + 12, at[1] + 21, _short(row.items), 14, "start")
    page.text(at[0] + RADIUS + 12, at[1] + 38, row.words, 12, "start")
    if row.menus:
        menu = (at[0] + 66, at[1] - 32)
        page.dot(*menu)
        page.text(menu[0] + 11, menu[1] + 5, "menu S", 13, "start")
        page.arrow(menu, at, 5)
    if not row.fixed:
        page.node(*theta, row.symbol)
        page.arrow(theta, at)
    if row.prior:
        prior = (theta[0] + 110, theta[1])
        page.dot(*prior)
        page.text(prior[0] + 10, prior[1] + 5, "prior", 13, "start")
        page.arrow(prior, theta, 5)


def _short(names: Sequence[str]) -> str:
    listed = ", ".join(names)
    if len(listed) <= 28:
        return listed
    if len(names) == 1:
        return _cut(listed, 26)
    return f"{_cut(names[0], 12)}, ..., {_cut(names[-1], 12)}"


def _cut(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1].rstrip() + "…"


def _dot(g: Graph) -> str:
    """Return clusters as plates."""
    lines = ["digraph mixture {", "  rankdir=LR; compound=true; node [shape=circle];", '  pi [label="π"];']
    if g.prior:
        lines += ['  prior [shape=point, xlabel="prior"];', "  prior -> pi;"]
    lines += ["  subgraph cluster_rows {", f"    label={_quoted(g.observations)}; labeljust=r; labelloc=b;"]
    lines += ['    z [label="z"];']
    for i, row in enumerate(g.rows):
        look = f"label={_quoted('e' if row.fixed else 'x')}, style=filled, fillcolor=lightgrey"
        inner = f"x{i} [{look}, xlabel={_quoted(_short(row.items) + ': ' + row.words)}];"
        menu = f' S{i} [shape=point, xlabel="menu S"];' if row.menus else ""
        if row.plate:
            lines += [f"    subgraph cluster_x{i} {{ label={_quoted(row.plate)}; {inner}{menu} }}"]
        else:
            lines += [f"    {inner}{menu}"]
    lines += ["  }", "  subgraph cluster_types {", f'    label="K = {g.types}"; labeljust=r; labelloc=b;']
    for i, row in enumerate(g.rows):
        if not row.fixed:
            node = f"theta{i} [label={_quoted(row.symbol)}];"
            lines += [
                f"    subgraph cluster_t{i} {{ label={_quoted(row.plate)}; {node} }}" if row.plate else f"    {node}"
            ]
    lines += ["  }", "  pi -> z;"]
    for i, row in enumerate(g.rows):
        lines += [f"  z -> x{i};"] + ([] if row.fixed else [f"  theta{i} -> x{i};"])
        lines += [f"  S{i} -> x{i};"] if row.menus else []
        lines += [f'  a{i} [shape=point, xlabel="prior"];', f"  a{i} -> theta{i};"] if row.prior else []
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
