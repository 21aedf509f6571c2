"""SQLite without its threads while nobody else is at work: what a story asks of them is thousands of visits.

Two processes that are at it at once meet in the database as ever, each with its threads; one that is alone waits for
nobody, so that a visit to a thread would only be a way there and back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event

from core.store.db import Database

_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else works on the database within."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def threadless(db: Database) -> Database:
    """A database that was not connected to yet; what is asked of it `alone` is done at once."""
    if db.sqlite:
        for engine in (db.writer, db.reader):
            event.listen(engine.sync_engine, "connect", _at_once)
    return db


def _at_once(adapter: Any, _: Any) -> None:
    connection = adapter.driver_connection
    visit = connection._execute

    async def execute(act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return act(*args, **more) if _alone.get() else await visit(act, *args, **more)

    connection._execute = execute
