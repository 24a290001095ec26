"""Options from `blocs.toml` in the working folder, and from the environment, where the command line has none.

    parties = "DEM,REP"     # every command that has --parties

    [fit]
    types = 4               # blocs fit alone

A flag comes first, then what a saved fit says of its data, then the variable BLOCS_FIT_TYPES, then the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ..core.errors import Fault, nearest
from .exit_codes import OptionError

__all__ = ["FILE", "PREFIX", "options_of_file", "options_used", "place_of", "refuse_variables"]

FILE = "blocs.toml"
PREFIX = "BLOCS"
"""Beginning of the variables of the environment."""
MOST_BYTES = 10_000
"""Of the file: a key of as many dots as it may have takes a hundred megabytes, and of 100,000, 11 GB."""
PLACES = {click.core.ParameterSource.DEFAULT_MAP: FILE, click.core.ParameterSource.ENVIRONMENT: "the environment"}
"""Where values come from that are not on the command line."""


def options_of_file(command: click.Command, others: Callable[[], Mapping[str, click.Command]]) -> dict[str, Any]:
    """Return parameter -> value for the options that the file has for a command; {} without a file.

    others: loads all commands by name, which takes a while. Raises OptionError for what is no TOML, and for names that
    no option has.
    """
    place = Path(FILE)
    if not place.is_file():
        return {}
    with place.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OptionError(Fault(f"it has more than {MOST_BYTES:,} bytes", where=FILE, rule="Options are a few lines"))
    try:
        found = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(Fault(f"it cannot be read ({error})", where=FILE, rule="It is a TOML file")) from None
    except RecursionError:
        raise OptionError(Fault("it is nested too deep", where=FILE, rule="It is a TOML file")) from None
    except ValueError:
        raise OptionError(Fault("a number in it is too long", where=FILE, rule="It is a TOML file")) from None
    parameters, own = _parameters(command), found.get(command.name or "", {})
    if not isinstance(own, dict):
        raise OptionError(Fault(f"{command.name} is {own!r}", where=FILE, rule="The options of a command are a table",
                                remedy=f"Write them below a line [{command.name}]"))  # fmt: skip
    shared = {key: value for key, value in found.items() if not isinstance(value, dict)}
    known: set[str] = {*parameters}
    if not known.issuperset(shared):
        known = known.union(*map(_parameters, others().values()))
    tables = [key for key, value in found.items() if isinstance(value, dict)]
    faults = [
        *_unknown(tables, others() if tables else (), "command"),
        *_unknown(shared, known, "option"),
        *_unknown(own, parameters, f"option of blocs {command.name}"),
    ]
    if faults:
        raise OptionError(*faults)
    values = {**{key: value for key, value in shared.items() if key in parameters}, **own}
    several = {option.name for option in command.params if option.multiple}
    return {parameters[key]: _as_given(value, parameters[key] in several) for key, value in values.items()}


def refuse_variables(command: click.Command) -> None:
    """Raise OptionError for variables of the environment that look like options of a command and are none."""
    start = f"{PREFIX}_{command.name}_".upper()
    names = {f"{start}{name}".upper().replace("-", "_") for name in _parameters(command).values()}
    faults = [
        Fault("no option has this name", where=f"the variable {name} of the environment", nearest=nearest(name, names))
        for name in sorted(os.environ)
        if name.startswith(start) and name not in names
    ]
    if faults:
        raise OptionError(*faults)


def options_used(ctx: click.Context) -> str:
    """Return a sentence on the options that do not come from the command line, "" if there are none."""
    names = {parameter: key for key, parameter in _parameters(ctx.command).items()}
    found = {place: [names[p] for p in names if place_of(ctx, p) == place] for place in PLACES.values()}
    return " ".join(f"Options from {place}: {', '.join(of)}." for place, of in found.items() if of)


def place_of(ctx: click.Context, parameter: str | None) -> str:
    """Return where a value comes from that was not given on the command line, "" where it was, and for a default."""
    source = None if parameter is None else ctx.get_parameter_source(parameter)
    return "" if source is None else PLACES.get(source, "")


def _parameters(command: click.Command) -> dict[str, str]:
    """Return name of an option, without dashes -> parameter."""
    options = (p for p in command.params if isinstance(p, click.Option))
    return {max(p.opts, key=len).lstrip("-"): str(p.name) for p in options}


def _unknown(found: Iterable[str], known: Collection[str], kind: str) -> Iterator[Fault]:
    for key in found:
        if key not in known:
            yield Fault(f"there is no {kind} {key!r}", where=FILE, nearest=nearest(key, known))


def _as_given(value: Any, several: bool) -> Any:
    """Return a value as the command line would have it: numbers as text, a list with commas.

    several: whether the option can be given several times, which a list stands for.
    """
    if isinstance(value, list):
        return [str(of) for of in value] if several else ",".join(map(str, value))
    return value if isinstance(value, bool) else str(value)
