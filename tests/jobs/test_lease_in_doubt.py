"""The database falls silent just when a message is leased: nothing was said, so nothing may be lost, whatever the database
has written (D2; reliability D6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.port import Message
from bot.jobs.outbox import Sender
from bot.render.notices import Data, notice
from core.rules.people import Person
from core.store import models as m
from core.store import outbox
from core.store.db import BULK, Database, Tx
from tests.office import Office

LOST = OperationalError("COMMIT", {}, Exception("server closed the connection"), connection_invalidated=True)


@notice("test_doubt")
async def _said(tx: Tx, data: Data, lang: str, person: Person | None) -> Message:
    return Message("红榜")


class Silent(Database):
    """Another process's way to the office's database: its next commit is written, or not, and never confirmed."""

    def __init__(self, office: Office, *, written: bool) -> None:
        self.__dict__.update(office.db.__dict__)
        self._written = written
        self.commits = 0

    @asynccontextmanager
    async def transaction(self, now: Any = None) -> AsyncIterator[Tx]:
        self.commits += 1
        first = self.commits == 1
        async with super().transaction(now) as tx:
            yield tx
            if first and not self._written:
                raise LOST
        if first:
            raise LOST


async def said(office: Office, *, written: bool) -> list[str]:
    """What is heard of the one message that waits, within a few seconds of the host."""
    silent = Silent(office, written=written)
    sender = Sender(silent, {"telegram": office.wire}, host=office.host.now)
    await sender.drain(20)
    assert not office.wire.sent
    office.host.at += timedelta(seconds=5)
    await sender.drain(20)
    assert silent.commits > 1
    return [one.text for one in office.wire.sent]


@pytest.mark.parametrize("written", [True, False], ids=["written", "not written"])
async def test_a_reminder_that_may_be_said_once_only_is_said(office: Office, *, written: bool) -> None:
    ana = await office.agent()
    async with office.db.transaction() as tx:
        await tx.notify(ana.id, "test_doubt", {}, once="n", rank=BULK)

    assert await said(office, written=written) == ["红榜"]
    (row,) = await office.rows(m.outbox)
    assert (row.state, row.attempts, row.reason) == ("sent", 1, None)


@pytest.mark.parametrize("written", [True, False], ids=["written", "not written"])
async def test_an_answer_leaves_within_seconds(office: Office, *, written: bool) -> None:
    async with office.db.transaction() as tx:
        await outbox.reply(tx, once="x", channel="telegram", chat="7001", verb="send", payload={"text": "好"})

    assert await said(office, written=written) == ["好"]
    (row,) = await office.rows(m.outbox)
    assert (row.state, row.attempts, row.reason) == ("sent", 1, None)
