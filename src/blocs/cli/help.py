"""`blocs help`: what `--help` prints, by the words that come to mind."""

from __future__ import annotations

import click

from .exit_codes import ExitCode
from .option_errors import Command

__all__ = ["command"]


def _names(ctx: click.Context, word: str) -> list[str]:
    """Return the commands that begin with what is typed."""
    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    return [name for name in group.list_commands(ctx) if name.startswith(word)]


@click.command("help", cls=Command)
@click.argument("name", required=False, metavar="[COMMAND]",
                shell_complete=lambda ctx, _, word: _names(ctx, word))
@click.pass_context
def command(ctx: click.Context, name: str | None) -> int:
    """Print what a command does and the options it has.

    \b
      blocs help fit
    """
    group = ctx.find_root()
    if name is None:
        click.echo(group.get_help())
        return ExitCode.DONE
    assert isinstance(group.command, click.Group)
    found = group.command.get_command(group, name)  # refuses a name that no command has
    if found is not None:
        click.echo(found.get_help(click.Context(found, info_name=name, parent=group)))
    return ExitCode.DONE
