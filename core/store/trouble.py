"""Whether a failure of the database passes by itself: it is gone, full or busy. Anything else is a fault of ours."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Busy, locked, read-only, input/output error, full, cannot be opened: https://www.sqlite.org/rescode.html
SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# Connection, serialisation and deadlock, resources, operator intervention, system error; the classes of
# https://www.postgresql.org/docs/current/errcodes-appendix.html. 25P03 and 25P04: it held a transaction for too long.
POSTGRES_CLASSES = ("08", "40", "53", "57", "58")
POSTGRES_CODES = ("25P03", "25P04")


def passes(problem: BaseException) -> bool:
    """True when the same work may simply be tried again later, as a whole transaction."""
    if isinstance(problem, PoolTimeout):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    if problem.connection_invalidated:
        return True
    code = getattr(problem.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_PASSING
    state = getattr(problem.orig, "sqlstate", None)
    if state is None:  # the server never said anything: refused, cut off, timed out
        return isinstance(problem, OperationalError | InterfaceError)
    return state.startswith(POSTGRES_CLASSES) or state in POSTGRES_CODES


def contested(problem: BaseException) -> bool:
    """True when the database is well and let somebody else's transaction go first: ours is tried again."""
    return (getattr(getattr(problem, "orig", None), "sqlstate", None) or "").startswith("40")
