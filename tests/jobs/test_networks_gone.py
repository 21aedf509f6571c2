"""A network goes out of the settings while messages wait for it: they take another way, or hold up nobody (D4, D6)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.channels.port import Message, NotSent
from bot.jobs.outbox import Sender
from bot.render.notices import Data, notice
from core.rules.people import Person
from core.store import leases, outbox
from core.store import models as m
from core.store import people as people_store
from core.store.db import Tx
from tests.office import Office, Phone, Unpaced, Wire

OLD, NEW = ("wecom", "woAna"), ("telegram", "77")
MINUTE = outbox.LEASE + timedelta(seconds=1)
PATIENCE = 30.0  # host seconds


@notice("test_gone")
async def _said(tx: Tx, data: Data, lang: str, person: Person | None) -> Message:
    return Message(str(data["text"]))


@pytest.fixture
async def ana(office: Office) -> Phone:
    """Somebody who was on the old network first and is on both now."""
    phone = await office.agent()
    async with office.db.transaction() as tx:
        await people_store.unbind(tx, phone.id)
        for way in (OLD, NEW):
            await people_store.bind(tx, *way, phone.id)
        await tx.run(update(m.people).where(m.people.c.id == phone.id).values(prefers="wecom"))
    return phone


def sender(office: Office, *wires: Wire) -> Sender:
    made = Sender(office.db, {wire.name: wire for wire in wires}, host=office.host.now)
    made.pace = Unpaced({}, office.host.now)
    return made


def refuses(_: object) -> None:
    raise NotSent("not connected")


async def tells(office: Office, ana: Phone, text: str) -> None:
    async with office.db.transaction() as tx:
        await tx.notify(ana.id, "test_gone", {"text": text}, once=text)


async def answers(office: Office, ana: Phone, text: str) -> None:
    async with office.db.transaction() as tx:
        await outbox.reply(
            tx, once=text, channel=OLD[0], chat=OLD[1], verb="send", payload={"text": text}, person_id=ana.id
        )


@contextlib.asynccontextmanager
async def running(office: Office, *wires: Wire) -> AsyncIterator[Sender]:
    """A process that has these networks and looks at what was left once a minute."""
    sending = sender(office, *wires)
    working = asyncio.create_task(sending.run())
    try:
        yield sending
    finally:
        working.cancel()
        await asyncio.wait({working})
        await sending.finish(PATIENCE)


async def a_minute(office: Office, sending: Sender) -> None:
    await asyncio.sleep(0)  # it has begun to count
    office.host.at += MINUTE
    sending.wake.set()


async def states(office: Office, wanted: dict[str, str]) -> None:
    """Until what was said stands so."""
    async with asyncio.timeout(PATIENCE):
        while (found := {row.once: row.state for row in await office.rows(m.outbox)}) != wanted:
            assert found.keys() == wanted.keys()
            await asyncio.sleep(0.01)


async def test_a_notice_that_waited_for_it_goes_by_the_network_that_is_there(office: Office, ana: Phone) -> None:
    await tells(office, ana, "eins")
    await sender(office, Wire("wecom", fail=refuses), office.wire).drain(PATIENCE)
    await tells(office, ana, "zwei")
    assert [row.channel for row in await office.rows(m.outbox)] == ["wecom", ""]

    async with running(office, office.wire) as sending:
        await a_minute(office, sending)
        await states(office, {"eins": "sent", "zwei": "sent"})
    assert [said.text for said in office.in_chat(NEW[1])] == ["eins", "zwei"]


async def test_an_answer_that_waits_for_it_holds_up_nothing_and_is_given_up_after_a_day(
    office: Office, ana: Phone
) -> None:
    await answers(office, ana, "answer")
    await tells(office, ana, "eins")
    async with running(office, office.wire) as sending:
        await a_minute(office, sending)
        await states(office, {"answer": "new", "eins": "sent"})
        office.clock.at += timedelta(hours=25)
        await a_minute(office, sending)
        await states(office, {"answer": "dropped", "eins": "sent"})
    assert [said.text for said in office.in_chat(NEW[1])] == ["eins"]


async def test_an_answer_that_its_process_had_begun_to_send_holds_up_nothing_either(office: Office, ana: Phone) -> None:
    await answers(office, ana, "answer")
    await tells(office, ana, "eins")
    async with office.db.transaction() as tx:
        [row] = await outbox.due(tx, office.host.at)
        await outbox.lease_ready(tx, [row.id], office.host.at)
    async with running(office, office.wire) as sending:
        await a_minute(office, sending)
        await states(office, {"answer": "new", "eins": "sent"})


async def test_it_is_said_there_when_the_network_is_back_in_the_settings(office: Office, ana: Phone) -> None:
    await answers(office, ana, "answer")
    async with running(office, office.wire) as sending:
        await a_minute(office, sending)
        async with asyncio.timeout(PATIENCE):
            while [row.lane for row in await office.rows(m.outbox)] != [":".join(OLD)]:
                await asyncio.sleep(0.01)
    back = Wire("wecom")
    await sender(office, back, office.wire).drain(PATIENCE)

    assert [said.text for said in back.sent] == ["answer"]


async def test_what_another_process_serves_is_left_to_it(office: Office, ana: Phone) -> None:
    await tells(office, ana, "eins")
    await sender(office, Wire("wecom", fail=refuses), office.wire).drain(PATIENCE)
    await answers(office, ana, "answer")
    async with office.db.transaction() as tx:
        await leases.acquire(tx, "wecom", "another", 600)
        await tx.post("telegram", "-5", "test_gone", {"text": "board"}, once="board")
    async with running(office, office.wire) as sending:
        await a_minute(office, sending)
        await states(office, {"eins": "new", "answer": "new", "board": "sent"})
        assert {row.channel for row in await office.rows(m.outbox, state="new")} == {"wecom"}
        assert {row.lane for row in await office.rows(m.outbox, state="new")} == {f"person:{ana.id}"}
