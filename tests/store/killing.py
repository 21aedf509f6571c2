"""Migrates databases and is killed at it, each at another point: `python -m tests.store.killing POINT ADDRESS ...`.

A point is the number of a statement that changes something, counted from 1, or the number of all of them + 1 for the
commit; `b` before it, `a` after it: 3b, 3a. Each address is migrated by a process of its own. Prints how each ended:
the signal (negative) or the exit code.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from core.store import migrate

READS = re.compile(r"\s*(SELECT|PRAGMA|SHOW|SET|BEGIN)\b", re.IGNORECASE)


class Count:
    """Counts the statements that change something."""

    def __init__(self, end: str = "") -> None:
        self.changes = 0
        self._end = end
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "commit", self._commit)

    def leave(self) -> None:
        """Stop counting."""
        event.remove(Engine, "before_cursor_execute", self._before)
        event.remove(Engine, "after_cursor_execute", self._after)
        event.remove(Engine, "commit", self._commit)

    def _before(self, conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not READS.match(statement):
            self.changes += 1
            self._maybe(f"{self.changes}b")

    def _after(self, conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not READS.match(statement):
            self._maybe(f"{self.changes}a")

    def _commit(self, conn: Any) -> None:
        self._maybe(f"{self.changes + 1}b")

    def _maybe(self, point: str) -> None:
        if point == self._end:
            os.kill(os.getpid(), signal.SIGKILL)


def migrate_and_die(point: str, url: str) -> int:
    """In a process of its own; how it ended."""
    pid = os.fork()
    if not pid:
        Count(point)
        asyncio.run(migrate.upgrade(url))
        os.kill(os.getpid(), signal.SIGKILL)  # after the commit
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    pairs = zip(sys.argv[1::2], sys.argv[2::2], strict=True)
    sys.stdout.write(json.dumps([migrate_and_die(point, url) for point, url in pairs]))
