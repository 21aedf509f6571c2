"""The command line without the seconds that its imports take: a process that has imported everything forks itself for
each command and becomes `python -m bot` there, with its own folder, environment, output and end.

`python -m tests.warm` reads a line of JSON for each command, {"words", "cwd", "env", "out", "err"}, and answers with the
line of its exit code.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("bot.cli.app", "bot.app", "bot.opening", "bot.demo", "bot.render.registry")


class Warm:
    """Runs commands, one at a time."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._out, self._err = folder / "out", folder / "err"

    def run(self, words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """A command in a folder with just this environment, and nothing to read; how it ended and what it said."""
        order = {"words": [*words], "cwd": str(cwd), "env": {**env}, "out": str(self._out), "err": str(self._err)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        said = [file.read_text("utf-8") for file in (self._out, self._err)]
        return subprocess.CompletedProcess([*words], ended, *said)


@contextmanager
def warm() -> Iterator[Warm]:
    """Ready to run commands."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
        [sys.executable, "-m", "tests.warm"], cwd=ROOT, env=kept | {"PYTHONUTF8": "1"}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        yield Warm(process, Path(folder))
        assert process.stdin is not None
        process.stdin.close()  # it ends by that


def _become(order: Mapping[str, Any]) -> int:
    """In the child: be the command."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    files = [os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for name in ("out", "err")]
    for ours, theirs in zip((nothing, *files), (0, 1, 2), strict=True):
        os.dup2(ours, theirs)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    sys.argv = ["bot", *order["words"]]
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter would do it
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def serve() -> None:
    """Until nobody is there who asks."""
    for program in PROGRAMS:
        importlib.import_module(program)
    gc.freeze()  # what is shared stays shared
    orders = io.FileIO(0, closefd=False)  # unbuffered: a child has read nothing ahead
    while line := orders.readline():
        pid = os.fork()
        if not pid:
            os._exit(_become(json.loads(line)))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
