"""The inbox and the office on each kind of database (D2, D7)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.dispatch import Dispatcher
from core.store import inbox, outbox
from core.store import models as m
from core.store.db import Database
from tests.office import Office


async def put(office: Office, key: str, sender: str = "5001", dedupe: str | None = None) -> int | None:
    async with office.db.transaction() as tx:
        return await inbox.put(tx, "telegram", key, sender, dedupe, {"text": "李总 🙂 \ud83d"})


async def test_a_repeat_is_known_by_its_key_and_by_its_message(anywhere: Office) -> None:
    assert await put(anywhere, "1", dedupe="message:5001:7")
    assert await put(anywhere, "1", dedupe="message:5001:8") is None
    assert await put(anywhere, "2", dedupe="message:5001:7") is None  # update ids restarted after a silent week
    assert await put(anywhere, "2", dedupe="message:5001:8")
    assert await put(anywhere, "3")
    assert await put(anywhere, "4")  # no second identity: the key alone counts

    assert len(await anywhere.rows(m.inbox)) == 4


async def test_a_repeat_is_known_after_it_was_handled(anywhere: Office) -> None:
    ana = await anywhere.agent()
    update: dict[str, Any] = {"kind": "message", "sender": ana.user, "chat": ana.user, "private": True, "text": "帮助"}
    await anywhere.receive(key="1", dedupe="message:1", **update)
    await anywhere.receive(key="1", dedupe="message:1", **update)
    await anywhere.receive(key="2", dedupe="message:1", **update)

    assert len(ana.messages) == 1


async def test_what_is_handled_leaves_nothing_of_what_was_typed(anywhere: Office) -> None:
    ana = await anywhere.agent()
    await ana.says("记 李总 13800138000 有意向")

    assert [(row.state, row.raw) for row in await anywhere.rows(m.inbox)] == [("done", None)]
    assert {(row.state, row.payload) for row in await anywhere.rows(m.outbox)} == {("sent", None)}


async def test_half_an_emoji_is_kept_as_it_came(anywhere: Office) -> None:
    await put(anywhere, "1")
    async with anywhere.db.transaction() as tx:
        (row,) = await inbox.claim(tx)

    assert row.raw == {"text": "李总 🙂 \ud83d"}


async def test_a_sender_is_served_in_order_even_while_the_first_is_tried_again(anywhere: Office) -> None:
    for key, sender in (("1", "a"), ("2", "a"), ("3", "b")):
        await put(anywhere, key, sender)
    async with anywhere.db.transaction() as tx:
        (first,) = await inbox.claim(tx)
        await inbox.failed(tx, first, "fault")
    async with anywhere.db.transaction() as tx:
        (again,) = await inbox.claim(tx)

    assert again.id == first.id
    assert again.attempts == 1


async def test_a_call_a_deal_and_a_report_work(anywhere: Office) -> None:
    zhou, ana = await anywhere.supervisor(), await anywhere.agent(number="005")
    await ana.says("记 李总 13800138000 有意向70% 周六下午3点 要方案")
    assert ana.text.startswith("✅ 李总 138****8000 · 有意向 70%")
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    await zhou.presses("确认")
    assert ana.sees("5,000")
    await ana.says("周报", "签了一单。", "回访 20 个")
    await ana.presses("发送")
    assert zhou.sees("W-2026-47-005 · 林晓燕")
    await zhou.says("价格怎么谈的?", reply_to=zhou.finds("W-2026-47-005"))
    assert ana.sees("周启明回复", "“价格怎么谈的?”")
    await ana.says("收入")
    assert ana.sees("5,000")
    await anywhere.moves_to(anywhere.now + timedelta(days=3))

    assert ana.sees("李总", "15:00")  # the reminder of the next contact
    assert [row.state for row in await anywhere.rows(m.deals)] == ["confirmed"]
    assert not await anywhere.rows(m.inbox, state="parked")
    assert not await anywhere.rows(m.outbox, state="dead")
    await anywhere.restart()
    await ana.says("今日")
    assert not await anywhere.rows(m.inbox, state="parked")


async def test_a_queue_is_emptied_with_the_first_row_of_each_chat(anywhere: Office) -> None:
    ana, bob = await anywhere.agent("林晓燕"), await anywhere.agent("王芳")
    async with anywhere.db.transaction() as tx:
        for number in range(3):
            for who in (ana, bob):
                await tx.notify(who.id, "unreachable", {"person": ana.id}, once=f"{who.id}:{number}")
    async with anywhere.db.snapshot() as tx:
        rows = await outbox.due(tx, anywhere.host.at)

    assert [row.person_id for row in rows] == [ana.id, bob.id]


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("refused", [False, True], ids=["accepted", "refused"])
async def test_several_processes_share_the_work_and_keep_each_persons_order(anywhere: Office, refused: bool) -> None:
    """`refused`: all call the same numbers, so most lines end in a refusal, which is a transaction of its own."""
    phones = [await anywhere.agent(name) for name in ("林晓燕", "王芳", "李娜")]
    for number in range(8):
        for phone in phones:
            raw: dict[str, Any] = {
                "kind": "message", "key": f"{number}{phone.user}", "sender": phone.user, "chat": phone.user, "private": True,
                "text": f"记 李总 138{'0013' if refused else phone.user}{number:04d} 未接", "at": anywhere.now.isoformat(), "message_id": f"{number}",
            }  # fmt: skip
            async with anywhere.db.transaction() as tx:
                await inbox.put(tx, "telegram", raw["key"], phone.user, None, raw)
    others = [Database(anywhere.url, anywhere.company, anywhere.clock.now) for _ in range(2)]
    workers = [anywhere.dispatcher, *(Dispatcher(db, {"telegram": anywhere.wire}) for db in others)]

    async def work(dispatcher: Dispatcher) -> int:
        done = 0
        while await anywhere.rows(m.inbox, state="new"):
            done += await dispatcher.handle_next()
        return done

    done = await asyncio.gather(*(work(worker) for worker in workers))
    for db in others:
        await db.close()
    await anywhere.settle()

    assert sum(done) == 24 or (refused and sum(done) >= 24)  # a refused row may change hands between its transactions
    assert sum(count > 0 for count in done) > 1  # nobody did it all alone
    assert {row.attempts for row in await anywhere.rows(m.inbox)} == {0}
    for phone in phones:
        assert len(phone.messages) == 8
        if not refused:
            numbers = [said.text.splitlines()[0].split()[2][-4:] for said in phone.messages]
            assert numbers == [f"{number:04d}" for number in range(8)]
