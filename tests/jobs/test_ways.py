"""The outbox chooses ways: what one certainly did not take goes by another, what may be out never does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.port import Button, Gone, Locked, MaybeSent, Message, NotSent, Outgoing
from bot.dispatch import Dispatcher
from bot.jobs.outbox import Sender
from bot.render.notices import Data, notice
from core.rules.people import Person
from core.rules.webhooks import Address
from core.store import models as m
from core.store import outbox, webhooks
from core.store import people as people_store
from core.store.db import Tx
from tests.office import Office, Phone, Unpaced, Wire

SAID = "带按钮的通知"
SEALED = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"  # means nothing to the app


@notice("test_way")
async def _said(tx: Tx, data: Data, lang: str, person: Person | None) -> Message:
    return Message(SAID, ((Button("语言", "language.set", {"lang": "en"}),),))


@notice("test_board")
async def _board(tx: Tx, data: Data, lang: str, person: Person | None) -> Message:
    return Message("红榜")


class Streets:
    """An office whose people are reached by several wires."""

    def __init__(self, office: Office, *names: str) -> None:
        self.office = office
        self.wires = {name: Wire(name=name) for name in names}
        self.down: set[str] = set()
        office.sender = Sender(office.db, self.wires, host=office.host.now, down=self.down.__contains__)
        office.sender.pace = Unpaced({}, office.host.now)
        office.dispatcher = Dispatcher(office.db, self.wires, office.sender)

    async def bound(self, phone: Phone, *accounts: tuple[str, str]) -> None:
        """These accounts, and no other, speak for somebody."""
        async with self.office.db.transaction() as tx:
            await people_store.unbind(tx, phone.id)
            for channel, account in accounts:
                await people_store.bind(tx, channel, account, phone.id)

    async def tells(self, phone: Phone, once: str = "n") -> None:
        """A notice for somebody goes its way."""
        await self.office.tx(lambda tx: tx.notify(phone.id, "test_way", {}, once=once))
        await self.office.sender.drain(20)

    def heard(self, name: str) -> list[str]:
        """What went out on a wire."""
        return [said.text for said in self.wires[name].sent]


def raising(problem: Exception) -> Callable[[Outgoing], None]:
    def fail(out: Outgoing) -> None:
        if out.verb == "send":
            raise problem

    return fail


@pytest.fixture
def streets(office: Office) -> Streets:
    return Streets(office, "telegram", "wecom", "wecom_app", "wecom_group")


async def state_of(office: Office, once: str = "n") -> tuple[str, str]:
    (row,) = await office.rows(m.outbox, once=once)
    return row.channel, row.state


async def test_what_the_bot_certainly_did_not_take_goes_by_the_app_with_its_buttons(
    office: Office, streets: Streets
) -> None:
    ana = await office.agent()
    await office.supervisor()
    await streets.bound(ana, ("wecom", "Ana"))
    streets.wires["wecom"].fail = raising(Gone("93006"))
    await streets.tells(ana)
    await streets.tells(ana, "second")

    assert streets.heard("wecom_app") == [SAID, SAID]
    assert await state_of(office) == ("wecom_app", "sent")
    assert {row.channel for row in await office.rows(m.buttons)} == {"wecom_app"}
    assert not [row for row in await office.rows(m.outbox) if row.notice == "unreachable"]
    streets.wires["wecom"].fail = lambda _: None
    await streets.tells(ana, "third")
    assert not streets.heard("wecom")  # what failed is remembered


async def test_what_may_be_out_never_takes_another_way(office: Office, streets: Streets) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", "Ana"), ("telegram", "77"))
    tried: list[str] = []

    def loses(name: str) -> Callable[[Outgoing], None]:
        def fail(_: Outgoing) -> None:
            tried.append(name)
            raise MaybeSent("no ack")

        return fail

    for name, wire in streets.wires.items():
        wire.fail = loses(name)
    await streets.tells(ana)
    await office.waits(5)
    await office.waits(60)

    channel, state = await state_of(office)
    assert state == "maybe"
    assert channel in {"telegram", "wecom"}
    assert tried == [channel, channel]  # once more the same way, as a notice may be


async def test_with_no_way_left_the_superior_hears_of_it_once_without_a_word_of_it(
    office: Office, streets: Streets
) -> None:
    ana, boss = await office.agent(), await office.supervisor()
    await streets.bound(ana, ("wecom", "Ana"))
    await streets.bound(boss, ("telegram", "9"))
    for name in ("wecom", "wecom_app"):
        streets.wires[name].fail = raising(Gone("81013"))
    await streets.tells(ana)
    await streets.tells(ana, "second")
    await office.sender.drain(20)

    (told,) = streets.heard("telegram")
    assert "林晓燕" in told
    assert SAID not in told
    assert {row.external_id: row.unreachable_at is None for row in await office.rows(m.accounts, person_id=ana.id)} == {
        "Ana": False
    }


async def test_a_sealed_userid_is_never_given_to_the_app(office: Office, streets: Streets) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"))
    streets.wires["wecom"].fail = raising(Gone("93006"))
    await streets.tells(ana)

    assert not streets.heard("wecom_app")


async def test_a_connection_that_is_down_gives_way_and_one_that_has_to_wait_does_not(
    office: Office, streets: Streets
) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", "Ana"))
    streets.wires["wecom"].fail = raising(NotSent("busy"))
    await streets.tells(ana, "waits")
    assert not streets.heard("wecom_app")
    streets.down.add("wecom")
    await streets.tells(ana, "elsewhere")
    assert not streets.heard("wecom_app")  # behind the first one: the order within a person's messages holds
    streets.wires["wecom"].fail = lambda _: None
    await office.waits(400)

    assert streets.heard("wecom") == [SAID]
    assert streets.heard("wecom_app") == [SAID]


async def test_a_board_goes_by_the_webhook_and_by_the_bot_when_that_is_gone(office: Office, streets: Streets) -> None:
    team = await office.team("领航组")

    async def bind(tx: Tx) -> str:
        hook = await webhooks.keep(tx, Address("https://example.com", "a-key-of-a-robot"))
        for group in (await people_store.group_seen(tx, "wecom", "-wrGroup", ""), hook):
            await people_store.bind_group(tx, group, team_ids=[team], whole_company=False, by=boss.id)
        return hook.external_id

    boss = await office.supervisor()
    await streets.bound(boss, ("telegram", "9"))
    chat = await office.tx(bind)
    streets.wires["wecom_group"].fail = raising(Gone("93000"))
    await office.tx(lambda tx: tx.post("wecom_group", chat, "test_board", {}, once="b"))
    await office.sender.drain(20)

    assert streets.heard("wecom") == ["红榜"]
    assert await state_of(office, "b") == ("wecom", "sent")
    assert [group.channel for group in await office.tx(people_store.groups)] == ["wecom"]
    assert "拒收" in streets.heard("telegram")[-1]


async def test_somebody_known_to_the_bot_is_known_to_the_app_by_the_same_userid(
    office: Office, streets: Streets
) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", "Ana"))

    async def says(channel: str, sender: str, key: str) -> None:
        from core.store import inbox

        raw: dict[str, Any] = {
            "kind": "message", "sender": sender, "chat": sender, "private": True, "text": "帮助", "key": key,
            "message_id": key,
        }  # fmt: skip
        async with office.db.transaction() as tx:
            await inbox.put(tx, channel, key, sender, None, raw)
        await office.settle()

    await says("wecom_app", "Ana", "1")
    await says("wecom_app", "Bob", "2")

    known, unknown = streets.heard("wecom_app")
    assert "记电话" in known
    assert "邀请码" in unknown
    assert {row.channel for row in await office.rows(m.accounts, person_id=ana.id)} == {"wecom", "wecom_app"}


async def answered(office: Office, phone: Phone, channel: str, chat: str) -> None:
    """An answer waits for its network."""
    await office.tx(
        lambda tx: outbox.reply(
            tx, once="answer", channel=channel, chat=chat, verb="send", payload={"text": "答"}, person_id=phone.id
        )
    )


@pytest.mark.parametrize("refuses", ["wecom", "telegram"])
async def test_refused_credentials_send_a_notice_by_the_other_way_and_leave_an_answer_where_it_belongs(
    office: Office, streets: Streets, refuses: str
) -> None:
    ana = await office.agent()
    ways = (("wecom", SEALED), ("telegram", "77"))
    await streets.bound(ana, *ways)
    await answered(office, ana, refuses, dict(ways)[refuses])
    other = "wecom" if refuses == "telegram" else "telegram"
    streets.wires[refuses].fail = raising(Locked("401"))
    await streets.tells(ana)
    await office.sender.drain(20)

    assert streets.heard(other) == [SAID]
    assert await state_of(office, "answer") == (refuses, "new")
    streets.wires[refuses].fail = lambda _: None
    await office.waits(31)
    assert streets.heard(refuses) == ["答"]


async def test_an_answer_that_waits_for_a_lost_connection_holds_up_no_notice(office: Office, streets: Streets) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", SEALED), ("telegram", "77"))
    streets.down.add("wecom")
    office.sender.holds = lambda name: name != "wecom"
    await answered(office, ana, "wecom", SEALED)
    await streets.tells(ana)

    assert streets.heard("telegram") == [SAID]
    streets.down.clear()
    office.sender.holds = lambda _: True
    await office.sender.drain(20)
    assert streets.heard("wecom") == ["答"]


async def test_when_every_network_refuses_us_all_waits_and_nothing_wanders(office: Office, streets: Streets) -> None:
    ana = await office.agent()
    await streets.bound(ana, ("wecom", SEALED), ("telegram", "77"))
    for wire in streets.wires.values():
        wire.fail = raising(Locked("401"))
    await streets.tells(ana)
    for _ in range(4):
        await office.waits(31)
    (row,) = await office.rows(m.outbox, once="n")
    assert row.state == "new"
    assert row.attempts <= 1
    for wire in streets.wires.values():
        wire.fail = lambda _: None
    await office.waits(31)

    assert sorted(streets.heard("telegram") + streets.heard("wecom") + streets.heard("wecom_app")) == [SAID]
