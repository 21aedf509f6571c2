"""Starts processes of the bot by forking itself, because importing the bot costs seconds and a fork does not.

`python -m tests.chaos.nursery` reads a line of JSON for each process on its standard input, {"number", "program",
"words", "env", "log"}, and writes {"number", "pid"} when it runs and {"number", "ended"} when it ended: the exit code,
or the signal as a negative number. The children are processes like any other: own memory, own connections, own end;
they die with the nursery.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import traceback
from typing import Any

PROGRAMS = ("tests.chaos.dying", "tests.chaos.stock")  # each has `live()`
LATE = (  # what a running bot imports late, some of it because it is slow
    "anyio._backends._asyncio", "apscheduler.executors.asyncio", "apscheduler.triggers.interval", "bot.app",
    "bot.cli.trouble", "bot.render.texts", "encodings.utf_16_le", "httpcore", "psycopg", "pypinyin",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.aiosqlite",
)  # fmt: skip
PR_SET_PDEATHSIG = 1


def _tell(**news: Any) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def _live(order: dict[str, Any]) -> int:
    """In the child: become the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["waihu", *order["words"]]
    try:
        importlib.import_module(order["program"]).live()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  it goes into the log, as the interpreter would do it
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def serve() -> None:
    """Until nobody is there who asks."""
    for name in (*PROGRAMS, *LATE):
        importlib.import_module(name)
    for lang in ("zh", "en"):
        sys.modules["bot.render.texts"].catalogue(lang)
    sys.modules["core.rules.outcomes"].vocabulary()
    gc.freeze()  # what is shared stays shared
    orders = io.FileIO(0, closefd=False)  # unbuffered: select knows of every byte
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer)
    numbers: dict[int, int] = {}
    _tell(ready=True)
    while True:
        ready, _, _ = select.select([0, bell], [], [])
        if bell in ready:
            os.read(bell, 512)
            while numbers:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                _tell(number=numbers.pop(pid), ended=os.waitstatus_to_exitcode(status))
        if 0 in ready:
            line = orders.readline()
            if not line:
                return
            order = json.loads(line)
            pid = os.fork()
            if not pid:
                os._exit(_live(order))
            numbers[pid] = order["number"]
            _tell(number=order["number"], pid=pid)


if __name__ == "__main__":
    serve()
