"""A message whose preparation meets a database that is away waits for it: it is not given up as a fault of ours would be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.port import Message
from bot.render import notices
from core.rules.people import Person
from core.store import models as m
from core.store.db import Tx
from tests.office import Office

AWAY = 6  # times that the database fails: more than a fault of ours is tried


@pytest.fixture
def faults() -> Iterator[list[Exception]]:
    """What rendering a test's notice meets, one after the other."""
    waiting: list[Exception] = []

    async def render(tx: Tx, data: Any, lang: str, person: Person | None) -> Message | None:
        if waiting:
            raise waiting.pop()
        return Message(data["text"])

    notices._renderers["test_note"] = render
    yield waiting
    del notices._renderers["test_note"]


async def told(office: Office) -> tuple[list[str], Any]:
    """What somebody has heard, and the row, after a notice has been tried often enough."""
    ana = await office.agent()
    await office.tx(lambda tx: tx.notify(ana.id, "test_note", {"text": "eins"}, once="n"))
    for _ in range(AWAY + 2):
        await office.waits(301)
    (row,) = await office.rows(m.outbox)
    return [said.text for said in ana.messages], row


async def test_it_is_sent_when_the_database_is_back(office: Office, faults: list[Exception]) -> None:
    faults += [OperationalError("SELECT 1", {}, Exception("server closed"), connection_invalidated=True)] * AWAY
    texts, row = await told(office)

    assert texts == ["eins"]
    assert (row.state, row.attempts) == ("sent", 1)


async def test_a_fault_of_ours_ends_it_after_three(office: Office, faults: list[Exception]) -> None:
    faults += [ZeroDivisionError()] * AWAY
    texts, row = await told(office)

    assert not texts
    assert (row.state, row.reason) == ("dead", "fault ZeroDivisionError")
