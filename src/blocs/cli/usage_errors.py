"""Faults of the command line, which click finds, in the form of all others; ranges of numbers in words."""

from __future__ import annotations

import re

import click

__all__ = ["name_of", "ranges_in_words", "usage_text"]

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
    words = ["blocs", *(error.ctx.command_path.split()[1:] if error.ctx is not None else ())]
    return f"{text.rstrip('.')}. See `{' '.join(words)} --help`."


def name_of(param: click.Parameter) -> str:
    """Return the longest word for an option, and the name of an argument without its brackets."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name.strip("[].")
