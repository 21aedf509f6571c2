"""班制: a team's workweek, somebody's own, and what goes by it (docs/rules.md 40)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from core.rules import policy
from core.rules.calendar import Month, Week, Workweek
from core.rules.errors import Refusal
from core.rules.reports import Exempt, ReportKind
from core.rules.workweeks import read_workweek
from core.store import people
from core.store.db import Tx
from core.usecases import roster, roster_file, workweeks
from core.usecases.duties import duty
from core.usecases.worth import person_month
from tests.office import POLICY, ZONE, Office, Phone
from tests.usecases.test_closing import NOVEMBER, OCTOBER

DECEMBER = Month(2026, 12)


async def week_of(tx: Tx, person: int) -> str | None:
    found = await people.by_id(tx, person)
    assert found is not None
    return found.workweek


@pytest.mark.parametrize(
    ("said", "week"),
    [
        ("五天", Workweek.FIVE), ("6天制", Workweek.SIX), ("单休", Workweek.SIX), ("大小周", Workweek.ALTERNATE),
        ("Alternate", Workweek.ALTERNATE), ("七天", None), ("", None),
    ],
)  # fmt: skip
def test_workweeks_are_read_as_people_name_them(said: str, week: Workweek | None) -> None:
    assert read_workweek(said) is week


async def test_the_manager_sets_a_teams_and_whom_it_concerns_hears_it(office: Office) -> None:
    boss, zhou, ana = await office.manager(), await office.supervisor(), await office.agent()
    await boss.says("班制 领航组 大小周")

    assert boss.text == "✅ 领航组从现在起:大小周。截止时间和在岗天数按这个算。"
    assert ana.text == zhou.text == "梁文静改了你的班制,从现在起:大小周。报告截止和在岗天数按这个算。"
    await ana.says("班制")
    assert ana.text.splitlines()[:2] == ["你的班制:大小周", "领航组:大小周"]
    async with office.db.transaction() as tx:
        assert (await week_of(tx, ana.id), await week_of(tx, boss.id)) == ("alternate", None)


async def test_somebodys_own_comes_before_the_teams_and_the_teams_before_the_policys(office: Office) -> None:
    boss, ana = await office.manager(), await office.agent()
    for said, week in (
        ("班制 领航组 六天", "6"),
        ("班制 林晓燕 大小周", "alternate"),
        ("班制 领航组 五天", "alternate"),
        ("班制 林晓燕 默认", "5"),
        ("班制 领航组 默认", None),
    ):
        await boss.says(said)
        async with office.db.transaction() as tx:
            assert await week_of(tx, ana.id) == week, said


async def test_nobody_hears_of_what_stays_as_it_was(office: Office) -> None:
    boss, ana = await office.manager(), await office.agent()
    before = len(ana.messages)
    await boss.says("班制 领航组 五天")  # as the policy says

    assert len(ana.messages) == before


async def test_what_cannot_be_meant_is_explained_and_only_the_manager_sets_it(office: Office) -> None:
    boss, ana = await office.manager(), await office.agent()
    await boss.says("班制 领航组 七天")
    assert boss.text.startswith("这样写:班制 组名 大小周")
    await boss.says("班制 王五 六天")
    assert boss.text == "没找到“王五”,写组名、全名或工号。"
    await ana.says("班制 林晓燕 六天")
    assert ana.text == "班制由商务经理或总经理来定。"
    async with office.db.transaction() as tx:
        actor = await people.by_id(tx, ana.id)
        assert actor is not None
        with pytest.raises(Refusal):
            await workweeks.of_person(tx, actor, actor, Workweek.SIX)


async def test_part_months_and_duties_go_by_it(office: Office) -> None:
    """Hired on Thursday 2026-10-29: two working days are left of a week of five, three (enough to report) of six."""
    boss = await office.manager()
    ana = await office.agent(hired_on=date(2026, 10, 29))
    week, found = Week.of(date(2026, 10, 29)), []
    for said in ("班制 领航组 五天", "班制 领航组 六天"):
        await boss.says(said)
        async with office.db.transaction() as tx:
            person = await people.by_id(tx, ana.id)
            assert person is not None
            here = (await person_month(tx, tx.policy, person, OCTOBER)).presence
            found.append((here, (await duty(tx, person, ReportKind.WEEKLY, week)).exempt))

    # October 2026 has 18 working days for those who work five days a week, and three Saturdays besides.
    assert found == [(Fraction(2, 18), Exempt.JOINED), (Fraction(3, 21), Exempt.NOT_YET)]


async def test_a_month_goes_by_the_workweek_of_the_policy_that_prices_it(office: Office) -> None:
    """Hired on 2026-11-16: 11 of November's 21 days, also when six days a week are worked from December on."""
    text = POLICY.read_text("utf-8") + '\n[[version]]\neffective_from = 2026-12-01\n[version.work]\nworkweek = "6"\n'
    office.company = replace(office.company, policy=policy.load(text))
    office.db.company = office.company
    ana = await office.agent(hired_on=date(2026, 11, 16))
    office.clock.at = datetime(2026, 12, 3, 10, tzinfo=ZONE)
    async with office.db.transaction() as tx:
        person = await people.by_id(tx, ana.id)
        assert person is not None
        versions = [tx.company.policy.for_month(month.start) for month in (NOVEMBER, DECEMBER)]
        assert [one.work.workweek for one in versions] == ["5", "6"]
        november = await person_month(tx, versions[0], person, NOVEMBER)
        december = await person_month(tx, versions[1], person, DECEMBER)

    assert november.presence == december.past[0].presence == Fraction(11, 21)


