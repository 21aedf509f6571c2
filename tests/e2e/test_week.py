"""A team's week over real HTTP: the bot as its own process, the real adapter, the emulated network (the main job)."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.rules.people import Role
from core.store import models as m
from sandbox.client import Message, Person
from tests.e2e.company import GROUP, STAFF, Colleague, Company, running
from tests.warm import Warm

PATIENCE = 60.0
NEW = Colleague("007", "陈俊杰", Role.CLERK, "领航组")
CALL = "记 李总 13800138000 有意向70% 周六下午3点 要方案"
FRIDAY, SATURDAY, MONDAY = "2026-11-20", "2026-11-21", "2026-11-23"


@pytest.fixture
async def company(tmp_path: Path, address: str | None) -> AsyncIterator[Company]:
    async with running(tmp_path, (*STAFF, NEW), newcomers=[NEW.name], url=address) as opened:
        await opened.client.receiving(PATIENCE)
        yield opened


def waihu(commands: Warm, company: Company, *words: str) -> Any:
    """A command beside the running bot; what it prints as JSON."""
    env = {"WAIHU_DATABASE_URL": company.url, "PATH": os.environ["PATH"]}
    done = commands.run(words, company.folder, env)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()] if words[0] == "export" else json.loads(done.stdout)


async def ask(who: Person, text: str, containing: str = "", **more: Any) -> Message:
    """Say something; the answer to it."""
    return await who.answer(await who.say(text, **more), containing, chat=more.get("chat"), patience=PATIENCE)


async def test_a_week_of_a_team_from_joining_to_the_board(company: Company, commands: Warm) -> None:
    net = company.client
    zhou, ana, bob, he = (company.person(name) for name in ("周启明", "林晓燕", "王芳", "何小满"))
    chen, stranger = net.person(NEW.user), net.person(4040)
    await net.post("/api/users", id=4040, first_name="路人", started=True)

    # Joining: a code binds once; who has none hears one sentence.
    invites = waihu(commands, company, "roster", "invite", "--all", "--json")
    code = next(invite["code"] for invite in invites if invite["employee_no"] == NEW.number)
    assert (await ask(stranger, "你好")).text == "我是公司内部助手。有邀请码发我,没有请找你的主管。"
    welcome = await chen.answer(await chen.start(code), "俊杰", patience=PATIENCE)
    assert "商务文员" in welcome.text
    assert "已经用过" in (await ask(stranger, f"/start {code}")).text
    assert len(stranger.replies()) == 2
    bound = await ask(zhou, "/bind@waihu_demo_bot 领航组", chat=GROUP)
    assert "领航组" in bound.text

    # One line logs a call; the receipt shows the tally; it can be taken back.
    receipt = await ask(ana, CALL)
    assert receipt.text.startswith("✅ 李总 138****8000 · 有意向 70%")
    assert "今天 1 通" in receipt.text
    await ana.press(receipt, "撤销")
    await ana.changed(receipt, "撤", PATIENCE)
    receipt = await ask(ana, CALL)
    assert "今天 1 通" in receipt.text

    # A deal: handed in, confirmed by the supervisor, celebrated once in the group without the customer.
    review = await ask(ana, "报单 5000 自拓 李总 13800138000")
    await ana.press(review, "提交", times=5)
    asked = await zhou.sees("林晓燕报单 5,000", patience=PATIENCE)
    await zhou.press(asked, "确认", times=5)
    await ana.sees("周启明确认了:5,000", patience=PATIENCE)
    cheer = await ana.sees("🎉", chat=GROUP, patience=PATIENCE)
    assert "李总" not in cheer.text
    assert "林晓燕" in cheer.text

    # The hour of the first reminder: one tap opens the report, the numbers are there.
    await net.move_clock(f"{FRIDAY}T18:15:00+08:00")
    nudge = await ana.sees("周报数字我填好了", patience=PATIENCE)
    await ana.press(nudge, "现在写")
    await ana.changed(nudge, "拨打 1 · 接通 1", PATIENCE)
    assert "签单 1 单 5,000" in nudge.text
    await ask(ana, "签了一单,价格最难谈。")
    review = await ask(ana, "回访 20 个\n约访 4 家")
    await ana.press(review, "发送", times=5)
    await ana.changed(review, "✅ W-2026-47-005", PATIENCE)
    assert "按时" in review.text
    report = await zhou.sees("W-2026-47-005 · 林晓燕", patience=PATIENCE)
    assert "“签了一单,价格最难谈。”" in report.text
    await he.sees("W-2026-47-005", patience=PATIENCE)

    # The supervisor answers in the thread; the agent gets it as a reply to their own report and answers back.
    await ask(zhou, "价格我来谈。", reply_to=report)
    feedback = await ana.sees("“价格我来谈。”", patience=PATIENCE)
    assert feedback.data["reply_to"]["id"] == review.id
    await ana.changed(review, "已批复", PATIENCE)
    await ask(ana, "那周一一起去。", reply_to=feedback)
    back = await zhou.sees("“那周一一起去。”", patience=PATIENCE)
    assert back.data["reply_to"]["id"] == report.id

    # Pay, in private, with its lines; in the group only where to find it.
    pay = await ask(ana, "收入")
    assert "11 月暂计 468.75" in pay.text
    public = await ask(ana, "/pay@waihu_demo_bot", chat=GROUP)
    assert not any(figure in public.text for figure in "0123456789")

    # Saturday: who owes is reminded, who has sent is not; the supervisor gets the list.
    await net.move_clock(f"{SATURDAY}T21:40:00+08:00")
    await bob.sees("还有 30 分钟", patience=PATIENCE)
    reminders = [message for message in ana.replies(pay) if "周报" in message.text]
    assert not reminders
    call_back = await ana.sees("⏰ 该给李总回电了", patience=PATIENCE)
    assert "要方案" in call_back.text
    await net.move_clock(f"{SATURDAY}T22:10:00+08:00")
    listed = await zhou.sees("没交:", patience=PATIENCE)
    assert "王芳" in listed.text
    assert "林晓燕" not in listed.text

    # Late is taken and marked.
    await ask(bob, "周报")
    await ask(bob, "没签单。")
    review = await ask(bob, "多打电话")
    await bob.press(review, "发送")
    await bob.changed(review, "W-2026-47-006", PATIENCE)
    assert "按时" not in review.text

    # Monday: the board, once, with the names and no customer.
    await net.move_clock(f"{MONDAY}T09:00:00+08:00")
    board = await ana.sees("红榜", chat=GROUP, patience=PATIENCE)
    assert "林晓燕" in board.text
    assert "李总" not in board.text
    await ask(ana, "帮助")

    # What is kept is what was seen.
    (deal,) = waihu(commands, company, "export", "deals", "--json")
    assert (deal["amount"], deal["state"], deal["employee_no"]) == ("5000.00", "confirmed", "005")
    reports = {row["number"]: row["on_time"] for row in waihu(commands, company, "export", "reports", "--json")}
    assert reports == {"W-2026-47-005": True, "W-2026-47-006": False}
    assert [row.state for row in await company.rows(m.calls)].count("logged") == 1
    assert {row.state for row in await company.rows(m.inbox)} == {"done"}
    outbox = await company.rows(m.outbox)
    assert [row for row in outbox if row.state not in {"sent", "new", "dropped"}] == []
    texts = [message.text for message in ana.messages(GROUP) if message.by_bot]
    assert len(texts) == len(set(texts))
    assert await net.violations() == []
