"""How to go on after an interrupt: the line to paste, or that nothing is kept."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from .option_errors import words_of

__all__ = ["show_how_to_go_on"]


def show_how_to_go_on(ctx: click.Context, checkpoint: str | None, saved: str | None = None) -> None:
    """Print on stderr the command that goes on from what is kept.

    checkpoint: its file; saved: the file of a fit that was interrupted itself. The command has all words of this one,
    so that the data are read and coded alike; of an option that is given twice the last value counts.
    """
    words = words_of(ctx)
    if checkpoint is not None and Path(checkpoint).is_file():
        click.echo(f"Interrupted. {checkpoint} has what is finished. To go on from it:", err=True)
    elif saved is not None:
        end = words.index("--") if "--" in words else len(words)
        words = [*words[:end], "--resume", saved, *words[end:]]
        click.echo(f"Interrupted. {saved} has the best solution so far. To go on from it:", err=True)
    else:
        click.echo("Interrupted. Nothing is kept but what is printed and saved. --checkpoint FILE keeps what is "
                   "finished, and the same command goes on from there.", err=True)  # fmt: skip
        return
    click.echo(f"  {shlex.join(['blocs', str(ctx.info_name), *words])}", err=True)
