"""Measure and draw the structure of the package from its imports: `python tools/structure.py [--draw] [ROOT]`.

Every folder or file at the top of `src/blocs` is a part. One part points to another when a module of it imports one of
the other. The level of a part is the longest chain of imports below it. Prints counts; with --draw it writes the
picture docs/architecture.svg, in which arrows that follow from others are left out. Needs the `dev` extra (grimp).
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from html import escape
from itertools import pairwise
from math import inf
from pathlib import Path

import grimp

Arrows = dict[str, set[str]]

WORDS = {
    "cli": "the command line",
    "report": "a fit as one page",
    "estimators": "scikit-learn classes",
    "papers": "tables, a paragraph",
    "datasets": "made with known types",
    "plots": "pictures",
    "inference": "questions to a fit",
    "simulation": "known truths",
    "testing": "laws for extensions",
    "em": "the fit",
    "results": "the answer: Fit",
    "model": "families + shares",
    "ballots": "files to coded ballots",
    "families": "outcome distributions",
    "membership": "who belongs where",
    "profiles": "unique rows, counts",
    "tables": "any table, its columns",
    "presentation": "tables as printed",
    "kernels": "arrays only",
    "engines": "where sums happen",
    "files": "bytes, archives",
    "core": "errors, labels, account",
}
"""What each part is for; a part without words is drawn with its name alone."""
WIDTH, HEIGHT, GAP, RISE, MARGIN, SWEEPS = 156, 44, 18, 62, 14, 12


def arrows_of(root: Path, package: str = "blocs") -> Arrows:
    """Return part -> the parts that its modules import, for the package whose source is below `root`/src."""
    sys.path.insert(0, str(root / "src"))
    graph = grimp.build_graph(package, cache_dir=None, include_external_packages=False)
    depth = package.count(".") + 1
    found: Arrows = {name: set() for module in graph.modules if (name := _part(module, depth))}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            a, b = _part(module, depth), _part(imported, depth)
            if a and b and a != b:
                found[a].add(b)
    return found


def _part(module: str, depth: int) -> str:
    """Return the part that a module is of; "" for the package itself and for what `python -m` runs."""
    parts = module.split(".")
    return parts[depth] if len(parts) > depth and parts[depth] != "__main__" else ""


def circles(arrows: Arrows) -> list[tuple[str, str]]:
    """Return the pairs of parts that reach each other."""
    below = {name: reached(arrows, name) for name in arrows}
    return sorted((a, b) for a in arrows for b in below[a] if a < b and a in below[b])


def reached(arrows: Arrows, name: str) -> set[str]:
    """Return all parts that can be reached from one by at least one arrow."""
    seen: set[str] = set()
    waiting = list(arrows[name])
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.add(part)
            waiting.extend(arrows[part])
    return seen


def floors(arrows: Arrows) -> dict[str, int]:
    """Return the level of every part, 0 for those that import none; parts in one circle share their level."""
    below = {name: reached(arrows, name) for name in arrows}
    level: dict[str, int] = {}

    def floor(name: str) -> int:
        if name not in level:
            others = [part for part in arrows[name] if name not in below[part]]
            level[name] = 1 + max(map(floor, others), default=-1)
        return level[name]

    return {name: floor(name) for name in sorted(arrows)}


def direct(arrows: Arrows) -> Arrows:
    """Return the arrows that do not follow from others."""
    below = {name: reached(arrows, name) for name in arrows}
    return {a: {b for b in to if not any(b in below[c] for c in to - {b})} for a, to in arrows.items()}


def largest(root: Path) -> tuple[int, str]:
    """Return the number of lines of the longest file, and its name."""
    source = root / "src" / "blocs"
    return max((len(file.read_text(encoding="utf-8").splitlines()), str(file.relative_to(source)))
               for file in source.rglob("*.py"))  # fmt: skip


def draw(arrows: Arrows) -> str:
    """Return the picture as SVG: levels from the top down, an arrow for every import that does not follow."""
    links, level = direct(arrows), floors(arrows)
    ways = {(a, b): [a, *(f"{a}>{b}@{floor}" for floor in range(level[a] - 1, level[b], -1)), b]
            for a, to in sorted(links.items()) for b in sorted(to)}  # fmt: skip
    place = _places(level, ways)
    width = max(x for x, _ in place.values()) + WIDTH / 2 + MARGIN
    height = max(y for _, y in place.values()) + HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        ' font-family="DejaVu Sans, Arial, sans-serif" role="img" aria-label="The parts of blocs and their imports">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#7a8694"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    lines += [_arrow([place[name] for name in way]) for way in ways.values()]
    for name in sorted(level):
        x, y = place[name]
        lines += [
            f'<rect x="{x - WIDTH / 2:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#eef3f8"'
            ' stroke="#4a6785"/>',
            f'<text x="{x:.0f}" y="{y + 18:.0f}" font-size="14" font-weight="bold" text-anchor="middle"'
            f' fill="#1d2b3a">{escape(name)}</text>',
            f'<text x="{x:.0f}" y="{y + 35:.0f}" font-size="11" text-anchor="middle" fill="#40546a">'
            f"{escape(WORDS.get(name, ''))}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


def _places(level: dict[str, int], ways: dict[tuple[str, str], list[str]]) -> dict[str, tuple[float, float]]:
    """Return (middle, upper edge) of every part, and of the points where long arrows pass the floors between.

    Floors are ordered, some times from below and from above, by the mean place of what each is joined to.
    """
    top = max(level.values())
    joined: dict[str, set[str]] = defaultdict(set)
    rows: dict[int, list[str]] = {floor: [n for n in sorted(level) if level[n] == floor] for floor in range(top + 1)}
    for (a, _), way in ways.items():
        for step, (one, other) in enumerate(pairwise(way)):
            joined[one].add(other)
            joined[other].add(one)
            if step:
                rows[level[a] - step].append(one)
    middle = {name: float(i) for names in rows.values() for i, name in enumerate(names)}
    for _ in range(SWEEPS):
        for floor in (*range(top + 1), *range(top, -1, -1)):
            wish = {n: sum(middle[m] for m in sorted(joined[n])) / max(len(joined[n]), 1) for n in rows[floor]}
            rows[floor].sort(key=lambda n, wish=wish: (wish[n], n))
            middle.update(_spread(rows[floor], wish, level))
    left = min(middle.values())
    return {name: (MARGIN + WIDTH / 2 + middle[name] - left, MARGIN + (top - floor) * (HEIGHT + RISE))
            for floor, names in rows.items() for name in names}  # fmt: skip


def _spread(names: list[str], wish: dict[str, float], level: dict[str, int]) -> dict[str, float]:
    """Return places near the wished ones, in their order, that do not overlap."""
    size = [WIDTH + GAP if name in level else GAP for name in names]
    x, right = list[float](), -inf
    for name, wide in zip(names, size, strict=True):
        x.append(max(wish[name], right + wide / 2))
        right = x[-1] + wide / 2
    shift = sum(wish[n] - at for n, at in zip(names, x, strict=True)) / max(len(names), 1)
    return {name: at + shift for name, at in zip(names, x, strict=True)}


def _arrow(points: list[tuple[float, float]]) -> str:
    """Return a curve from the lower edge of the first point through the floors between to the top of the last."""
    x, y = points[0][0], points[0][1] + HEIGHT
    path = [f"M{x:.0f} {y:.0f}"]
    for i, (to, edge) in enumerate(points[1:], start=1):
        last = i == len(points) - 1
        end = edge - 2 if last else edge
        path.append(f"C{x:.0f} {(y + end) / 2:.0f} {to:.0f} {(y + end) / 2:.0f} {to:.0f} {end:.0f}")
        x, y = to, end
        if not last:
            y += HEIGHT
            path.append(f"L{x:.0f} {y:.0f}")
    return f'<path d="{" ".join(path)}" fill="none" stroke="#7a8694" stroke-width="1.2" marker-end="url(#tip)"/>'


def main() -> None:
    """Print the counts; draw if asked."""
    reader = argparse.ArgumentParser(description="Measure and draw the structure of the package from its imports.")
    reader.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    reader.add_argument("--draw", action="store_true", help="write docs/architecture.svg")
    given = reader.parse_args()
    arrows = arrows_of(given.root)
    lines, name = largest(given.root)
    print(
        f"parts {len(arrows)}, levels {max(floors(arrows).values()) + 1}, arrows {sum(map(len, arrows.values()))}, "
        f"circles {len(circles(arrows))}, largest file {name} with {lines} lines"
    )
    for pair in circles(arrows):
        print("circle:", " and ".join(pair))
    if given.draw:
        (given.root / "docs" / "architecture.svg").write_text(draw(arrows), encoding="utf-8")


if __name__ == "__main__":
    main()
