"""Boards into bound groups, and each one's own place in private (voice 3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.store import models as m
from tests.handlers.test_pay import signed
from tests.office import ZONE, Office

GROUP = "-5001"


def at(day: int, hour: int, minute: int = 0, second: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=ZONE)


async def bound(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.in_group(GROUP, "/bind 领航组")


async def test_the_days_board_comes_at_ten_past_six_on_working_days(office: Office) -> None:
    await bound(office)
    ana, wang = await office.agent(), await office.hires("王芳")
    await signed(office, ana, 5_000, date(2026, 11, 20))
    await office.tx(
        lambda tx: tx.insert(
            m.day_counts, person_id=wang.id, day=date(2026, 11, 20), dials=142, connected=40, at=tx.now,
            at_source="platform", logged_by=wang.id, once="c1",
        )
    )  # fmt: skip
    await office.moves_to(at(20, 18, 9))
    assert len(office.in_chat(GROUP)) == 1
    await office.moves_to(at(20, 18, 10))

    assert office.in_chat(GROUP)[-1].text.splitlines()[:3] == [
        "📊 今日战报 · 11-20 周五 · 领航组",
        "开单 1 单 5,000:林晓燕 5,000",
        "拨打:王芳 142",
    ]


async def test_a_day_without_deals_says_what_was_done(office: Office) -> None:
    await bound(office)
    wang = await office.hires("王芳")
    await office.tx(
        lambda tx: tx.insert(
            m.day_counts, person_id=wang.id, day=date(2026, 11, 20), dials=142, connected=40, at=tx.now,
            at_source="platform", logged_by=wang.id, once="c1",
        )
    )  # fmt: skip
    await office.moves_to(at(20, 18, 10))

    assert "今天没开单。拨打 142" in office.in_chat(GROUP)[-1].text


async def test_a_heads_own_deal_is_not_theirs_to_look_at_tonight(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await office.manager()
    await zhou.in_group(GROUP, "/bind 领航组")
    await zhou.says("报单 2400 自拓 钱经理 13900139000")
    await zhou.presses("提交")
    await office.moves_to(at(20, 18, 10))
    assert "待确认" not in office.in_chat(GROUP)[-1].text

    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    await office.moves_to(at(23, 18, 10))
    assert office.in_chat(GROUP)[-1].text.endswith("待确认 1 单 5,000,周启明今晚看")


async def test_what_waits_in_a_team_without_a_head_names_nobody(office: Office) -> None:
    manager, ana = await office.manager(), await office.agent()
    await manager.in_group(GROUP, "/bind 领航组")
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    await office.moves_to(at(20, 18, 10))

    assert office.in_chat(GROUP)[-1].text.endswith("待确认 1 单 5,000")


async def test_no_board_on_a_weekend(office: Office) -> None:
    await bound(office)
    await office.moves_to(at(20, 18, 30))
    count = len(office.in_chat(GROUP))
    await office.moves_to(at(22, 23))

    assert len(office.in_chat(GROUP)) == count


async def test_the_weeks_board_names_the_best_and_tells_the_others_in_private(office: Office) -> None:
    await bound(office)
    people = [await office.hires(name) for name in ("林晓燕", "王芳", "陈俊杰", "黄思琪")]
    for who, yuan in zip(people, (12_800, 3_600, 9_400, 2_600), strict=True):
        await signed(office, who, yuan, date(2026, 11, 18))
    await signed(office, people[2], 10_000, date(2026, 11, 11))
    await office.moves_to(at(23, 8, 50))

    text = office.in_chat(GROUP)[-1].text
    assert "📊 本周红榜 · 11-15 至 11-21" in text
    assert "1 林晓燕 12,800" in text
    assert "2 陈俊杰 9,400 ↓1" in text
    assert "黄思琪" not in text
    assert people[3].sees("你上周第 4,2,600;离第 3 差 1,000")


async def test_a_week_whose_deadline_is_ahead_calls_nobodys_report_late(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await office.agent("王芳")
    await zhou.says("榜单 本周")
    assert zhou.sees("本周红榜 · 11-15 至 11-21")
    assert "周报" not in zhou.text

    await ana.says("周报", "三点后最好打", "回访 20 个")
    await ana.presses("发送")
    await zhou.says("榜单 本周")
    assert zhou.text.splitlines()[-1] == "周报已交 1/2,主管已批复 0/1"

    await office.moves_to(at(21, 22, 1, 1))
    await zhou.says("榜单 本周")
    assert zhou.text.splitlines()[-1] == "周报 1/2 按时,主管已批复 0/1"


async def test_the_months_board_comes_on_the_first_working_day(office: Office) -> None:
    await bound(office)
    ana, zhao = await office.agent(), await office.rep("赵磊")
    await signed(office, ana, 33_400, date(2026, 11, 9))
    await signed(office, ana, 7_000, date(2026, 11, 10), "delegated", zhao)
    await office.moves_to(at(1, 9, 10, month=12))

    text = office.in_chat(GROUP)[-1].text
    assert "📊 11 月英雄榜(暂计,结账后定)" in text
    assert "业绩王 林晓燕 40,400" in text
    assert "最佳搭档 林晓燕 + 赵磊(代访成交 7,000)" in text


async def test_after_downtime_only_the_newest_board_is_posted(office: Office) -> None:
    await bound(office)
    await office.sleeps_until(at(26, 19))

    boards = [said for said in office.in_chat(GROUP) if "今日战报" in said.text]
    assert [said.text.splitlines()[0] for said in boards] == ["📊 今日战报 · 11-26 周四 · 领航组"]


async def test_in_a_year_whose_holidays_are_unknown_boards_come_on_plain_weekdays(office: Office) -> None:
    office.clock.at = datetime(2026, 12, 28, 9, tzinfo=ZONE)
    await office.restart()
    await bound(office)
    await office.moves_to(datetime(2027, 1, 6, 12, tzinfo=ZONE))
    said = [one.text.splitlines()[0] for one in office.in_chat(GROUP)]

    assert "📊 今日战报 · 12-31 周四 · 领航组" in said
    assert "📊 今日战报 · 01-01 周五 · 领航组" not in said
    assert "📊 今日战报 · 01-05 周二 · 领航组" in said
    assert "📊 12 月英雄榜(暂计,结账后定)" in said


async def test_the_last_working_day_is_called_so_and_nothing_of_nothing_is_not_counted(office: Office) -> None:
    await bound(office)
    manager = await office.manager()
    await office.agent()
    await manager.says("指标 领航组 2026-11 130000")
    await office.moves_to(at(30, 18, 10))

    week, day = (one.text.splitlines() for one in office.in_chat(GROUP)[-2:])
    assert week[-1] == "周报 0/1 按时"
    assert day[2] == "本月 0 / 130,000(0.0%),今天是最后一个工作日"


async def test_a_team_whose_name_is_a_number_keeps_its_word(office: Office) -> None:
    zhou = await office.supervisor(team="一组")
    await zhou.in_group(GROUP, "/bind 一组")
    await office.moves_to(at(23, 8, 50))

    assert "小组(本月达成):一组 待设定指标" in office.in_chat(GROUP)[-1].text


async def test_two_teams_in_one_chat_get_one_message_with_sections(office: Office) -> None:
    liang = await office.manager()
    await office.hires("林晓燕")
    await office.hires("郭强", team="飞虎组")
    await liang.in_group(GROUP, "/bind 领航组 飞虎组")
    await office.moves_to(at(20, 18, 10))

    boards = [said for said in office.in_chat(GROUP) if "今日战报" in said.text]
    assert len(boards) == 1
    assert "领航:" in boards[0].text
    assert "飞虎:" in boards[0].text


async def test_a_board_on_request(office: Office) -> None:
    ana = await office.agent()
    await signed(office, ana, 5_000, date(2026, 11, 20))
    await ana.says("榜单")
    assert ana.sees("今日战报", "林晓燕 5,000")
    await ana.presses("本周")
    assert "本周红榜" in ana.text
    await ana.says("榜单 上月")

    assert ana.sees("10 月英雄榜")


async def test_nothing_is_posted_twice_by_two_processes(office: Office) -> None:
    await bound(office)
    office.clock.at = at(20, 18, 10) + timedelta(seconds=1)
    await office.runner.fire_due(office.clock.at)
    await office.runner.fire_due(office.clock.at)
    await office.settle()

    assert len([said for said in office.in_chat(GROUP) if "今日战报" in said.text]) == 1
