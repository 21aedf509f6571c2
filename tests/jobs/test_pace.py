"""The networks' budgets hold, whoever sends and however often the sender is restarted (D7)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.port import Budget, Limits
from bot.channels.telegram import Telegram
from bot.channels.wecom.aibot import AiBot
from bot.jobs.outbox import Sender
from bot.jobs.pace import Bucket, Pace, Window
from core.store import models as m
from core.store import outbox
from core.store.db import Tx
from tests.office import START, Office

GROUP, PERSON = "-1001", "7001"


@dataclass
class Host:
    """The host's time, as both clocks tell it."""

    seconds: float = 1000.0

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def pace(self, limits: Limits = Telegram.limits) -> Pace:
        return Pace({"telegram": limits}, self.now, self.clock)


@dataclass
class Network:
    """What one chat and all of them get within a window; raises when that is more than the network allows."""

    host: Host
    within: float
    allowed: int
    gone: deque[float] = field(default_factory=deque)
    total: int = 0

    def takes(self) -> None:
        self.gone.append(self.host.seconds)
        self.total += 1
        while self.gone[0] <= self.host.seconds - self.within:
            self.gone.popleft()
        assert len(self.gone) <= self.allowed, f"{len(self.gone)} within {self.within} s"


async def spend(pace: Pace, chat: str, most: int = 100) -> int:
    """As many as may go at once."""
    sent = 0
    while sent < most and pace.may("telegram", chat):
        await pace.take("telegram", chat)
        sent += 1
    return sent


async def test_the_pace_stays_below_the_networks_limits() -> None:
    """Seven at once into a group, eight into a chat; a chat at its limit does not slow the others."""
    pace = Host().pace()
    assert await spend(pace, "-1") == 7
    assert await spend(pace, "5") == 7  # what is left of the fourteen at once over all
    assert not pace.may("telegram", "6")
    assert pace.spent()


@pytest.mark.parametrize(
    ("budget", "within", "allowed"),
    [(Telegram.limits.group, 60, 20), (Telegram.limits.overall, 1, 30), (AiBot.limits.person, 60, 30)],
    ids=["group", "over all", "strict"],
)
def test_a_burst_and_its_refill_stay_within_the_networks_window(budget: Budget, within: float, allowed: int) -> None:
    host = Host()
    limiter = Window(budget, host.clock) if budget.strict else Bucket(budget, host.clock)
    network = Network(host, within, allowed)
    for _ in range(int(4 * budget.capacity)):
        host.seconds += limiter.left() + 1e-6
        network.takes()
        limiter.count(host.seconds)
    spent = host.seconds - 1000.0

    assert network.total / (spent + budget.seconds) <= budget.capacity / budget.seconds + 0.01
    assert spent > 2.9 * budget.seconds, "the refill is used too"


def test_a_strict_budget_lets_all_through_at_once_and_then_none_until_the_first_is_a_minute_old() -> None:
    host = Host(0.0)
    window = Window(Budget(25, 60, strict=True), host.clock)
    for second in range(25):
        host.seconds = float(second)
        assert not window.left()
        window.count(host.seconds)
    assert window.left() == pytest.approx(36)
    host.seconds = 59.9
    assert window.left() == pytest.approx(0.1)
    host.seconds = 60.0
    assert not window.left()
    window.count(host.seconds)
    assert window.left() == pytest.approx(1)


async def test_a_message_that_has_to_wait_goes_as_soon_as_the_budget_lets_it() -> None:
    pace = Pace({"telegram": Limits(1, 1, can_edit=True, can_reply=True, overall=Budget(1, 0.05))})
    async with asyncio.timeout(60):
        for _ in range(3):
            await pace.take("telegram", "5")
    assert not pace.may("telegram", "6")


# --- over restarts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [Telegram.limits, AiBot.limits], ids=["refilled", "strict"])
def test_what_went_out_before_counts_where_it_went_and_as_long_as_it_would_have(limits: Limits) -> None:
    """A pace that begins with what another has sent is in every moment as if it had sent it itself."""
    host = Host()
    whole, gone = host.pace(limits), list[tuple[str, datetime]]()
    for number in range(12):
        host.seconds += 0.7
        chat = (PERSON, GROUP)[number % 2]
        gone.append((chat, host.now()))
        whole._of("telegram", chat).count(host.seconds)
        whole._all["telegram"].count(host.seconds)
    host.seconds += 1.0
    fresh = host.pace(limits)
    fresh.begin("telegram", gone)
    fresh.begin("telegram", gone)  # a transaction that is tried again

    for _ in range(40):
        host.seconds += 0.5
        for chat in (PERSON, GROUP, "other"):
            assert fresh._of("telegram", chat).left() == pytest.approx(whole._of("telegram", chat).left(), abs=1e-6)
        assert fresh._all["telegram"].left() == pytest.approx(whole._all["telegram"].left(), abs=1e-6)


def test_the_span_covers_the_longest_budget() -> None:
    assert Host().pace().span("telegram") >= timedelta(seconds=35)
    assert Host().pace(AiBot.limits).span("telegram") >= timedelta(seconds=60)


def test_chats_that_rest_are_forgotten_before_any_that_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.pace.MOST", 50)
    host = Host()
    pace = host.pace()
    pace.begin("telegram", [(GROUP, host.now())] * 7)
    for chat in range(200):
        pace.may("telegram", str(chat))

    assert len(pace._chats) <= 52
    assert not pace.may("telegram", GROUP)


class Impatient(Pace):
    """A process does not live long enough to wait for its pace: it dies with the message in its hands."""

    async def take(self, channel: str, chat: str) -> None:
        """Count one message, or die."""
        if not self.may(channel, chat):
            raise asyncio.CancelledError
        await super().take(channel, chat)


