"""Sending is handed from one process to another: who no longer holds the network is silent, and what it learns too late
changes nothing (D7; reliability D6)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.port import Gone, MaybeSent, Moved, NotSent, Outgoing, Rejected
from bot.jobs.outbox import Errand, Sender
from bot.jobs.pace import Pace
from core.store import models as m
from core.store import outbox
from core.store.db import Tx
from tests.office import Office, Wire

CHAT = "7001"


@dataclass
class Frozen(Wire):
    """A network call whose caller is stopped in the middle of it."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: Callable[[], Exception | None] = lambda: None
    quick: str = ""  # a chat where nothing stops it

    async def send(self, out: Outgoing) -> str | None:
        self.called.set()
        if out.chat != self.quick:
            await self.thawed.wait()
        if problem := self.outcome():
            raise problem
        return await super().send(out)


def sender(office: Office, wire: Wire, holds: Callable[[str], bool] = lambda _: True) -> Sender:
    """One process's sender, without the network's limits."""
    made = Sender(office.db, {"telegram": wire}, host=office.host.now, holds=holds)
    made.pace = office.sender.pace
    return made


async def queued(office: Office, once: str = "x", chat: str = CHAT) -> None:
    async with office.db.transaction() as tx:
        await outbox.reply(tx, once=once, channel="telegram", chat=chat, verb="send", payload={"text": "好"})


async def states(office: Office) -> list[str]:
    return [row.state for row in await office.rows(m.outbox)]


async def test_who_does_not_hold_the_network_sends_nothing(office: Office) -> None:
    await queued(office)
    idle = sender(office, office.wire, lambda _: False)
    await idle.drain(5)

    assert not office.wire.sent
    assert await states(office) == ["new"]
    await office.sender.drain(5)
    assert [said.text for said in office.in_chat(CHAT)] == ["好"]


class Looking(Sender):
    """What is on the wire when it looks through what waits has arrived when it has looked."""

    async def _plan(self, tx: Tx, room: int) -> list[Errand]:
        plan = await super()._plan(tx, room)
        if self._tasks:
            wire = self.channels["telegram"]
            assert isinstance(wire, Frozen)
            wire.thawed.set()
            await asyncio.wait(self._tasks)
        return plan


async def test_before_it_closes_it_sends_what_waited_behind_a_message_that_arrived_during_its_last_look(
    office: Office,
) -> None:
    wire = Frozen(quick="7002")
    await queued(office)
    await queued(office, "y")
    await queued(office, "z", wire.quick)  # it arrives, and the others are looked through again
    closing = Looking(office.db, {"telegram": wire}, host=office.host.now)
    closing.pace = office.sender.pace
    await closing.drain(30)

    assert [said.chat for said in wire.sent] == [wire.quick, CHAT, CHAT]


async def test_a_lease_lost_while_a_message_was_prepared_leaves_it_to_the_next(office: Office) -> None:
    await queued(office)
    mine = True
    losing = sender(office, office.wire, lambda _: mine)

    async def late(*_: Any) -> None:
        nonlocal mine
        mine = False

    losing.pace = Pace({office.wire.name: office.wire.limits}, office.host.now)
    losing.pace.may = lambda *_: True  # type: ignore[method-assign]
    losing.pace.take = late  # type: ignore[assignment, method-assign]
    await losing.drain(5)

    assert not office.wire.sent
    assert await states(office) == ["new"]
    await sender(office, office.wire).drain(5)
    assert len(office.in_chat(CHAT)) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        lambda: None,
        lambda: MaybeSent("timed out"),
        lambda: NotSent("not connected"),
        lambda: NotSent("flood", timedelta(seconds=3)),
        lambda: Rejected("no"),
        lambda: ZeroDivisionError(),
    ],
    ids=["sent", "unknown", "not sent", "flood", "rejected", "fault"],
)
async def test_what_a_frozen_process_learns_too_late_changes_nothing(
    office: Office, outcome: Callable[[], Exception | None]
) -> None:
    await queued(office)
    wire = Frozen(outcome=outcome)
    frozen = sender(office, wire)
    await frozen.start_due()
    await wire.called.wait()
    async with office.db.transaction() as tx:  # another takes over: it may be out already, it goes out once more
        await outbox.recover(tx, office.host.at, "telegram")
    other = sender(office, office.wire)
    await other.drain(5)
    assert await states(office) == ["sent"]
    wire.thawed.set()
    await frozen.finish(30)
    office.host.at += timedelta(hours=1)
    await other.drain(5)

    assert await states(office) == ["sent"]
    assert len(office.in_chat(CHAT)) == 1


LATE: dict[str, Callable[[], Exception | None]] = {
    "sent": lambda: None,
    "unknown": lambda: MaybeSent("timed out"),
    "not sent": lambda: NotSent("not connected"),
    "flood": lambda: NotSent("flood", timedelta(seconds=3)),
    "rejected": lambda: Rejected("no"),
    "gone": lambda: Gone("blocked"),
    "moved": lambda: Moved("-9"),
    "fault": lambda: ZeroDivisionError(),
}


async def frozen_in_the_call(office: Office, wire: Frozen) -> Sender:
    """A process that stands still in the middle of sending; another has taken its lease back since."""
    sending = sender(office, wire)
    await sending.start_due()
    await wire.called.wait()
    async with office.db.transaction() as tx:
        await outbox.recover(tx, office.host.at, "telegram")
    return sending


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
async def test_while_another_sends_a_message_nobody_else_says_what_became_of_it(
    office: Office, late: Callable[[], Exception | None]
) -> None:
    await queued(office)
    first, second = Frozen(outcome=late), Frozen()
    old = await frozen_in_the_call(office, first)
    new = sender(office, second)
    await new.start_due()
    await second.called.wait()
    (before,) = await office.rows(m.outbox)
    first.thawed.set()
    await old.finish(30)

    (after,) = await office.rows(m.outbox)
    assert (after.state, after.attempts, after.lease_until) == ("leased", 2, before.lease_until)
    assert (after.retry_at, after.payload) == (before.retry_at, before.payload)
    second.thawed.set()
    await new.finish(30)
    assert await states(office) == ["sent"]


async def test_what_two_have_said_stands_as_the_second_said_it_and_both_are_remembered(office: Office) -> None:
    await queued(office)
    first, second = Frozen(), Frozen()
    second._ids = itertools.count(5000)
    old = await frozen_in_the_call(office, first)
    new = sender(office, second)
    second.thawed.set()
    await new.drain(5)
    first.thawed.set()
    await old.finish(30)

    (row,) = await office.rows(m.outbox)
    assert row.message_id == "5000"
    assert {one.message_id for one in await office.rows(m.sent_messages)} == {"1000", "5000"}


async def test_what_turns_out_to_be_sent_is_not_said_again(office: Office) -> None:
    """Taken back, but not begun again: the first sender's news saves a repetition."""
    await queued(office)
    wire = Frozen()
    old = await frozen_in_the_call(office, wire)
    assert await states(office) == ["new"]
    wire.thawed.set()
    await old.finish(30)
    await sender(office, office.wire).drain(5)

    assert await states(office) == ["sent"]
    assert not office.wire.sent