async def test_the_days_left_on_a_teams_board_are_its_own(office: Office) -> None:
    boss, zhou = await office.manager(), await office.supervisor()
    await boss.says("指标 领航组 130000", "榜单")
    assert "还有 6 个工作日" in boss.text
    await boss.says("班制 领航组 六天")
    await zhou.says("榜单")

    assert "还有 8 个工作日" in zhou.text  # two Saturdays more


async def test_a_target_is_reached_so_many_of_the_teams_days_early(office: Office) -> None:
    boss, zhou, ana = await office.manager(), await office.supervisor(), await office.agent()
    await boss.says("班制 领航组 六天", "指标 领航组 4000")
    await zhou.in_group("-5001", "/bind 领航组")
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    await zhou.presses("确认")

    assert "🎉 领航组达成 100%,提前 8 个工作日。" in [said.text for said in office.in_chat("-5001")]


async def test_the_list_of_monthly_reports_waits_for_the_last_first_working_day_of_those_on_it(office: Office) -> None:
    """Of January 2027 the 2nd, a Saturday, is the first day that six-day teams work, the 4th that of the others."""
    boss, zhou, xu = await office.manager(), await office.supervisor(), await office.supervisor("徐丽娟", team="飞虎组")
    await office.agent()
    await office.agent("刘婷", team="飞虎组")
    await boss.says("班制 领航组 六天")

    def lists(head: Phone) -> int:
        return sum(said.text.startswith("月报 12-01 周二–12-31 周四") for said in head.messages)

    await office.sleeps_until(datetime(2027, 1, 3, 8, tzinfo=ZONE))
    assert (lists(zhou), lists(xu)) == (0, 0)
    for day, heard in ((3, (1, 0)), (4, (1, 0)), (5, (1, 1)), (6, (1, 1))):
        await office.sleeps_until(datetime(2027, 1, day, 9, 10, tzinfo=ZONE))
        assert (lists(zhou), lists(xu)) == heard, day


async def test_the_roster_may_name_it(office: Office) -> None:
    head = [*roster_file.HEADS_ZH.values()][:6]
    row = ["077", "秦朗", "商务文员", "领航组", "2024-03-04", "正式"]
    async with office.db.transaction() as tx:
        for said, week in (("单休", "6"), ("", "6"), ("大小周", "alternate")):
            await roster.apply(tx, await roster.plan(tx, roster_file.parse([[*head, "班制"], [*row, said]])))
            found = await people.by_number(tx, "077")
            assert found is not None
            assert found.workweek == week
    with pytest.raises(roster_file.RosterProblems, match="班制 workweek is '七天'"):
        roster_file.parse([[*head, "班制"], [*row, "七天"]])
