"""Pictures on request: boards and their pages for those who lead, one's own pay under cover, invites with a QR code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.channels.port import Outgoing
from bot.render.pictures import pay as draw
from core.rules.calendar import Month
from core.store import facts, people
from core.store import models as m
from core.usecases import pay, pay_year
from tests.handlers.test_pay import signed, the_heroine
from tests.office import Office
from tests.render.pictures import nothing_to_draw_with, size, words


async def test_a_supervisor_sees_everybody_of_the_team_and_nobody_else(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    other = await office.hires("郭强", team="飞虎组")
    await signed(office, ana, 5_000, date(2026, 11, 18))
    await signed(office, other, 9_000, date(2026, 11, 18))
    await zhou.says("榜单 本周")
    await zhou.presses("全员")

    assert "林晓燕 5,000" in zhou.text
    assert "郭强" not in zhou.text
    assert zhou.last.file is not None


async def test_a_manager_sees_the_whole_company_page_by_page(office: Office) -> None:
    manager = await office.manager()
    for n in range(31):
        await signed(office, await office.hires(f"名{n:02d}"), 1_000 + n, date(2026, 11, 18))
    await manager.says("榜单 本周")
    await manager.presses("全员")
    assert "31 人" in manager.text
    assert "名30" in manager.text
    assert "名00" not in manager.text
    before = manager.last.file
    await manager.presses("下一页")

    assert "名00" in manager.text
    assert "名30" not in manager.text
    assert manager.last.file != before


async def test_an_agent_is_not_offered_everybodys_places(office: Office) -> None:
    ana = await office.agent()
    await ana.says("榜单 本周")
    assert "全员" not in ana.labels
    assert "一周" not in ana.labels

    await ana.says("一周")
    assert ana.last.file is None


async def test_team_against_team(office: Office) -> None:
    manager = await office.manager()
    await signed(office, await office.agent(), 5_000, date(2026, 11, 18))
    await office.hires("郭强", team="飞虎组")
    await manager.says("指标 领航组 2026-11 10000")
    await manager.says("榜单 小组")

    assert "1 领航 50.0% · 5,000 · 本周 5,000" in manager.text
    assert manager.last.file is not None


# --- a team's week ------------------------------------------------------------------------------------------------------


async def test_a_supervisors_week_at_a_glance(office: Office) -> None:
    zhou, ana, wang = await office.supervisor(), await office.agent(), await office.hires("王芳")
    await signed(office, ana, 5_000, date(2026, 11, 18))
    await office.tx(
        lambda tx: tx.insert(
            m.day_counts, person_id=wang.id, day=date(2026, 11, 19), dials=142, connected=40, intentions=3, at=tx.now,
            at_source="platform", logged_by=wang.id, once="c1",
        )
    )  # fmt: skip
    await ana.says("周报", "今天顺利", "回访 20 个")
    await ana.presses("发送")
    await zhou.says("一周")

    assert zhou.text.splitlines() == [
        "📊 一周概览 · 11-15 周日 至 11-21 周六 · 领航组",
        "拨打 142 · 接通 40 · 意向 3 · 签单 1 单 5,000",
        "周报按时 1/2 · 已批复 0/1",
        "还没交:王芳",
        "等批复:林晓燕",
    ]
    assert size(zhou.last.file.content)[0] == 1080
    await zhou.presses("上一周")
    assert "11-08 周日 至 11-14 周六" in zhou.text
    await zhou.presses("下一周")

    assert "拨打 142" in zhou.text


async def test_another_teams_week_is_its_heads_and_the_managers(office: Office) -> None:
    zhou, manager = await office.supervisor(), await office.manager()
    await office.hires("郭强", team="飞虎组")
    await zhou.says("一周 飞虎组")
    assert zhou.last.file is None
    assert "不在你管的范围" in zhou.text
    await manager.says("一周")
    await manager.presses("飞虎组")

    assert "飞虎组" in manager.text
    assert manager.last.file is not None


# --- pay ----------------------------------------------------------------------------------------------------------------


async def test_the_pay_picture_is_covered_kept_and_says_no_amount_beside_it(office: Office) -> None:
    ana = await the_heroine(office)
    sent: list[Outgoing] = []
    office.wire.fail = sent.append
    await ana.says("收入")
    await ana.presses("图片")
    out = sent[-1] if sent[-1].verb == "send" else sent[-2]

    assert out.file is not None
    assert out.file.hidden
    assert out.protect
    assert not any(digit in out.text for digit in ("1,376", "750", "660"))
    assert size(out.file.content)[0] == 1080
    await ana.presses("看文字")
    assert ana.text.startswith("11 月暂计 1,376.00")


async def test_the_pay_picture_adds_up_and_knows_the_year(office: Office) -> None:
    ana = await the_heroine(office)
    await signed(office, ana, 20_000, date(2026, 9, 10))
    async with office.db.snapshot() as tx:
        me = await people.by_id(tx, ana.id)
        assert me is not None
        month = Month(2026, 11)
        year = await pay_year.year(tx, me, month)
        drawing = draw.card(await pay.earn(tx, me, month), year, tx.today, "zh")
    shown = words(drawing)

    for piece in ("1,376.00", "750.00", "660.00", "−70.00", "36.00", "26,500", "再5,500进5%档", "截至11-20"):
        assert piece in shown, piece
    assert [made is not None for _, made in year] == [False] * 8 + [True] * 3 + [False]  # nothing before the first deal
    assert [bar["bar"] for bar in drawing["data"]["year"]["months"]][8:11] == [835, 0, 1000]


async def test_a_pay_picture_that_cannot_be_drawn_is_the_card_in_words(office: Office, tmp_path: Path) -> None:
    ana = await the_heroine(office)
    with nothing_to_draw_with(tmp_path):
        await ana.says("收入")
        await ana.presses("图片")

    assert ana.last.file is None
    assert "11 月暂计 1,376.00" in ana.text


# --- invites ------------------------------------------------------------------------------------------------------------


async def named_bot(office: Office) -> None:
    await office.tx(lambda tx: facts.put(tx, "telegram.username", "office_bot"))


async def test_an_invite_comes_with_its_qr_code(office: Office) -> None:
    await named_bot(office)
    manager = await office.manager()
    await office.hires("王芳")
    await manager.says("邀请 王芳")

    assert "https://t.me/office_bot?start=" in manager.text
    assert manager.last.file.picture
    await manager.says("图片 关", "邀请 王芳")
    assert manager.last.file is None


async def test_without_the_bots_name_an_invite_is_a_code_and_says_so(office: Office) -> None:
    manager = await office.manager()
    await office.hires("王芳")
    await manager.says("邀请 王芳")

    assert manager.last.file is None
    assert "没有二维码" in manager.text
