"""Connections of a serving process to PostgreSQL: none may outlive its use when somebody is frozen or cut off.

Two ends have to let go. The server ends a session that sits in a transaction for longer than a lease: a process that
was frozen in the middle of one would keep its rows locked, and with them the person whose message it was handling.
That timeout is blind to one that was frozen in the middle of a batch (a pipeline: the server sees a client that is
about to say more), so those that stand by look for such sessions and end them.
We hang up on a server that has stopped answering: whoever waits for an answer gets an error now and tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from typing import Any
from weakref import WeakSet

from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from core.store.db import Database

log = logging.getLogger("sessions")

SHORTEST = 5.0  # host seconds; below that a busy machine would be mistaken for a frozen one
TCP = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "waihu",
}

# Waiting for its client inside a transaction, for too long, and one of ours.
_END_ABANDONED = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
    " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    " AND xact_start IS NOT NULL AND wait_event = 'ClientRead'"
    " AND state_change < clock_timestamp() - make_interval(secs => :seconds)"
)


def serving(url: str, lease: float) -> str:
    """The address with what a serving process asks of each connection; what the address itself says comes first."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return url
    idle = f"-c idle_in_transaction_session_timeout={int(max(lease, SHORTEST) * 1000)}"
    given = dict(parsed.query)
    options = " ".join([idle, str(given.pop("options", ""))]).strip()
    return parsed.set(query=TCP | given | {"options": options}).render_as_string(hide_password=False)


async def end_abandoned(db: Database, seconds: float) -> int:
    """End the serving sessions on PostgreSQL that have kept a transaction open for so long without a word; how many."""
    if db.sqlite:
        return 0
    async with db.transaction() as tx:
        ended = len(await tx.all(_END_ABANDONED, seconds=seconds))
    if ended:
        log.warning("ended %s abandoned database sessions", ended)
    return ended


async def keep_clear(db: Database, lease: float) -> None:
    """For ever, in every process: nobody's frozen transaction stands in the others' way for much longer than a lease."""
    if db.sqlite:
        return
    patience = max(lease, SHORTEST)
    while True:
        await asyncio.sleep(patience / 4)
        await end_abandoned(db, patience)


class Lines:
    """Every connection of a database that is in use or was, so that all can be hung up at once."""

    def __init__(self, db: Database) -> None:
        self._open: WeakSet[Any] = WeakSet()
        if not db.sqlite:
            event.listen(db.writer.sync_engine, "checkout", self._used)

    def _used(self, connection: Any, *_: Any) -> None:
        self._open.add(connection.driver_connection)

    def hang_up(self) -> int:
        """Shut every connection's socket; how many there were. The pool opens new ones as they are needed."""
        shut = 0
        for connection in list(self._open):
            with contextlib.suppress(Exception):  # closed already, in whatever way
                with socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)
                shut += 1
        return shut
