"""The command line. Commands are loaded when they are called, so that `blocs --help` stays quick.

Exit codes: 0 done; 1 the input breaks a rule (the message says which); 2 wrong usage; 3 done, but the fit did not
converge or has an empty type; 130 interrupted, with the best so far printed and saved.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..core.errors import BlocsError, Fault, nearest
from ..core.interrupts import remembering

__all__ = ["CONVERGED_NOT", "DONE", "FAULT", "INTERRUPTED", "cli", "main"]

DONE, FAULT, CONVERGED_NOT, INTERRUPTED = 0, 1, 3, 130

COMMANDS = {
    "fit": "Fit types to ballots or to a categorical table, and print them.",
    "compare": "Fit several numbers of types and print one table.",
    "assign": "Write the most probable type of every ballot of a file.",
    "parties": "Write the candidate table of a file, for you to complete.",
    "totals": "Print every candidate's votes, or compare them with returns.",
    "tables": "Print how each party's voters voted, office by office.",
    "simulate": "Write simulated counties whose types are known.",
    "demo": "Simulate a county, find its types again, and print both.",
}
"""Commands by name: what `blocs --help` says of them; each lives in a module of its name."""


class Blocs(click.Group):
    """The `blocs` command: finds its subcommands by name and turns faults into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command; refuse a name that is none, with the nearest one."""
        if name in COMMANDS:
            found: click.Command = import_module(f".{name}", __name__).command
            return found
        if ctx.resilient_parsing or name.startswith("-"):
            return None
        fault = Fault(f"there is no command {name!r}", rule=f"The commands are {', '.join(COMMANDS)}",
                      nearest=nearest(name, COMMANDS))  # fmt: skip
        raise click.UsageError(str(fault), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; it ends quietly when the reader of stdout has what it wanted, as in `blocs fit ... | head`."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = DONE
        return code

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run, print faults as text and end with the right exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            with remembering():
                code = super().main(args, prog_name, complete_var, False, **extra)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except click.Abort:
            click.echo("Interrupted before there was anything to keep.", err=True)
            code = INTERRUPTED
        except BlocsError as error:
            click.echo(f"blocs: {error}", err=True)
            code = FAULT
        except OSError as error:
            click.echo(f"blocs: {error.filename or 'the system'}: {error.strerror or error}", err=True)
            code = FAULT
        sys.exit(code if isinstance(code, int) else DONE)


@click.group(cls=Blocs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="blocs")
def cli() -> None:
    """Find types of voters in cast vote records, or latent classes in any categorical table.

    \b
      blocs demo
      blocs fit county.csv --top President --types 4 --out fit.json
      blocs compare county.csv --types 1-8
      blocs assign county.csv --fit fit.json --out types.parquet

    The answer goes to stdout (--json for machines), progress to stderr. Exit codes: 0 done; 1 the input breaks a rule;
    2 wrong usage; 3 done, but the fit did not converge or has an empty type; 130 interrupted by Ctrl-C, with the best
    so far printed and saved.
    """


def main() -> None:
    """Entry point of the `blocs` command."""
    cli(prog_name="blocs")


if __name__ == "__main__":
    main()
