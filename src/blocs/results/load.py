"""load: a saved fit read from its file and checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import Fault, InputError
from ..files.atomic import existing
from ..files.json_names import NameTwiceError, each_once
from ..files.json_objects import refuse_halves
from ..files.regular import refuse_device
from ..profiles import Profiles
from . import fits_by_group
from .fit_result import Fit
from .fits_by_group import FitsByGroup
from .saved_form import FORMAT

__all__ = ["load", "load_any", "load_by_group"]

FIT = "A fit is a file that `blocs fit --out fit.json`, or `Fit.save` in Python, wrote"
DATA = (".csv", ".tsv", ".txt", ".gz", ".zip", ".xls", ".xlsx", ".xml", ".parquet")
"""Ends of names of files with ballots or answers."""
ONE_FIT = ("Give a fit that was made without --by. In Python, `blocs.load_by_group` reads this one: its `fits` has the "
           "fit of each group, which goes with the profiles of that group that `blocs.profiles.split` "
           "returns")  # fmt: skip
MANY = 10**6
"""No layout has a higher number: a file that says so is something else."""


def load(path: str | Path, profiles: Profiles | None = None) -> Fit:
    """Read a fit that `Fit.save` wrote.

    Parameters
    ----------
    path : str or Path
        The file.
    profiles : Profiles, optional
        The data that were fitted: the log-likelihood is computed on them and must be the one in the file.

    Returns
    -------
    Fit
        The same fit, to the last bit.

    Raises
    ------
    InputError
        If the file is not a fit, is damaged, or was written by a later version.
    MismatchError
        If the log-likelihood on `profiles` is not the one in the file.

    Examples
    --------
    >>> import blocs, tempfile
    >>> fit = blocs.fit(blocs.Profiles.from_table({"a": [0, 0, 1], "b": [0, 0, 1]}), types=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fit.save(f"{folder}/fit.json")
    ...     blocs.load(f"{folder}/fit.json").loglik == fit.loglik
    True
    """
    path = existing(path)
    fit = _of(_read_json(path), path)
    if isinstance(fit, FitsByGroup):
        raise InputError(
            Fault(f"it holds fits by {fit.by!r}, of {', '.join(map(repr, fit.fits))}", where=str(path),
                  rule="One fit of all observations is needed", remedy=ONE_FIT)
        )  # fmt: skip
    if profiles is not None:
        fit.check(profiles)
    return fit


def load_by_group(path: str | Path) -> FitsByGroup:
    """Read the fits that `FitsByGroup.save` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    FitsByGroup
        The same fits, to the last bit.

    Raises
    ------
    InputError
        If the file does not hold fits by group, is damaged, or was written by a later version.
    """
    path = existing(path)
    fits = _of(_read_json(path), path)
    if isinstance(fits, Fit):
        raise InputError(Fault("it holds one fit of all observations", where=str(path),
                               remedy="Read it with `blocs.load`"))  # fmt: skip
    return fits


def load_any(path: str | Path) -> Fit | FitsByGroup:
    """Read a saved fit, or saved fits by group; raises InputError as `load`."""
    path = existing(path)
    return _of(_read_json(path), path)


def _of(data: Any, path: Path) -> Fit | FitsByGroup:
    """Return what the contents of a file are; raise InputError for anything else."""
    by_group = isinstance(data, dict) and "blocs_fits" in data
    key, newest = ("blocs_fits", fits_by_group.FORMAT) if by_group else ("blocs_fit", FORMAT)
    version = data.get(key) if isinstance(data, dict) else None
    format_ = version if isinstance(version, int) and not isinstance(version, bool) else 0
    if not 0 < format_ <= newest:
        if not 0 < format_ < MANY:
            raise InputError(Fault("it is not a blocs fit", where=str(path), rule=FIT,
                                   remedy="Give the file of a saved fit"))  # fmt: skip
        raise InputError(
            Fault(f"it is a fit of format {format_}", where=str(path),
                  rule=f"This version reads fits up to format {newest}",
                  remedy="Give the file of a saved fit, or install a newer blocs")
        )  # fmt: skip
    try:
        return FitsByGroup.from_dict(data) if by_group else Fit.from_dict(data)
    except (InputError, AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InputError(
            Fault(f"the fit in it is damaged ({_reason(error)})", where=str(path),
                  remedy="Give the file of a saved fit")
        ) from None  # fmt: skip


def _read_json(path: Path) -> Any:
    try:
        refuse_device(path)
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=each_once)
        refuse_halves(data, str(path), "Give the file of a saved fit")
        return data
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        if _is_data(path):
            raise InputError(Fault("it is data, and not a saved fit", where=str(path), rule=FIT,
                                   remedy="Fit it first, and give the file of the fit")) from None  # fmt: skip
        if isinstance(error, RecursionError):
            what = "is not a fit: it is nested too deep"
        elif isinstance(error, NameTwiceError):
            what = f"is not a fit: an object in it has the name {str(error)!r} twice"
        else:
            what = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else f"is not JSON ({error})"
        rule = "" if isinstance(error, OSError) else FIT
        raise InputError(Fault(f"it {what}", where=str(path), rule=rule,
                               remedy="Give the file of a saved fit")) from None  # fmt: skip


def _is_data(path: Path) -> bool:
    """Whether a file that is not JSON has the name of a table or an export, and does not begin as a fit does."""
    if not path.is_file() or path.suffix.lower() not in DATA:
        return False
    with open(path, "rb") as file:
        return file.read(1) not in (b"{", b"")


def _reason(error: Exception) -> str:
    """Return what is wrong with the parts of a fit, without an argument's name: the place is the file."""
    if isinstance(error, InputError):
        return str(InputError(*(replace(fault, where="", argument="") for fault in error.faults))).rstrip(".")
    return f"{error.args[0]!r} is not there" if isinstance(error, KeyError) else str(error).rstrip(".")
