"""制度 in the chat: everybody reads it; the manager proposes, the director confirms, everybody says 已阅."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date, datetime

import openpyxl
import pytest
from sqlalchemy import update

from core.rules import policy
from core.rules.money import to_fen
from core.rules.people import Role, Status
from core.store import deals, leaves, people
from core.store import models as m
from core.store.db import Tx
from tests.office import POLICY, ZONE, Office, Phone


def moment(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@dataclass
class Firm:
    office: Office
    agent: Phone
    manager: Phone
    director: Phone


@pytest.fixture
async def firm(office: Office) -> Firm:
    """林晓燕 sold 12,000 in October; 梁文静 manages, 沈国栋 directs. It is Friday, 20 November."""
    agent = await office.agent("林晓燕")
    manager = await office.manager("梁文静")
    director = await office.hires("沈国栋", Role.DIRECTOR, None)
    await sold(office, agent, "12000", date(2026, 10, 12))
    return Firm(office, agent, manager, director)


async def sold(office: Office, who: Phone, yuan: str, day: date) -> None:
    async def work(tx: Tx) -> None:
        seller = await people.by_id(tx, who.id)
        assert seller is not None
        await deals.add(
            tx, seller_id=who.id, team_id=seller.team_id, amount_fen=to_fen(yuan), kind="own", signed_on=day,
            visitor_id=None, state="confirmed", at=tx.now, at_source="platform", once=f"deal:{who.id}:{day}:{yuan}",
        )  # fmt: skip

    await office.tx(work)


async def proposes(firm: Firm, value: str = "10000", day: str = "2026-12-01") -> None:
    """The manager changes the basis by the guided list."""
    await firm.manager.says("制度 提案")
    await firm.manager.presses("底薪")
    await firm.manager.presses("基础业绩 8,000")
    await firm.manager.says(value)
    await firm.manager.presses(day)


async def issues(firm: Firm) -> None:
    """Proposed, submitted, confirmed."""
    await proposes(firm)
    await firm.manager.presses("提交")
    await firm.director.presses("看提案")
    await firm.director.presses("确认")


async def test_a_figure_is_changed_by_list_and_its_preview_says_who_loses(firm: Firm) -> None:
    await proposes(firm, value="15000")

    assert firm.manager.text.startswith("制度提案 · 2026-12-01 起 · 梁文静提")
    assert "每月 8,000" in firm.manager.text
    assert "每月 15,000" in firm.manager.text
    # 12,000 sold: the base falls from 750.00 to 750 × 12,000 ÷ 15,000 = 600.00.
    assert "试算 10 月:0 人多,1 人少" in firm.manager.text
    assert "公司少付 150.00" in firm.manager.text
    assert firm.manager.text.count("\n") < 7
    await firm.manager.presses("谁多谁少")
    assert "林晓燕 870.00 → 720.00(−150.00)" in firm.manager.text


async def test_manager_then_director_then_everybody_and_the_engine_switches_by_itself(firm: Firm) -> None:
    office = firm.office
    await issues(firm)

    assert "✅ 2026-12-01 版确认了" in firm.director.text
    assert firm.manager.sees("沈国栋确认了制度 2026-12-01 版")
    assert firm.agent.sees("制度有变,2026-12-01 起", "每月 10,000", "梁文静提,沈国栋确认")
    async with office.db.snapshot(moment(11, 30, 12)) as tx:
        assert tx.policy.pay.basis == to_fen("8000")
    async with office.db.snapshot(moment(12, 1, 12)) as tx:
        assert (tx.policy.pay.basis, tx.policy.name) == (to_fen("10000"), "2026-12-01")
    await office.restart()
    async with office.db.snapshot(moment(12, 1, 12)) as tx:
        assert tx.policy.pay.basis == to_fen("10000")


async def test_a_receipt_is_given_once_and_the_chase_ends_with_it(firm: Firm) -> None:
    office = firm.office
    await issues(firm)
    await office.moves_to(moment(11, 23, 11))
    assert firm.agent.sees("2026-12-01 起的制度改动还没看")

    await firm.agent.presses("已阅", times=2)
    assert firm.agent.text == "✅ 已阅 · 2026-12-01 版"
    assert "已阅" in firm.agent.toast
    heard = len(firm.agent.messages)
    await office.moves_to(moment(11, 26, 11))

    assert not [said for said in firm.agent.messages[heard:] if "还没看" in said.text]
    rows = await office.rows(m.policy_receipts)
    assert sorted(row.person_id for row in rows) == sorted([firm.agent.id, firm.manager.id, firm.director.id])


async def test_the_manager_sees_who_has_not_read_it_until_nobody_is_left(firm: Firm) -> None:
    office = firm.office
    await issues(firm)
    await firm.manager.presses("谁没看")
    assert "还有 1 人没点“已阅”:\n林晓燕" in firm.manager.text

    await office.moves_to(moment(11, 25, 11))
    assert firm.director.sees("还有 1 人没点“已阅”", "林晓燕")
    await firm.agent.says("待办")
    assert "制度有变,2026-12-01 起" in firm.agent.text
    await firm.agent.presses("看改动")
    await firm.agent.presses("已阅")
    await firm.manager.presses("谁没看")
    assert firm.manager.text == "2026-12-01 版,人人都看了。"


async def test_whoever_is_on_leave_or_has_left_is_not_chased(firm: Firm) -> None:
    office = firm.office
    away = await office.agent("王芳")
    left = await office.agent("孙浩然")
    await issues(firm)

    async def absent(tx: Tx) -> None:
        await tx.insert(
            m.leaves, person_id=away.id, first_day=date(2026, 11, 23), last_day=date(2026, 11, 23), state="approved",
            at=tx.now, once="away",
        )  # fmt: skip
        await people.change(tx, left.id, {"status": Status.LEFT.value, "left_on": date(2026, 11, 21)})

    await office.tx(absent)
    await office.moves_to(moment(11, 23, 11))
    assert not away.sees("还没看")
    assert not left.sees("还没看")
    await office.moves_to(moment(11, 24, 11))
    assert away.sees("还没看")


async def test_nobody_is_chased_on_a_day_that_their_own_workweek_leaves_free(firm: Firm) -> None:
    """The company works six days; 刘婷 works five, so she is not asked on Saturday 2026-11-21 but on Monday."""
    office = firm.office
    text = POLICY.read_text("utf-8").replace('workweek = "5" ', 'workweek = "6" ', 1)
    office.company = replace(office.company, policy=policy.load(text))
    office.db.company = office.company
    ting = await office.agent("刘婷", workweek="5")
    await issues(firm)
    await office.sleeps_until(moment(11, 21, 10, 30))
    assert (firm.agent.sees("还没看"), ting.sees("还没看")) == (True, False)
    await office.sleeps_until(moment(11, 23, 10, 30))
    assert ting.sees("还没看")


async def test_the_director_is_asked_again_until_it_is_decided_about(firm: Firm) -> None:
    office = firm.office
    await proposes(firm)
    await firm.manager.presses("提交")
    again = "梁文静提的制度改动(2026-12-01 起)还在等你确认。"
    await office.moves_to(moment(11, 22, 12))
    assert not firm.director.sees(again)  # a weekend
    await office.moves_to(moment(11, 24, 11))
    assert [said.text for said in firm.director.messages].count(again) == 2
    assert not firm.manager.sees(again)

    await firm.director.presses("看提案")
    await firm.director.presses("确认")
    heard = len(firm.director.messages)
    await office.moves_to(moment(11, 26, 11))
    assert again not in [said.text for said in firm.director.messages[heard:]]


async def test_a_director_on_leave_is_not_asked_and_what_was_withdrawn_is_not_asked_about(firm: Firm) -> None:
    office = firm.office
    await proposes(firm)
    await firm.manager.presses("提交")

    async def goes(tx: Tx) -> None:
        monday = date(2026, 11, 23)
        await leaves.add(
            tx, person_id=firm.director.id, first_day=monday, last_day=monday, state="approved", at=tx.now, once="leave"
        )  # fmt: skip

    await office.tx(goes)
    await office.moves_to(moment(11, 23, 12))
    assert not firm.director.sees("还在等你确认")
    await office.tx(lambda tx: tx.run(update(m.policy_proposals).values(state="withdrawn")))
    await office.moves_to(moment(11, 24, 12))
    assert not firm.director.sees("还在等你确认")


async def test_nobody_confirms_their_own_and_no_agent_confirms_at_all(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("提交")
    assert "等沈国栋确认" in firm.manager.text
    assert "确认" not in firm.manager.labels
    token = next(t for label, t in firm.director.finds("等你确认").buttons if label == "看提案")

    await firm.agent.press(token, firm.director.finds("等你确认"))
    await firm.agent.says("制度 提案")
    assert "改制度由经理提" in firm.agent.text
    assert not await firm.office.rows(m.policy_versions)


async def test_the_director_declines_with_a_reason_and_the_manager_hears_it(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("提交")
    await firm.director.presses("看提案")
    await firm.director.presses("退回")
    await firm.director.says("年底前不动底薪")

    assert firm.director.text == "退回了,原因已告诉提案人。"
    assert firm.manager.sees("沈国栋退回了你的制度提案:“年底前不动底薪”")
    await firm.director.presses("确认")
    assert "已经退回了" in (firm.director.text + firm.director.toast)


async def test_the_director_chooses_another_day_even_within_a_month(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("提交")
    await firm.director.presses("看提案")
    await firm.director.presses("改生效日")
    await firm.director.says("2026-12-16")
    assert "2026-12-16 起" in firm.director.text
    assert "月中生效" in firm.director.text
    await firm.director.presses("确认")

    policy = firm.office.db.company.policy
    assert policy.on(date(2026, 12, 16)).pay.basis == to_fen("10000")
    assert policy.for_month(date(2026, 12, 1)).pay.basis == to_fen("8000")
    assert policy.for_month(date(2027, 1, 1)).pay.basis == to_fen("10000")


async def test_the_manager_begins_on_the_first_of_a_month_alone(firm: Firm) -> None:
    await firm.manager.says("制度 提案")
    await firm.manager.presses("底薪")
    await firm.manager.presses("基础业绩 8,000")
    await firm.manager.says("一万")
    await firm.manager.says("2026-12-16")
    assert "生效日要是每月 1 日" in firm.manager.text
    await firm.manager.says("2027-01-01")
    assert firm.manager.text.startswith("制度提案 · 2027-01-01 起")


async def test_what_cannot_be_is_said_when_the_figure_is_sent(firm: Firm) -> None:
    await firm.manager.says("制度 提案")
    await firm.manager.presses("文员提成")
    await firm.manager.presses("16,000 这一档的起点 16,000")
    await firm.manager.says("7000")
    await firm.manager.presses("2026-12-01")

    assert "还不能用" in firm.manager.text
    assert "要比上一档大" in firm.manager.text
    assert not await firm.office.rows(m.policy_proposals)


async def test_every_chapter_of_the_list_opens_and_names_its_figures(firm: Firm) -> None:
    await firm.manager.says("制度 提案")
    chapters = firm.manager.labels[:-1]
    assert len(chapters) == 6
    for chapter in chapters:
        await firm.manager.presses(chapter)
        assert firm.manager.text == f"{chapter}:改哪个数?"
        if chapter == "主管和经理":
            assert "商务主管 达成 70% 的比例 1%" in firm.manager.labels
        await firm.manager.presses("返回制度")


async def test_a_version_with_a_name_of_its_own_is_called_by_it(firm: Firm) -> None:
    named = FILE.replace("[version.pay]", 'name = "冬季"\n[version.pay]')
    await firm.manager.sends("制度.toml", named.encode())
    await firm.manager.presses("提交")
    await firm.director.presses("看提案")
    await firm.director.presses("确认")

    assert firm.director.text.startswith("✅ 冬季版(2026-12-01 起)确认了")


async def test_two_proposals_at_once_the_second_is_void(firm: Firm) -> None:
    second = await firm.office.manager("徐丽娟")
    await proposes(firm)
    await firm.manager.presses("提交")
    await second.says("制度 提案")
    await second.presses("转正和迟交")
    await second.presses("首月转正线 8,000")
    await second.says("9000")
    await second.presses("2026-12-01")
    await second.presses("提交")

    first = firm.director.finds("梁文静提了")
    await firm.director.presses("看提案", on=first)
    await firm.director.presses("确认")
    assert second.sees("另一版制度先确认了,你 2026-12-01 起的那份作废")
    other = firm.director.finds("徐丽娟提了")
    await firm.director.presses("看提案", on=other)
    assert "作废" in firm.director.text
    assert len(await firm.office.rows(m.policy_versions)) == 1


async def test_a_second_tap_confirms_nothing_twice(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("提交", times=2)
    await firm.director.presses("看提案")
    await firm.director.presses("确认", times=3)

    assert len(await firm.office.rows(m.policy_versions)) == 1
    assert len([said for said in firm.agent.messages if "制度有变" in said.text]) == 1


async def test_the_proposer_leaves_and_another_manager_takes_it_over(firm: Firm) -> None:
    second = await firm.office.manager("徐丽娟")
    await proposes(firm)
    await firm.manager.presses("提交")
    await firm.director.presses("看提案")
    card = firm.director.last

    async def leave(tx: Tx) -> None:
        await people.change(tx, firm.manager.id, {"status": Status.LEFT.value, "left_on": date(2026, 11, 20)})

    await firm.office.tx(leave)
    await firm.director.presses("确认", on=card)
    assert "提案人离职了" in firm.director.text + firm.director.toast
    await second.says("制度")
    await second.presses("提案")
    await second.presses("1 2026-12-01")
    await second.presses("接手")
    await second.presses("提交")
    await firm.director.presses("看提案", on=firm.director.finds("徐丽娟提了"))
    await firm.director.presses("确认")

    assert [row.proposed_by for row in await firm.office.rows(m.policy_versions)] == [second.id]


async def test_whoever_proposed_may_take_it_back_with_a_reason(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("提交")
    await firm.manager.presses("撤回")
    await firm.manager.says("数字要再核一遍")

    assert firm.manager.text == "撤回了。"
    assert firm.director.sees("梁文静撤回了 2026-12-01 起的制度提案:“数字要再核一遍”")


async def test_everybody_reads_the_policy_a_page_at_a_time(firm: Firm) -> None:
    await firm.agent.says("制度")
    assert firm.agent.text == "现行制度:2026-01-01 版"
    assert "提改动" not in firm.agent.labels
    await firm.agent.presses("一条条看")
    assert firm.agent.text.startswith("3.1 底薪(1/")
    await firm.agent.says("制度 周报")
    assert "周报:周六 22:00" in firm.agent.text
    await firm.agent.says("制度 天气")
    assert "没找到“天气”" in firm.agent.text
    await issues(firm)
    await firm.agent.says("制度")
    assert "接下来:2026-12-01 版,改 1 处" in firm.agent.text
    await firm.agent.presses("历次版本")
    assert "2026-12-01 版 · 梁文静提,沈国栋确认" in firm.agent.text
    assert "2026-01-01 版 · 制度文件" in firm.agent.text
    await firm.agent.presses("2026-12-01")
    assert "原:基础业绩:每月 8,000" in firm.agent.text


async def test_what_the_check_warns_of_stands_beside_the_proposal(firm: Firm) -> None:
    await proposes(firm)
    await firm.manager.presses("请留意 1")

    assert "定之前请留意 1 处:\n· 整份制度:改薪酬制度要和员工协商" in firm.manager.text
    await firm.manager.presses("返回提案")
    assert firm.manager.text.startswith("制度提案")


async def test_the_preview_comes_as_a_sheet_and_as_a_picture(firm: Firm) -> None:
    await proposes(firm, value="15000")
    await firm.manager.presses("谁多谁少")
    await firm.office.tx(lambda tx: people.change(tx, firm.agent.id, {"name": "=1+1"}))
    await firm.manager.presses("表格")
    assert firm.manager.last.file.name == "policy-2026-12-01.xlsx"
    (page, _) = openpyxl.load_workbook(io.BytesIO(firm.manager.last.file.content)).worksheets
    cells = [cell for row in page for cell in row]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells if cell.value == "=1+1"] == [("s", True)]
    await firm.manager.presses("图")
    assert firm.manager.last.file.content.startswith(b"\x89PNG")


FILE = """[[version]]
effective_from = 2026-12-01
[version.pay]
basis = 9000
[version.reports.weekly]
late = 30
"""


async def test_a_file_is_proposed_with_everything_it_changes(firm: Firm) -> None:
    await firm.manager.sends("制度.toml", FILE.encode())

    assert firm.manager.text.startswith("制度提案 · 2026-12-01 起 · 梁文静提")
    assert "还有 1 处改动" in firm.manager.text
    await firm.manager.presses("全部改动")
    assert "每月 9,000" in firm.manager.text
    assert "周报 30" in firm.manager.text


async def test_a_file_with_problems_is_told_all_of_them_at_once(firm: Firm) -> None:
    wrong = FILE.replace("basis = 9000", "basis = -9000\nbasiss = 3").replace("late = 30", 'late = "viel"')
    await firm.manager.sends("制度.toml", wrong.encode())

    assert "3 处要改" in firm.manager.text
    assert "pay.basis" in firm.manager.text
    assert "没有这个键,是不是 basis?" in firm.manager.text
    assert "reports.weekly.late" in firm.manager.text
    assert not await firm.office.rows(m.policy_proposals)


async def test_a_syntax_error_names_line_and_column(firm: Firm) -> None:
    await firm.manager.sends("制度.toml", FILE.replace("basis = 9000", "basis = = 9000").encode())

    assert "第 4 行第 9 列读不下去" in firm.manager.text


async def test_a_file_that_changes_an_old_version_is_refused(firm: Firm) -> None:
    old = POLICY.read_text("utf-8").replace("basis = 8000 ", "basis = 9000 ")
    await firm.manager.sends("制度.toml", f"{old}\n{FILE}".encode())

    assert "旧版本被改了或删了" in firm.manager.text


async def test_a_huge_file_and_one_that_is_no_text_are_refused(firm: Firm) -> None:
    await firm.manager.sends("制度.toml", b"#" * 70_000)
    assert "64 kB 以内" in firm.manager.text
    await firm.manager.sends("制度.toml", "人".encode("gb18030"))
    assert "不是 UTF-8" in firm.manager.text
    await firm.agent.sends("制度.toml", FILE.encode())
    assert "改制度由经理提" in firm.agent.text


async def test_a_file_in_the_middle_of_a_form_leaves_the_form_open(firm: Firm) -> None:
    await firm.manager.says("请假")
    await firm.manager.sends("制度.toml", FILE.encode())
    assert firm.manager.text.startswith("制度提案")
    await firm.manager.says("明天")
    assert firm.manager.sees("11-21")
