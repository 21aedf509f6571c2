"""What waits much is played side by side: everything that a run asks for of one test begins with the first of it, and
each test waits for its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest

from tests import postgres as servers

Which = tuple[str, ...]  # a test's parameters, the kind of database last


def asked_for(request: pytest.FixtureRequest, test: str, *parameters: str) -> list[Which]:
    """What this run asks for of a test in the file of the one that runs: the values of these parameters."""
    items: list[Any] = [one for one in request.session.items if one.path == request.path]
    return [tuple(str(one.callspec.params[name]) for name in parameters) for one in items if one.originalname == test]


@contextmanager
def databases(request: pytest.FixtureRequest, wanted: Sequence[Which]) -> Iterator[Mapping[Which, str]]:
    """An empty database for each: "" is SQLite where it likes. Those on PostgreSQL are missing where there is none."""
    found = {which: "" for which in wanted if which[-1] == "sqlite"}
    with ExitStack() as stack:
        if len(found) < len(wanted):
            try:
                server: servers.Server = request.getfixturevalue("postgres")
                like: str = request.getfixturevalue("migrated_database")
            except pytest.skip.Exception:
                yield found
                return
            for which in wanted:
                if which not in found:
                    found[which] = server.named(stack.enter_context(server.database(like=like)))
        yield found


@asynccontextmanager
async def side_by_side(
    plays: Mapping[Which, Coroutine[Any, Any, None]],
) -> AsyncIterator[Mapping[Which, asyncio.Task[None]]]:
    """All of them, under way; ended at the end."""
    tasks = {which: asyncio.create_task(play) for which, play in plays.items()}
    yield tasks
    for task in tasks.values():
        task.cancel()
    if tasks:
        await asyncio.wait(tasks.values())


async def own(request: pytest.FixtureRequest, plays: Mapping[Which, asyncio.Task[None]], *which: str) -> None:
    """Wait for one's own; skipped where there is no database for it."""
    if which not in plays:
        request.getfixturevalue("postgres")  # says why there is none
    await plays[which]
