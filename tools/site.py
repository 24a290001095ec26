"""Build the documents as a site: `python tools/site.py [--out site]`. Needs the `site` extra.

The pages of docs/ are taken as they are, with the README and the change log beside them. Added are what code alone
knows: a page for each group of public names, from their docstrings, and one with the help of every command. Formulas
become MathML, which a browser shows without any script, so that the site asks nothing of the network. The pictures of
pages are drawn anew, by the commands of the pages. A page that no
part of the site has, a link that leads nowhere and a public name without a page end the build.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import yaml
from click.testing import CliRunner
from latex2mathml.converter import convert
from pictures import draw

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "mkdocs.yml"
PLACES = {"../README.md": "readme.md", "../CHANGELOG.md": "changelog.md", "../CONTRIBUTING.md": "contributing.md",
          "../SECURITY.md": "security.md"}  # fmt: skip
"""Files beside docs/ that are pages of the site."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
BLOCK = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.M | re.S)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.S)
GROUPS: Mapping[str, Sequence[str]] = {
    "Data": ("Profiles", "concat", "Binomial", "Multinomial", "Poisson", "Gaussian", "Known", "read_cvr", "code",
             "code_rows", "office_bars", "simulate", "datasets"),
    "Fit": ("fit", "fit_by_group", "Fit", "FitsByGroup", "load", "load_by_group", "given", "step", "Mixture"),
    "How many types": ("compare", "compare_by_group", "recommend", "blrt"),
    "How sure": ("standard_errors", "bootstrap", "profile_interval", "diagnose"),
    "Is the model right": ("goodness_of_fit", "bivariate_residuals", "residuals", "iia_test", "menu_shares_test"),
    "Types side by side": ("match", "stability"),
    "Errors": ("BlocsError", "InputError", "MismatchError", "UnsupportedError"),
}  # fmt: skip
"""Heading -> public names in the order in which a reader needs them; others stand under "More"."""


def main() -> None:
    """Write the pages to a folder beside the site, and build the site from them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "site")
    out = parser.parse_args().out.resolve()
    work = out.with_name(f"{out.name}-pages")
    shutil.rmtree(work, ignore_errors=True)
    pages = work / "docs"
    pages.mkdir(parents=True)
    for name, text in written().items():
        (pages / name).write_text(text, encoding="utf-8")
    for picture in (ROOT / "docs").rglob("*.*"):
        if picture.suffix in (".svg", ".png"):
            place = pages / picture.relative_to(ROOT / "docs")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, place)
    draw(pages / "pictures")
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    refuse_gaps(settings["nav"], {path.name for path in pages.glob("*.md")})
    (work / "mkdocs.yml").write_text(yaml.safe_dump({**settings, "site_dir": "site"}), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "zensical", "build", "--strict", "--clean"], cwd=work, check=True)
    shutil.rmtree(out, ignore_errors=True)
    shutil.move(work / "site", out)
    shutil.rmtree(work)


def written() -> dict[str, str]:
    """Return name of a page -> its Markdown."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
    pages = {name: with_formulas(links(text, "")) for name, text in pages.items()}
    for place, name in PLACES.items():
        file = ROOT / place.removeprefix("../")
        if file.exists():
            pages[name] = with_formulas(links(file.read_text(encoding="utf-8"), "docs/"))
    return {**pages, "commands.md": commands(), "api.md": api()}


def links(text: str, inside: str) -> str:
    """Return a page with its links as they are in the site; inside: what the page writes before names of docs/."""

    def place(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        path, mark, part = target.partition("#")
        if inside and path.startswith(inside):
            path = path.removeprefix(inside)
        else:
            path = PLACES.get(path if path.startswith("../") else f"../{path}", path)
        if path.startswith("../") or (path and not path.endswith((".md", ".svg", ".png")) and "://" not in path):
            return f"`{words.strip('`')}`"  # a file of the repository that is no page
        return f"{picture}[{words}]({path}{mark}{part})"

    return outside_of_code(text, lambda part: LINK.sub(place, part))


def with_formulas(text: str) -> str:
    """Return a page with its formulas as MathML."""

    def formula(found: re.Match[str]) -> str:
        whole, inline = found.groups()
        return convert(whole.strip(), display="block") if whole else convert(inline)

    return outside_of_code(text, lambda part: FORMULA.sub(formula, part))


def outside_of_code(text: str, change: Callable[[str], str]) -> str:
    """Return a text with its parts that are no code changed."""
    parts = BLOCK.split(text)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


def commands() -> str:
    """Return a page with the help of every command, as a terminal of 100 columns shows it."""
    from blocs.cli import COMMANDS, cli

    parts = ["# Commands\n\nWhat every command prints with `--help`. [On the command line](cli.md) explains them.\n"]
    for name in COMMANDS:
        shown = CliRunner().invoke(cli, [name, "--help"], terminal_width=100, prog_name="blocs")
        parts.append(f"## blocs {name}\n\n```text\n{shown.output.rstrip()}\n```\n")
    return "\n".join(parts)


def api() -> str:
    """Return a page with the docstrings of all public names."""
    import blocs

    public = set(blocs.__all__)
    listed = [name for names in GROUPS.values() for name in names]
    groups = {**GROUPS, "More": tuple(sorted(public - set(listed)))}
    parts = ["# Python\n\nEverything that `import blocs` has. Arrays have their shapes beside them: (N, J) is N rows "
             "of J columns.\n"]  # fmt: skip
    for heading, names in groups.items():
        present = [name for name in names if name in public]
        if present:
            parts.append(f"## {heading}\n")
            parts += [f"### blocs.{name}\n\n::: {home(name)}\n" for name in present]
    return "\n".join(parts)


def home(name: str) -> str:
    """Return where a public name is defined."""
    import blocs

    value = getattr(blocs, name)
    if not hasattr(value, "__qualname__"):
        return import_module(value.__name__).__name__
    return f"{value.__module__}.{value.__qualname__}"


def refuse_gaps(nav: object, pages: set[str]) -> None:
    """End with a message where a page is in no part of the site, or a part names a page that is not there."""
    named = set(_named(nav))
    faults = [f"{name} is in no part of the site: add it to `nav` in mkdocs.yml" for name in sorted(pages - named)]
    faults += [f"`nav` in mkdocs.yml names {name}, which is no page" for name in sorted(named - pages)]
    if faults:
        raise SystemExit("\n".join(faults))


def _named(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, Mapping):
        for value in nav.values():
            yield from _named(value)
    elif isinstance(nav, Sequence):
        for value in nav:
            yield from _named(value)


if __name__ == "__main__":
    main()
