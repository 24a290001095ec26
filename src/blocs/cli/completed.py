"""What the tab key completes: the choices of an option or an argument, and files where it has none."""

from __future__ import annotations

import re

import click
from click.shell_completion import CompletionItem

__all__ = ["FileArgument", "completed"]

CHOICE = re.compile(r"[a-z][a-z0-9_-]*")
"""A choice as it is written in the help, `[level|abstain|missing]`; what a user replaces is in capitals."""


def completed(of: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the choices that begin with what is typed, or word to the shell that files are asked for."""
    choices = _choices(of)
    if not choices:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(choice) for choice in choices if choice.startswith(incomplete.lower())]


def _choices(of: click.Parameter) -> list[str]:
    if isinstance(of.type, click.Choice):
        return [str(choice) for choice in of.type.choices]
    return [word for word in re.split(r"[][|]+", of.metavar or "") if CHOICE.fullmatch(word)]


class FileArgument(click.Argument):
    """An argument that is a file, or the choice that its metavar has."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what the tab key completes."""
        return completed(self, incomplete)
