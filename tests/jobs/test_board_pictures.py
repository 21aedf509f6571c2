"""Boards go into groups as one picture with the words under it; as words alone where pictures are off or cannot be made."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.port import Outgoing
from core.store import models as m
from tests.handlers.test_pay import signed
from tests.jobs.test_boards import GROUP, at, bound
from tests.office import Office, Said
from tests.render.pictures import nothing_to_draw_with, size


def board_in(office: Office, word: str = "今日战报") -> Said:
    """The one board of that name in the group."""
    found = [said for said in office.in_chat(GROUP) if word in said.text]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("moment", "word"),
    [(at(20, 18, 10), "今日战报"), (at(23, 8, 50), "本周红榜"), (at(1, 9, 10, month=12), "11 月英雄榜")],
)
async def test_each_board_is_one_picture_with_its_words_below(office: Office, moment: Any, word: str) -> None:
    await bound(office)
    await signed(office, await office.agent(), 5_000, date(2026, 11, 20))
    office.clock.at = moment - timedelta(minutes=1)
    await office.restart()
    await office.moves_to(moment)
    board = board_in(office, word)

    assert board.file.picture
    assert size(board.file.content)[0] == 1080
    assert "5,000" in board.text


async def test_what_waits_to_be_sent_holds_no_pixels(office: Office) -> None:
    await bound(office)
    payloads: list[Any] = []

    def spy(out: Any) -> None:
        payloads.append(out)

    office.wire.fail = spy
    await office.moves_to(at(20, 18, 10))
    sent = [row for row in await office.rows(m.outbox, chat=GROUP) if row.subject is None]

    assert any(out.file is not None and out.file.content for out in payloads)
    assert all(row.payload is None for row in sent)


async def test_a_board_that_cannot_be_drawn_still_goes_out_in_words(office: Office, tmp_path: Path) -> None:
    await bound(office)
    with nothing_to_draw_with(tmp_path):
        await office.moves_to(at(20, 18, 10))

    assert board_in(office).file is None


async def test_a_company_without_pictures_gets_words(office: Office) -> None:
    await bound(office)
    manager, ana = await office.manager(), await office.agent()
    await ana.says("图片 全公司 关")
    assert "归经理" in ana.text
    await manager.says("图片 全公司 关")
    await office.moves_to(at(20, 18, 10))
    assert board_in(office).file is None

    await ana.says("榜单")
    assert ana.last.file is None
    await ana.says("图片 开", "榜单")
    assert ana.last.file is not None


async def test_a_person_may_have_words_alone(office: Office) -> None:
    ana = await office.agent()
    await ana.says("榜单")
    assert ana.last.file is not None
    await ana.says("/pictures off")
    assert ana.text == "好,以后只发文字。"
    await ana.says("榜单")
    assert ana.last.file is None
    assert "今日战报" in ana.text
    await ana.says("图片 也许")

    assert "图片 开" in ana.text


async def test_a_rare_success_is_a_card_and_an_ordinary_one_is_words(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await zhou.in_group(GROUP, "/bind 领航组")
    for amount in ("1280", "12800", "1300"):
        await ana.says(f"报单 {amount} 自拓 李总 1380013{amount[:4]}")
        await ana.presses("提交")
        await zhou.presses("确认")
    first, big, plain = (said for said in office.in_chat(GROUP) if said.text.startswith("🎉"))

    assert first.file.picture
    assert big.file.picture
    assert plain.file is None
    assert "12,800" in big.text


async def test_applause_leaves_a_card_and_its_words_as_they_are(office: Office) -> None:
    zhou, ana, wang = await office.supervisor(), await office.agent(), await office.hires("王芳")
    await zhou.in_group(GROUP, "/bind 领航组")
    await ana.says("报单 12800 自拓 李总 13800138000")
    await ana.presses("提交")
    await zhou.presses("确认")
    card = next(said for said in office.in_chat(GROUP) if said.text.startswith("🎉"))
    words = card.text
    calls: list[Outgoing] = []
    office.wire.fail = calls.append
    await wang.press(card.buttons[0][1], card)

    assert [(out.text, out.file) for out in calls if out.verb == "edit"] == [("", None)]  # the buttons alone
    assert card.text == words
    assert card.edits == 1
    assert "1" in card.buttons[0][0]
    assert len([said for said in office.in_chat(GROUP) if said.text.startswith("🎉")]) == 1
