"""`blocs doctor`: what this installation is, and what it lacks."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import click

from .. import __version__
from .exit_codes import ExitCode
from .help_sections import Section, option
from .option_errors import Command
from .printer import Printer, print_json

__all__ = ["command"]

PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow", "narwhals", "duckdb", "click", "rich", "python-calamine")
EXTRAS = {"polars": "frames of Polars", "scikit-learn": "estimators", "matplotlib": "pictures",
          "vl-convert-python": "the report page", "dask": "clusters", "pyspark": "Spark"}  # fmt: skip
"""Package -> what it is for; blocs runs without."""
LITTLE = 2 << 30
"""Bytes of free disk below which large files may not be read."""


class Finding(NamedTuple):
    """One line: what was looked at, what was found, and what is wrong with it, "" if nothing is."""

    what: str
    found: str
    fault: str = ""


@click.command("doctor", cls=Command)
@option(Section.OUTPUT, "--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """Print versions, places, memory and threads, and what is wrong with them.

    What a report of a fault should contain. Ends with 1 where something is wrong.

    \b
      blocs doctor
    """
    findings = [one() for one in (_blocs, _python, *(_of_package(name) for name in PACKAGES))]
    findings += [_extra(name, use) for name, use in EXTRAS.items()]
    findings += [one() for one in (_processors, _memory, _kernels, _scratch, _terminal)]
    faults = [finding for finding in findings if finding.fault]
    if as_json:
        print_json({"command": "doctor", "findings": [finding._asdict() for finding in findings]})
        return ExitCode.FAULT if faults else ExitCode.DONE
    printer = Printer()
    width = max(len(finding.what) for finding in findings) + 2
    for finding in findings:
        printer.line(f"{finding.what:<{width}}{finding.found}")
    printer.line("")
    for finding in faults:
        printer.text(f"{finding.what}: {finding.fault}")
    if not faults:
        printer.line("Nothing is wrong.")
    return ExitCode.FAULT if faults else ExitCode.DONE


def _blocs() -> Finding:
    return Finding("blocs", f"{__version__} in {Path(__file__).resolve().parent.parent}")


def _python() -> Finding:
    return Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _of_package(name: str) -> Callable[[], Finding]:
    def finding() -> Finding:
        try:
            return Finding(name, version(name))
        except PackageNotFoundError:
            return Finding(name, "not installed", "blocs needs it. Install blocs again in this environment")

    return finding


def _extra(name: str, use: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, f"not installed (for {use}; blocs runs without)")


def _processors() -> Finding:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("processors", f"{allowed} for this process, {os.cpu_count()} in all")


def _memory() -> Finding:
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total, free = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # systems that do not say it in this way
        return Finding("memory", "this system does not say")
    return Finding("memory", f"{_size(free)} unused of {_size(total)}")


def _kernels() -> Finding:
    """Say where compiled kernels are kept, as one of them does."""
    values = vars(import_module("blocs.kernels.steps")).values()
    places = [value._cache.cache_path for value in values if hasattr(getattr(value, "_cache", None), "cache_path")]
    place = next((place for place in places if place), None)
    if place is None:
        fault = "no folder can take them: every run compiles them for some seconds. Set NUMBA_CACHE_DIR"
        return Finding("compiled kernels", "not kept", fault)
    used = sum(file.stat().st_size for file in Path(place).glob("*.nb[ci]"))
    fault = "" if os.access(place, os.W_OK) else "it cannot be written to. Set NUMBA_CACHE_DIR to a folder that can"
    return Finding("compiled kernels", f"{_size(used)} in {place}", fault)


def _scratch() -> Finding:
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    fault = "there is little space for files that do not fit into memory. Set TMPDIR to another folder"
    return Finding("temporary folder", f"{folder}, {_size(free)} free", fault if free < LITTLE else "")


def _terminal() -> Finding:
    encoding = sys.stdout.encoding or "none"
    wide = shutil.get_terminal_size().columns
    return Finding("terminal", f"{wide} columns, {encoding}, locale {locale.setlocale(locale.LC_CTYPE)}")


def _size(number: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
