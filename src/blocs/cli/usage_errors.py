"""Faults of the command line, which click finds, in the form of all others; ranges of numbers in words."""

from __future__ import annotations

import re
from shlex import quote

import click

__all__ = ["WORDS", "name_of", "ranges_in_words", "usage_text"]

WORDS = "blocs.words"
"""Where a context keeps the words of its command line."""
INSTEAD = {
    ("assign", "fitted"): "A fit is named with --fit: `blocs assign {data} --fit {fit} --out types.csv`",
    ("iia", "types"): "It fits the data by itself, and takes a number of types in place of a fit: "
                      "`blocs iia {data} --types 3`",
}
"""Command and missing option -> what to write, where the first word is a saved fit."""

RANGES = (
    (re.compile(r"\bin the range (?=-?[\d.]+<=x<=)"), "from "),
    (re.compile(r"(-?[\d.]+)<=x<=(-?[\d.]*\d)"), r"\1 to \2"),
    (re.compile(r"\b(?:in the range )?x>=(-?[\d.]*\d)"), r"\1 or more"),
)
"""How click writes ranges, and words."""


def ranges_in_words(text: str) -> str:
    """Return a text of click with its ranges in words.

    Examples
    --------
    >>> ranges_in_words("0 is not in the range x>=1."), ranges_in_words("[default: 20; 1<=x<=4096]")
    ('0 is not 1 or more.', '[default: 20; 1 to 4096]')
    """
    for pattern, words in RANGES:
        text = pattern.sub(words, text)
    return text


def usage_text(error: click.UsageError) -> str:
    """Return what is wrong with a command line: the option or argument, what it is, and where the help is."""
    text = error.message
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = name_of(error.param)
        missing = isinstance(error, click.MissingParameter)
        text = f"{name}: {'it is missing' if missing else ranges_in_words(text)}"
        if missing and (line := _instead(error)):
            return f"{text}. {line}."
    words = ["blocs", *(error.ctx.command_path.split()[1:] if error.ctx is not None else ())]
    return f"{text.rstrip('.')}. See `{' '.join(words)} --help`."


def _instead(error: click.BadParameter) -> str:
    """Return what to write in place of a command line that begins with a saved fit, "" elsewhere."""
    if error.ctx is None or error.param is None:
        return ""
    words = error.ctx.meta.get(WORDS, ())
    line = INSTEAD.get((str(error.ctx.info_name), str(error.param.name)), "")
    if not line or not words or not words[0].endswith(".json"):
        return ""
    data = words[1] if len(words) > 1 and not words[1].startswith("-") else "FILE"
    return line.format(fit=quote(words[0]), data=quote(data))


def name_of(param: click.Parameter) -> str:
    """Return the longest word for an option, and the name of an argument without its brackets."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name.strip("[].")
