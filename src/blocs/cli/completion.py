"""`blocs completion`: the tab key completes commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click
from click.shell_completion import get_completion_class

from ..files.atomic import check_place, write_atomically
from .exit_codes import ExitCode
from .help_sections import Section, option
from .option_errors import Command

__all__ = ["command"]

VARIABLE = "_BLOCS_COMPLETE"


class Place(NamedTuple):
    """Where a shell looks for completions of a user, and what else its user must do."""

    path: str
    remains: str = ""


PLACES = {
    "bash": Place(".local/share/bash-completion/completions/blocs"),
    "zsh": Place(".zfunc/_blocs", "Put `fpath+=~/.zfunc; autoload -Uz compinit; compinit` into ~/.zshrc."),
    "fish": Place(".config/fish/completions/blocs.fish"),
}


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(list(PLACES)), metavar=f"[{'|'.join(PLACES)}]")
@option(Section.OUTPUT, "--install", is_flag=True, help="Write the script to where the shell looks for it.")
@click.pass_context
def command(ctx: click.Context, shell: str, install: bool) -> int:
    """Print the script that makes a shell complete commands and options of blocs; --install puts it in its place.

    \b
      blocs completion bash --install
    """
    script = get_completion_class(shell)
    assert script is not None
    source = script(ctx.find_root().command, {}, "blocs", VARIABLE).source()
    if not install:
        click.echo(source)
        return ExitCode.DONE
    place = Path.home() / PLACES[shell].path
    place.parent.mkdir(parents=True, exist_ok=True)
    check_place(place)
    write_atomically(place, f"{source}\n")
    click.echo(f"Written: {place}", err=True)
    click.echo(PLACES[shell].remains or "It works in the next shell.", err=True)
    return ExitCode.DONE