async def paced(office: Office) -> Sender:
    """A process that has just begun to send, at the network's real limits."""
    sender = Sender(office.db, {"telegram": office.wire}, host=office.host.now)
    clock = lambda: office.host.at.timestamp()  # noqa: E731
    sender.pace = Impatient({"telegram": Telegram.limits}, office.host.now, clock)
    await sender.recover()
    return sender


async def says(office: Office, *chats: str) -> None:
    async def write(tx: Tx) -> None:
        for chat in chats:
            number = next(office.ids)
            await outbox.reply(
                tx, once=f"x{number}", channel="telegram", chat=chat, verb="send", payload={"text": f"{number}"}
            )

    await office.tx(write)


async def sends(office: Office, sender: Sender) -> None:
    """Until nothing may go out."""
    while await sender.start_due():
        await sender.finish(30)


async def test_a_crash_loop_sends_no_more_into_a_group_than_the_network_allows(office: Office) -> None:
    """Every three seconds another process, each with a full queue; the network counts twenty a minute."""
    await says(office, *[GROUP] * 60)
    network, seen = Network(Host(office.host.at.timestamp()), 60, 20), 0
    for _ in range(30):
        sender = await paced(office)
        await sends(office, sender)
        for _ in range(len(office.in_chat(GROUP)) - seen):
            network.host.seconds = office.host.at.timestamp()
            network.takes()
        seen = len(office.in_chat(GROUP))
        office.host.at += timedelta(seconds=3)

    assert 20 < seen <= 7 + 90 * 0.2 + 1, "and no less than its own pace gives"


async def test_a_crash_loop_counts_what_it_sent_although_thousands_were_queued_since(office: Office) -> None:
    """What goes out now is the oldest of a long queue, not the newest."""
    await says(office, *[GROUP] * 30)
    async with office.db.transaction() as tx:
        same: dict[str, Any] = {"channel": "telegram", "verb": "send", "payload": {"text": "later"}}
        same |= {"person_id": None, "subject": None}
        same |= {"chat": PERSON, "lane": f"telegram:{PERSON}", "due_at": tx.now + timedelta(days=1)}
        await outbox.replies(tx, [same | {"once": f"later:{number}"} for number in range(3000)])
    for _ in range(6):
        await sends(office, await paced(office))
        office.host.at += timedelta(seconds=3)

    assert len(office.in_chat(GROUP)) <= 7 + 18 * 0.2 + 1


async def test_a_crash_loop_stays_within_a_second_over_all(office: Office) -> None:
    people = [str(8000 + number) for number in range(90)]
    await says(office, *people)
    for restarts in range(8):
        sender = await paced(office)
        await sends(office, sender)
        assert len(office.wire.sent) <= 14 + 14 * 0.1 * restarts + 1
        office.host.at += timedelta(seconds=0.1)


async def dies_sending(office: Office) -> None:
    """A process had everything on the wire and died before it marked any of it, a second ago."""
    async with office.db.transaction() as tx:
        ids = [row.id for row in await tx.all(m.outbox.select())]
        await outbox.lease_ready(tx, ids, office.host.at)
    office.host.at += timedelta(seconds=1)


async def test_what_a_dead_process_had_on_the_wire_counts_as_sent(office: Office) -> None:
    """Leased and never marked: the network may have it all."""
    await says(office, *[GROUP] * 7)
    await dies_sending(office)
    sender = await paced(office)
    assert not sender.pace.may("telegram", GROUP)
    again = await paced(office)  # and its successor dies too, before it has said anything again

    assert not again.pace.may("telegram", GROUP)
    assert sender.pace.may("telegram", PERSON)


async def test_what_went_a_second_time_after_a_death_counts_twice(office: Office) -> None:
    """Four were on the wire when their sender died; the next one repeated three of them and died as well."""
    await says(office, *[GROUP] * 4)
    await dies_sending(office)
    await sends(office, await paced(office))
    assert len(office.in_chat(GROUP)) == 3
    third = await paced(office)

    assert not third.pace.may("telegram", GROUP)
    assert third.pace.may("telegram", PERSON)


async def test_after_a_quiet_while_a_restart_costs_nothing(office: Office) -> None:
    ana = await office.agent()
    for _ in range(12):
        await ana.says("菜单")
    office.host.at += timedelta(seconds=36)
    sender = await paced(office)

    assert not [one for one in sender.pace._chats.values() if not one.idle()]


async def test_toasts_and_other_networks_are_not_counted(office: Office) -> None:
    async with office.db.transaction() as tx:
        for number, (channel, verb) in enumerate([("telegram", "answer"), ("elsewhere", "send")] * 20):
            await outbox.reply(tx, once=f"x{number}", channel=channel, chat=PERSON, verb=verb, payload={})
        ids = [row.id for row in await tx.all(m.outbox.select())]
        await outbox.lease_ready(tx, ids, office.host.at)
        assert await outbox.lately(tx, "telegram", office.host.at, timedelta(seconds=60)) == []
        assert len(await outbox.lately(tx, "elsewhere", office.host.at, timedelta(seconds=60))) == 20


async def test_a_message_counts_from_when_the_network_had_taken_it(office: Office) -> None:
    """Leased long ago and answered just now: the network counts from its answer."""
    await says(office, PERSON)
    sender = await paced(office)
    send = office.wire.send

    async def slow(out: object) -> str | None:
        office.host.at += timedelta(seconds=50)
        return await send(out)  # type: ignore[arg-type]

    office.wire.send = slow  # type: ignore[method-assign]
    await sends(office, sender)
    async with office.db.snapshot() as tx:
        (gone,) = await outbox.lately(tx, "telegram", office.host.at, timedelta(seconds=1))
    assert gone == (PERSON, office.host.at)
