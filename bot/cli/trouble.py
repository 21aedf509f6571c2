"""What a failing database or disk means to whoever typed a command: a sentence and an exit code."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

# The primary result code (https://www.sqlite.org/rescode.html): what to say, and the exit code.
SQLITE = {
    sqlite3.SQLITE_READONLY: ("The database cannot be written: the file or its folder is read-only", 2),
    sqlite3.SQLITE_CANTOPEN: ("The database cannot be opened: is its folder there and writable?", 2),
    sqlite3.SQLITE_PERM: ("The database cannot be opened: this user may not", 2),
    sqlite3.SQLITE_NOTADB: (
        "WAIHU_DATABASE_URL names a file that is not a database. Was it yours? waihu restore FILE puts a backup back",
        2,
    ),
    sqlite3.SQLITE_CORRUPT: ("The database is damaged. Restore the newest backup: waihu restore FILE", 2),
    sqlite3.SQLITE_FULL: ("The disk is full: nothing was changed. Make room and try again", 1),
    sqlite3.SQLITE_BUSY: ("The database is in use by another program for too long: nothing was changed. Try again", 1),
    sqlite3.SQLITE_IOERR: ("The disk does not take what is written. Is it full or failing?", 1),
}
# SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
POSTGRESQL = {
    "42501": ("This user may not do that in the database (WAIHU_DATABASE_URL)", 2),
    "25006": ("The database is read-only: is it a replica?", 2),
    "53100": ("The database's disk is full: nothing was changed. Make room and try again", 1),
    "55P03": ("Somebody works in the database for too long: stop the other programs and try again", 1),
}
FULL = {errno.ENOSPC, errno.EDQUOT}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR}


def of_database(problem: DBAPIError) -> tuple[str, int]:
    """What is wrong with the database, and the exit code: 2 when a setting or a permission has to change."""
    if isinstance(problem.orig, sqlite3.Error):
        return of_sqlite(problem.orig)
    state = getattr(problem.orig, "sqlstate", None)
    if state in POSTGRESQL:
        return POSTGRESQL[state]
    if problem.statement is None:  # no connection: what the server or the network says of it holds nobody's data
        return f"The database does not answer: {str(problem.orig).partition(chr(10))[0]}", 1
    return f"The database does not answer: {type(problem.orig).__name__}", 1


def of_sqlite(problem: sqlite3.Error) -> tuple[str, int]:
    """The same for SQLite alone, where nothing stands between it and us: a backup, a restore."""
    known = SQLITE.get(getattr(problem, "sqlite_errorcode", 0) & 0xFF)
    return known or (f"The database does not answer: {type(problem).__name__}", 1)


def of_system(problem: OSError) -> tuple[str, int]:
    """What the machine refused, and the exit code: 2 when a file or a permission has to change, 1 when it failed."""
    says = problem.strerror or str(problem)
    where = f" ({problem.filename})" if problem.filename else ""
    if problem.errno in FULL:
        return f"The disk is full{where}: nothing was changed. Make room and try again", 1
    if problem.errno in REFUSED:
        return f"{says}{where}: may this user read and write there?", 2
    return f"{says}{where}", 1
