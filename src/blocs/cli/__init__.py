"""The command line. Commands are loaded when they are called, so that `blocs --help` stays quick."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..core.abandonable import end_at_once
from ..core.errors import Fault, nearest
from ..core.interrupts import asked_to_stop, first_request, nothing_to_stop, remembering_requests
from ..core.printable import brief, printable
from .exit_codes import ExitCode, code_and_message
from .usage_errors import usage_text
from .written import forget_files, written

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "fit": "Fit types to ballots or to a table of answers, and print them.",
    "compare": "Fit several numbers of types, and compare them in one table.",
    "shards": "Write the distinct rows of a file as shards, for fits from disk.",
    "plan": "Estimate time and memory of a fit before it is made.",
    "residuals": "Print how well a saved fit describes its data, pair by pair.",
    "iia": "Test whether races with less choice are as the types say (IIA).",
    "diagnose": "Say whether a fit is a maximum that its data determine.",
    "explain": "Say in one paragraph what a fit shows, and what it does not.",
    "regress": "Say how the types of a saved fit depend on covariates.",
    "distal": "Say how an outcome differs between the types of a saved fit.",
    "plot": "Draw a picture of a saved fit.",
    "assign": "Write the most probable type of every ballot of a file.",
    "parties": "Write a table of the candidates of a file, to be completed.",
    "report": "Write a fit as one page, with figures, tables and methods.",
    "totals": "Print the votes of candidates, or compare them with returns.",
    "tables": "Print how the voters of each party voted, office by office.",
    "simulate": "Write simulated counties with known types.",
    "demo": "Simulate a county, find its types again, and print both.",
    "doctor": "Print versions, places and memory, and what is wrong with them.",
    "completion": "Print the script that makes a shell complete commands.",
    "help": "Print what a command does and the options it has.",
}
"""Command -> what `blocs --help` says of it; each is in the module of its name."""


QUERY_INTERRUPTED = "Query interrupted"
"""RuntimeError of the database in place of a KeyboardInterrupt, where a signal comes while a query runs."""
NOTHING = "before there was anything to keep"
"""When a command was interrupted that has written none of its files."""
DEBUG = "--debug"
"""Anywhere on the command line: after the message of an error, where in the program it came from."""


class Blocs(click.Group):
    """The `blocs` command: loads its commands by name, and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command; refuse a name that no command has, with the nearest one."""
        if name in COMMANDS:
            command: click.Command = import_module(f".{name}", __name__).command
            return command
        if ctx.resilient_parsing or name.startswith("-"):
            return None
        fault = Fault(f"there is no command {name!r}", rule=f"The commands are {', '.join(COMMANDS)}",
                      nearest=nearest(name, COMMANDS))  # fmt: skip
        raise click.UsageError(str(fault), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line; `--help` and `--version` print here."""
        with _until_stdout_is_closed():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _until_stdout_is_closed():
            code = super().invoke(ctx)
            sys.stdout.flush()
            nothing_to_stop()
            return code

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
        standalone_mode: bool = True, **extra: Any,
    ) -> Any:  # fmt: skip
        """Run, print faults as text and end with the right exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        given = list(sys.argv[1:] if args is None else args)
        forget_files()
        with remembering_requests():
            try:
                code = self._code(given, prog_name, complete_var, extra)
                nothing_to_stop()
            except KeyboardInterrupt:  # before the work has begun, or while its end is printed
                code = _interrupted()
            number = first_request()
            if code == ExitCode.INTERRUPTED and number is not None:
                code = 128 + number
            sys.exit(int(code) if isinstance(code, int) else ExitCode.DONE)

    def _code(self, given: list[str], prog_name: str | None, complete_var: str | None, extra: dict[str, Any]) -> Any:
        """Run, print faults as text, and return the exit code."""
        words, debug = [word for word in given if word != DEBUG], DEBUG in given
        try:
            code = super().main(words, prog_name, complete_var, False, **extra)
        except click.ClickException as error:
            text = f"blocs: {usage_text(error) if isinstance(error, click.UsageError) else error.format_message()}"
            bare = isinstance(error, click.exceptions.NoArgsIsHelpError)  # `blocs` alone shows its help
            click.echo(printable(error.format_message() if bare else brief(text)), err=True)
            code = error.exit_code
        except click.Abort:
            code = _interrupted()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a library in Rust panics with one that is no Exception
            if str(error) == QUERY_INTERRUPTED or asked_to_stop():
                code = _interrupted()
            else:
                code = _failed(error, debug)
        return code


@contextmanager
def _until_stdout_is_closed() -> Iterator[None]:
    """End quietly when the reader of stdout has what it wanted, as in `blocs fit ... | head`.

    A pipe that was named with --out is not stdout: what did not get through it is an error.
    """
    try:
        yield
    except BrokenPipeError as error:
        if error.filename is not None:
            raise
        _give_up_stdout()
        raise click.exceptions.Exit(ExitCode.DONE) from None


def _failed(error: BaseException, debug: bool) -> ExitCode:
    """Print what went wrong, and with `debug` where it came from."""
    code, message = code_and_message(error)
    click.echo(f"blocs: {printable(brief(message))}", err=True)
    if debug:
        click.echo(printable("".join(traceback.format_exception(error))), err=True)
    _give_up_stdout()
    return code


def _interrupted() -> ExitCode:
    nothing_to_stop()
    names = written()
    after = f"after {' and '.join(names)} {'was' if len(names) == 1 else 'were'} written" if names else NOTHING
    click.echo(printable(f"Interrupted {after}."), err=True)
    return ExitCode.INTERRUPTED


def _give_up_stdout() -> None:
    """Send to nowhere what stdout no longer takes: otherwise Python tries once more at its end, and fails."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Blocs, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "BLOCS"})
@click.version_option(__version__, prog_name="blocs")
def cli() -> None:
    """Find types of voters in cast vote records, or latent classes in any table of answers.

    \b
      blocs demo
      blocs fit county.csv --top President --types 4 --out fit.json
      blocs compare county.csv --types 1-8
      blocs assign county.csv --fit fit.json --out types.parquet

    The result is printed on stdout (as JSON with --json), progress and messages on stderr.

    \b
    Exit codes:
      0    Done.
      1    The data break a rule, or memory or the disk is full.
      2    The command line is wrong: an option, a value or the name of a file.
      3    Done, but the fit did not converge, has an empty type, or its types
           are not stable enough to report.
      70   An error of blocs itself; --debug shows where it came from.
      130  Interrupted by Ctrl-C (143 by SIGTERM, 129 by SIGHUP); the best fit so
           far is printed and saved.
    """


def main() -> None:
    """Entry point of the `blocs` command.

    A stream that the caller has closed, as `blocs ... >&-` does, takes all. Letters that a stream cannot hold are
    written as `\\u5e02`.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with remembering_requests(last=True):
            cli(prog_name="blocs")
    except SystemExit as end:
        end_at_once(int(end.code or 0))


if __name__ == "__main__":
    main()
