"""Sending: every class of failure has its answer, chats do not wait for each other, nothing is said twice (D6, D7)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Executable

from bot.channels.port import (
    Button,
    Gone,
    Locked,
    MaybeSent,
    Message,
    Moved,
    NotSent,
    Outgoing,
    Rejected,
)
from bot.jobs.outbox import BACKOFF, Sender
from bot.render import notices
from core.rules.people import Person
from core.store import models as m
from core.store import outbox
from core.store import people as people_store
from core.store.db import BULK, NOTICE, REPLY, Tx
from core.usecases.guards import guard
from tests.office import Office, Phone

GROUP = "-77"


@pytest.fixture(autouse=True)
def note() -> Iterator[None]:
    """A notice that says what its data say."""

    async def render(tx: Tx, data: Any, lang: str, person: Person | None) -> Message | None:
        if data.get("fault"):
            raise ZeroDivisionError
        row = (Button("好", "form.cancel", {"draft": 0}),)
        rows = (row,) if data.get("button") else ()
        return Message(data["text"], rows, subject=data.get("subject")) if data.get("text") else None

    notices._renderers["test_note"] = render
    yield
    del notices._renderers["test_note"]


async def tells(office: Office, who: Phone, text: str, **more: Any) -> None:
    """A notice to a person; it is not sent yet."""
    once = more.pop("once", f"n:{who.id}:{text}")
    data = {"text": text, "button": more.pop("button", False), "subject": more.pop("carries", None)}
    await office.tx(lambda tx: tx.notify(who.id, "test_note", data, once=once, **more))


async def posts(office: Office, text: str, chat: str = GROUP) -> None:
    """A board into a group; it is not sent yet."""
    await office.tx(lambda tx: tx.post("telegram", chat, "test_note", {"text": text}, once=f"b:{chat}:{text}"))


async def states(office: Office) -> dict[str, str]:
    """The state of every row by its key."""
    return {row.once: row.state for row in await office.rows(m.outbox)}


class Troubles:
    """The network fails in given ways, call after call, and remembers what it was asked."""

    def __init__(self, office: Office, *kinds: Exception | None, chat: str | None = None) -> None:
        self.left = list(kinds)
        self.chat = chat
        self.calls: list[Outgoing] = []
        office.wire.fail = self

    def __call__(self, out: Outgoing) -> None:
        self.calls.append(out)
        if self.chat is not None and out.chat != self.chat:
            return
        trouble = self.left.pop(0) if self.left else None
        if trouble is not None:
            raise trouble

    def texts(self, chat: str) -> list[str]:
        return [out.text for out in self.calls if out.chat == chat]


# --- not sent: wait, or try again ------------------------------------------------------------------------------


async def test_who_is_asked_for_patience_waits_that_long_and_nobody_else_does(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    await tells(office, ana, "一")
    await tells(office, ana, "二")
    await tells(office, bob, "三")
    network = Troubles(office, NotSent("flood", timedelta(seconds=30)), chat=ana.user)
    await office.settle()

    assert [said.text for said in bob.messages] == ["三"]
    assert network.texts(ana.user) == ["一"]
    await office.waits(29)
    assert network.texts(ana.user) == ["一"]  # not a second early
    await office.waits(2.1)  # up to a second of jitter
    assert [said.text for said in ana.messages] == ["一", "二"]
    assert {row.attempts for row in await office.rows(m.outbox)} == {1}  # waiting as asked is no attempt


async def test_a_press_is_not_answered_into_a_chat_that_asked_for_patience(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "一", button=True)
    await office.settle()
    network = Troubles(office, NotSent("flood", timedelta(seconds=5)), chat=ana.user)
    await tells(office, ana, "二")
    await office.settle()
    await ana.presses("好")

    assert [out.verb for out in network.calls] == ["send"]
    await office.waits(6.1)
    assert [out.verb for out in network.calls].count("answer") == 1


async def test_without_a_connection_the_pauses_double_up_to_five_minutes(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "一")
    network = Troubles(office, *[NotSent("not connected")] * (len(BACKOFF) + 2))
    await office.settle()
    for count, pause in enumerate([*BACKOFF, 300, 300], 1):
        assert len(network.calls) == count
        await office.waits(pause - 0.01)
        assert len(network.calls) == count
        await office.waits(0.01)

    assert ana.text == "一"


async def test_after_a_day_without_a_connection_a_message_is_given_up_and_the_next_one_goes(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "一")
    network = Troubles(office, *[NotSent("not connected")] * 13)
    await office.settle()
    for _ in range(10):
        await office.waits(300)
    assert await states(office) == {f"n:{ana.id}:一": "new"}
    office.clock.at += timedelta(hours=24, seconds=1)
    await tells(office, ana, "二")
    await office.waits(300)

    assert (await states(office))[f"n:{ana.id}:一"] == "dead"
    assert network.texts(ana.user)[-1] == "二"


async def test_a_message_that_waits_to_be_tried_again_is_not_overtaken(office: Office) -> None:
    ana = await office.agent()
    network = Troubles(office, NotSent("not connected"))
    for text in "一二三":
        await tells(office, ana, text)
    await office.settle()
    await office.waits(1)

    assert network.texts(ana.user) == ["一", "一", "二", "三"]


async def test_answers_come_before_notices_and_notices_before_boards(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "榜", rank=BULK)
    await tells(office, ana, "知", rank=NOTICE)
    await tells(office, ana, "答", rank=REPLY)
    await office.settle()

    assert [said.text for said in ana.messages] == ["答", "知", "榜"]


async def test_a_long_queue_into_one_chat_takes_nobody_elses_turn(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    for number in range(220):
        await tells(office, ana, f"{number}")
    await tells(office, bob, "三")
    Troubles(office, NotSent("flood", timedelta(seconds=60)), chat=ana.user)
    await office.settle()

    assert bob.text == "三"


# --- unknown outcomes --------------------------------------------------------------------------------------------


async def test_a_receipt_whose_answer_was_lost_is_said_once_more_and_then_left(office: Office) -> None:
    ana = await office.agent()
    network = Troubles(office, MaybeSent("timed out"), MaybeSent("timed out"))
    await tells(office, ana, "一")
    await office.settle()
    await office.waits(2)
    await office.waits(600)

    assert network.texts(ana.user) == ["一", "一"]
    assert set((await states(office)).values()) == {"maybe"}


class Lagging:
    """A database whose answer to a look comes late: what was begun before it has come to its end meanwhile."""

    def __init__(self, office: Office) -> None:
        self.db = office.db
        self.sender: Sender | None = None
        self.read = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)

    @asynccontextmanager
    async def transaction(self, now: datetime | None = None) -> AsyncIterator[Tx]:
        await self.read.wait()
        async with self.db.transaction(now) as tx:
            yield tx

    @asynccontextmanager
    async def snapshot(self, now: datetime | None = None) -> AsyncIterator[Tx]:
        async with self.db.snapshot(now) as tx:
            yield Late(tx, self) if self.sender else tx

    async def wait(self) -> None:
        """Until what is on the wire is over."""
        self.read.set()
        sender, self.sender = self.sender, None
        if sender is not None:
            await sender.finish(30)


class Late(Tx):
    """What such a look reads by."""

    def __init__(self, tx: Tx, db: Lagging) -> None:
        super().__init__(tx.conn, tx.now, tx.company)
        self._db = db

    async def all(self, statement: Executable, /, **named: Any) -> Sequence[Any]:
        rows = await super().all(statement, **named)
        await self._db.wait()
        return rows


@pytest.mark.parametrize("kind", ["answer", "notice"])
async def test_a_look_that_began_before_an_answer_was_lost_does_not_send_at_once_and_a_third_time(
    office: Office, kind: str
) -> None:
    ana = await office.agent()
    network = Troubles(office, *[MaybeSent("timed out")] * 3)
    if kind == "notice":
        await tells(office, ana, "一")
    else:
        payload = {"text": "一"}
        await office.tx(
            lambda tx: outbox.reply(tx, once="x", channel="telegram", chat=ana.user, verb="send", payload=payload)
        )
    lagging = Lagging(office)
    sender = Sender(lagging, {"telegram": office.wire}, host=office.host.now)  # type: ignore[arg-type]
    assert await sender.start_due() == 1
    lagging.sender = sender
    await sender.start_due()
    await sender.finish(30)
    assert network.texts(ana.user) == ["一"]  # its time to be repeated has not come
    for _ in range(3):
        office.host.at += timedelta(seconds=5)
        await sender.drain(30)

    assert network.texts(ana.user) == ["一", "一"]
    assert set((await states(office)).values()) == {"maybe"}


async def test_failed_connections_do_not_use_up_the_repeat_of_a_lost_answer(office: Office) -> None:
    ana = await office.agent()
    network = Troubles(office, *[NotSent("not connected")] * 3, MaybeSent("reset"))
    await tells(office, ana, "一")
    await office.settle()
    for _ in range(5):
        await office.waits(10)

    assert len(network.calls) == 5
    assert set((await states(office)).values()) == {"sent"}


@pytest.mark.parametrize("kind", ["board", "reminder"])
async def test_boards_and_reminders_are_not_repeated_after_a_lost_answer(office: Office, kind: str) -> None:
    ana = await office.agent()
    network = Troubles(office, MaybeSent("timed out"))
    if kind == "board":
        await posts(office, "榜")
    else:
        await tells(office, ana, "还有 30 分钟", rank=BULK)
    await office.settle()
    await office.waits(600)

    assert len(network.calls) == 1
    assert set((await states(office)).values()) == {"maybe"}


@pytest.mark.parametrize(("kind", "calls"), [("receipt", 2), ("board", 1)])
async def test_a_process_killed_while_sending_repeats_receipts_once_and_boards_never(
    office: Office, kind: str, calls: int
) -> None:
    ana = await office.agent()
    if kind == "receipt":
        await tells(office, ana, "一")
    else:
        await posts(office, "榜")
    network = Troubles(office)
    for _ in range(2):  # killed twice between the lease and the answer
        async with office.db.transaction() as tx:
            for row in await outbox.due(tx, office.host.at):
                chat = row.chat or ana.user
                if await outbox.lease(
                    tx, row.id, office.host.at, channel="telegram", chat=chat, payload={"text": "一"}
                ):
                    network.calls.append(Outgoing("send", chat, "一"))
        await office.restart()
    await office.settle()
    await office.waits(600)

    assert len(network.calls) == calls
    assert set((await states(office)).values()) == {"maybe"}


async def test_a_lease_that_ran_out_is_found_without_a_restart(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    await tells(office, ana, "一")
    await tells(office, bob, "二")
    async with office.db.transaction() as tx:
        first, second = await outbox.due(tx, office.host.at)
        await outbox.lease(tx, first.id, office.host.at, channel="telegram", chat=ana.user, payload={"text": "一"})
        later = office.host.at + timedelta(seconds=30)
        await outbox.lease(tx, second.id, later, channel="telegram", chat=bob.user, payload={"text": "二"})
    async with office.db.transaction() as tx:
        await outbox.recover(tx, office.host.at + timedelta(seconds=61), ended=True)
    await office.settle()

    assert [said.text for said in ana.messages] == ["一"]
    assert not bob.messages  # that lease still runs


# --- nobody there ----------------------------------------------------------------------------------------------


async def test_who_blocked_us_hears_nothing_until_they_write_and_their_superior_is_told_once(office: Office) -> None:
    zhou = await office.supervisor()
    ana = await office.agent()
    office.wire.blocked.add(ana.user)
    await tells(office, ana, "底薪 2000")
    await office.settle()
    network = Troubles(office)
    await tells(office, ana, "又一条")
    await office.settle()

    assert not network.texts(ana.user)  # not even tried
    assert [said.text for said in zhou.messages] == [
        "林晓燕收不到我的消息(可能拉黑了我)。等 Ta 再发一句话就恢复,急事请当面说。"
    ]
    office.wire.blocked.clear()
    await ana.says("帮助")
    await tells(office, ana, "第三条")
    await office.settle()
    assert ana.text == "第三条"
    assert len(zhou.messages) == 1


async def test_a_block_that_the_network_tells_us_of_is_told_to_the_superior_too(office: Office) -> None:
    zhou = await office.supervisor()
    ana = await office.agent()
    await office.receive(kind="blocked", sender=ana.user, chat=ana.user, private=True)
    await tells(office, ana, "一")
    await office.settle()

    assert zhou.sees("林晓燕收不到我的消息")
    assert not ana.messages
    await office.receive(kind="unblocked", sender=ana.user, chat=ana.user, private=True)
    await tells(office, ana, "二")
    await office.settle()
    assert ana.text == "二"


async def test_a_second_account_is_used_when_the_first_is_blocked(office: Office) -> None:
    zhou = await office.supervisor()
    ana = await office.agent()
    await office.tx(lambda tx: people_store.bind(tx, "telegram", "6001", ana.id))
    await ana.says("帮助")
    await office.receive(kind="blocked", sender=ana.user, chat=ana.user, private=True)
    await tells(office, ana, "一")
    await office.settle()

    assert [said.text for said in office.in_chat("6001")] == ["一"]
    assert not zhou.messages


async def test_a_group_that_put_us_out_is_left_alone(office: Office) -> None:
    await office.tx(lambda tx: people_store.group_seen(tx, "telegram", GROUP, "群"))
    Troubles(office, Gone("kicked"))
    await posts(office, "榜")
    await office.settle()

    assert [row.state for row in await office.rows(m.group_chats)] == ["left"]


async def test_somebody_who_left_the_company_is_told_nothing(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "一")
    await office.tx(lambda tx: tx.run(m.people.update().where(m.people.c.id == ana.id).values(status="left")))
    await office.settle()

    assert not ana.messages
    assert set((await states(office)).values()) == {"dropped"}


# --- moved, refused, locked --------------------------------------------------------------------------------------


async def test_a_group_that_moved_gets_its_message_once_under_the_new_id(office: Office) -> None:
    await office.tx(lambda tx: people_store.group_seen(tx, "telegram", GROUP, "群"))
    network = Troubles(office, Moved("-10077"))
    await posts(office, "榜一")
    await posts(office, "榜二")
    await office.settle()

    assert [(out.chat, out.text) for out in network.calls] == [
        (GROUP, "榜一"),
        ("-10077", "榜一"),
        ("-10077", "榜二"),
    ]
    assert [row.external_id for row in await office.rows(m.group_chats)] == ["-10077"]


async def test_an_edit_that_is_refused_becomes_a_message_with_the_same_words_and_buttons(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "第一版", carries="note:1")
    await office.settle()
    data = {"text": "第二版", "button": True}
    await office.tx(lambda tx: tx.amend(ana.id, "test_note", data, once="a:1", subject="note:1"))
    network = Troubles(office, Rejected("message can't be edited"))
    await office.settle()

    assert [(out.verb, out.text) for out in network.calls] == [("edit", "第二版"), ("send", "第二版")]
    assert ana.labels == ["好"]


async def test_a_message_that_is_refused_is_given_up_and_the_next_one_goes(office: Office) -> None:
    ana = await office.agent()
    network = Troubles(office, Rejected("bad request"))
    await tells(office, ana, "一")
    await tells(office, ana, "二")
    await office.settle()
    await office.waits(600)

    assert network.texts(ana.user) == ["一", "二"]
    assert (await states(office))[f"n:{ana.id}:一"] == "dead"


async def test_refused_credentials_stop_all_sending_for_half_a_minute(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    network = Troubles(office, Locked("401"))
    await tells(office, ana, "一")
    await office.settle()
    await tells(office, bob, "二")
    await office.settle()
    await office.waits(29)
    assert len(network.calls) == 1
    await office.waits(1)

    assert ana.text == "一"
    assert bob.text == "二"


# --- at the moment of sending ------------------------------------------------------------------------------------


async def test_what_is_no_longer_true_or_too_old_is_not_said(office: Office) -> None:
    ana = await office.agent()
    true = {"yes"}

    @guard("test")
    async def check(tx: Tx, what: str) -> bool:
        return what in true

    for what in ("yes", "no"):
        await tells(office, ana, what, guard=f"test:{what}")
    await tells(office, ana, "old", expires_at=office.now - timedelta(seconds=1))
    await tells(office, ana, "", once="empty")
    await office.settle()

    assert [said.text for said in ana.messages] == ["yes"]


async def test_what_was_taken_back_while_it_was_being_planned_is_not_sent(office: Office) -> None:
    ana = await office.agent()
    await tells(office, ana, "一", once="r:1")
    async with office.db.snapshot() as tx:
        (row,) = await outbox.due(tx, office.host.at)
    await office.tx(lambda tx: outbox.cancel(tx, "r:"))
    async with office.db.transaction() as tx:
        leased = await outbox.lease(tx, row.id, office.host.at, channel="telegram", chat=ana.user, payload={})

    assert not leased


async def test_two_senders_on_one_database_say_everything_once(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    for number in range(15):
        await tells(office, ana, f"a{number}")
        await tells(office, bob, f"b{number}")
    twin = Sender(office.db, {"telegram": office.wire}, host=office.host.now)
    twin.pace = office.sender.pace
    while True:
        started = await office.sender.start_due(), await twin.start_due()
        await office.sender.finish(30)
        await twin.finish(30)
        if not any(started):
            break

    assert [said.text for said in ana.messages] == [f"a{number}" for number in range(15)]
    assert [said.text for said in bob.messages] == [f"b{number}" for number in range(15)]


async def test_a_fault_of_ours_is_tried_three_times_and_stops_nobody(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    await office.tx(lambda tx: tx.notify(ana.id, "test_note", {"fault": True}, once="f"))
    await tells(office, ana, "二")
    await tells(office, bob, "三")
    await office.settle()
    assert bob.text == "三"
    await office.waits(2)
    await office.waits(2)

    assert (await states(office))["f"] == "dead"
    assert ana.text == "二"


# --- all of it at once --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
async def test_each_class_is_answered_as_the_table_says_in_any_order(office: Office, seed: int) -> None:
    """docs/reliability.md D6: how often the network is called for one message, class by class."""
    rng = random.Random(seed)
    people = [await office.agent(name) for name in ("林晓燕", "王芳", "李娜", "张敏")]
    table: dict[str, tuple[type[Exception] | None, int]] = {
        "fine": (None, 1),
        "flood": (NotSent, 2),
        "unconnected": (NotSent, 2),
        "unknown": (MaybeSent, 2),
        "rejected": (Rejected, 1),
    }
    plan: dict[str, str] = {}
    for number in range(60):
        plan[f"m{number}"] = rng.choice(sorted(table))
        await tells(office, rng.choice(people), f"m{number}")
    calls: Counter[str] = Counter()

    def network(out: Outgoing) -> None:
        calls[out.text] += 1
        kind = plan[out.text]
        if calls[out.text] > 1 or kind == "fine":
            return
        if kind == "flood":
            raise NotSent("flood", timedelta(seconds=rng.randrange(1, 9)))
        trouble = table[kind][0]
        assert trouble is not None
        raise trouble(kind)

    office.wire.fail = network
    await office.settle()
    for _ in range(200):
        if all(state != "new" for state in (await states(office)).values()):
            break
        await office.waits(10)

    assert dict(calls) == {text: table[kind][1] for text, kind in plan.items()}
    for one in people:
        numbers = [int(said.text[1:]) for said in one.messages]
        assert numbers == sorted(numbers)
