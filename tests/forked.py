"""blocs in processes of their own that are forked from one which has imported it: none of them takes a second to start.

What an interpreter does when it starts and when it ends is not tested so: see test_cli_exit_codes.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_SERVER = """
import atexit, json, os, sys, traceback
import pyarrow.parquet
from blocs.cli import COMMANDS, cli
for name in COMMANDS:
    cli.get_command(None, name)
for line in sys.stdin:
    call = json.loads(line)
    child = os.fork()
    if not child:
        code = 1
        try:
            os.chdir(call["folder"])
            for number, name in ((1, "stdout"), (2, "stderr")):
                os.dup2(os.open(call[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            os.environ.update(call["environment"])
            cli(call["arguments"], prog_name="blocs")
        except SystemExit as end:
            code = int(end.code)
        except BaseException:
            traceback.print_exc()
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forked:
    """Runs commands of blocs one after the other, each in a process of its own.

    environment: variables of the process that the others are forked from; streams: a folder for what they print.
    """

    def __init__(self, environment: dict[str, str], streams: Path) -> None:
        self.streams = {name: str(streams / name) for name in ("stdout", "stderr")}
        self.server = subprocess.Popen([sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       env=os.environ | environment, text=True)  # fmt: skip

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
        """Return the exit code, stdout and stderr of a command that runs in a folder."""
        assert self.server.stdin is not None and self.server.stdout is not None
        call = {"arguments": arguments, "folder": str(folder), "environment": environment, **self.streams}
        print(json.dumps(call), file=self.server.stdin, flush=True)
        code = int(self.server.stdout.readline())
        stdout, stderr = (Path(name).read_text(encoding="utf-8") for name in self.streams.values())
        return code, stdout, stderr

    def close(self) -> None:
        """End the process that the others are forked from."""
        self.server.communicate(timeout=600)
