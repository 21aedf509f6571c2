"""The demo company's figures come out to the fen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bot.demo import history
from bot.demo.cast import CLOCK, PEOPLE, TEAMS
from bot.demo.seed import fill
from core import holidays
from core.rules import ledger as books
from core.rules.calendar import Month, Week
from core.rules.closing import State
from core.rules.ranking import attainment, percent_down
from core.store import closed_books, ledger
from core.store import models as m
from core.store import people as people_store
from core.store.db import Tx
from core.usecases import boards, closing, pay
from tests.office import Office, furnish
from tests.postgres import Server

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture(scope="module")
def past() -> history.History:
    calendar = holidays.load()
    return history.write(lambda day: calendar.is_workday(day, "5"))


async def write(folder: Path, migrated: Path, url: str | None = None) -> None:
    """Fill a company's database."""
    place = await furnish(folder, migrated, url=url)
    place.clock.at = CLOCK
    await place.tx(fill)
    await place.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The company's SQLite file, filled once."""
    folder = tmp_path_factory.mktemp("demo")
    asyncio.run(write(folder, migrated))
    return folder / "office.db"


@pytest.fixture(scope="module")
def filled_database(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server, migrated: Path, migrated_database: str
) -> Iterator[str]:
    """The name of the company's PostgreSQL database, filled once."""
    with postgres.database(like=migrated_database) as name:
        asyncio.run(write(tmp_path_factory.mktemp("demo"), migrated, postgres.named(name)))
        yield name


@pytest.fixture
def copied(kind: str, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str | None]]:
    """A file to copy, or the address of a copy on PostgreSQL."""
    if kind == "sqlite":
        yield request.getfixturevalue("filled"), None
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database(like=request.getfixturevalue("filled_database")) as name:
        yield Path(), server.named(name)


@pytest.fixture
async def demo(tmp_path: Path, copied: tuple[Path, str | None]) -> AsyncIterator[Office]:
    """The demo company on a Friday at 17:20."""
    place = await furnish(tmp_path, copied[0], url=copied[1])
    place.clock.at = CLOCK
    yield place
    await place.close()


def test_everybodys_months_are_those_of_the_cast(past: history.History) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for deal in past.deals:
        if deal.kind != "sms" and (deal.state != "pending" or deal.seller == "005"):
            sums[deal.seller, deal.day.isoformat()[:7]] += deal.yuan

    assert sums == {(p.number, month): yuan for p in PEOPLE for month, yuan in p.sales.items()}


def test_the_history_is_the_same_every_time(past: history.History) -> None:
    calendar = holidays.load()

    assert history.write(lambda day: calendar.is_workday(day, "5")) == past


def test_nobody_sells_or_calls_on_a_day_off_or_on_leave(past: history.History) -> None:
    calendar = holidays.load()
    days = {call.at.date() for call in past.calls} | {count.day for count in past.counts}

    assert all(calendar.is_workday(day, "5") for day in days)
    assert not [c for c in past.calls if c.person == "015" and c.at.date() >= date(2026, 11, 16)]


async def test_october_is_paid_to_the_fen_and_the_boards_agree(demo: Office) -> None:
    """One company, filled once: pay of voice's checks, attainments, heroes."""

    async def check(tx: Tx) -> None:
        who = {p.employee_no: p for p in await people_store.everybody(tx)}

        async def october(number: str) -> pay.Earnings:
            return await pay.earn(tx, who[number], OCTOBER)

        for number, fen in {"004": 217_650, "011": 100_900, "018": 0, "002": 309_800}.items():
            assert (await october(number)).statement.commission == fen
        for number, fen in {
            "005": 95_000,
            "007": 189_500,
            "016": 89_500,
            "013": 3_300,
            "024": 16_800,
            "019": 0,
        }.items():
            assert (await october(number)).statement.commission == fen
        assert (await october("005")).statement.shares == -7_000
        assert (await october("019")).statement.base == 67_500
        zhao = (await october("009")).statement
        assert zhao.commission + zhao.shares == 72_000
        month = await boards.monthly(tx, OCTOBER)
        assert [(s.name, s.value) for s in month.top] == [
            ("陈俊杰", 5_230_000),
            ("林晓燕", 3_340_000),
            ("郭强", 2_790_000),
        ]
        assert month.pair == ("林晓燕", "赵磊", 700_000)
        assert month.records[:2] == ("陈俊杰", "林晓燕")
        assert month.newcomer is not None
        assert month.newcomer.name == "邓超群"
        shares = {t.name: percent_down(attainment(t.actual, t.target) or Fraction(0)) for t in month.teams}
        assert shares == {"领航组": "103.6", "飞虎组": "99.9", "破浪组": "69.3"}

    await demo.tx(check)


async def test_october_is_closed_by_two_people_and_the_payroll_says_the_boards_figures(demo: Office) -> None:
    """Reviewed, its proposals decided, locked by the manager and the director, paid: to the fen, whole, and once."""

    async def close(tx: Tx) -> None:
        who = {p.employee_no: p for p in await people_store.everybody(tx)}
        manager, director = who["002"], who["001"]
        found = await closing.review(tx, manager, OCTOBER)
        # The last three of the month; 邓超群 passed probation and is regular already, so nobody is asked about him.
        assert {row.person.name for row, _ in found.open_questions} == {"孙浩然", "朱佳怡", "王方"}
        for row, asked in found.open_questions:
            await closing.decide(tx, manager, OCTOBER, row.person.id, asked.topic, "waive", "先聊聊")
        assert not found.obstacles
        await closing.approve(tx, manager, OCTOBER)
        done = await closing.approve(tx, director, OCTOBER)
        assert done.standing.state is State.LOCKED
        by_number = {row.person.employee_no: row.due for row in done.rows}
        wanted = {
            "002": 309_800, "004": 217_650, "005": 75_000 + 95_000 - 7_000, "007": 75_000 + 189_500,
            "009": 75_000 + 72_000, "011": 100_900, "013": 75_000 + 3_300, "016": 75_000 + 89_500, "018": 0,
            "019": 67_500, "024": 70_000 + 16_800,
        }  # fmt: skip
        assert {number: by_number[number].payable for number in wanted} == wanted
        held = await ledger.balances(tx)
        assert all(books.payable(held, row.person.id) == row.due.payable for row in done.rows)
        assert await ledger.flaws(tx) == []
        assert await closed_books.disagreements(tx) == []
        await closing.approve_payment(tx, manager, OCTOBER)
        await closing.approve_payment(tx, director, OCTOBER)
        held = await ledger.balances(tx)
        assert not [row for row in done.rows if books.payable(held, row.person.id)]

    await demo.tx(close)


async def test_november_and_the_weeks_board(demo: Office) -> None:
    async def check(tx: Tx) -> None:
        who = {p.employee_no: p for p in await people_store.everybody(tx)}
        ana = await pay.earn(tx, who["005"], NOVEMBER)
        assert (ana.statement.performance, ana.pending_fen) == (2_150_000, 500_000)
        week = await boards.weekly(tx, Week.of(CLOCK.date()))
        assert week.top[0].name == "郭强"
        assert (week.top[0].value, week.top[0].moved) == (1_360_000, 1)
        assert week.progress[0].name == "马晓东"
        assert week.progress[0].value == 540_000

    await demo.tx(check)


async def test_the_visitors_first_line_is_her_eighty_sixth_call(demo: Office) -> None:
    row = next(p for p in await demo.rows(m.people) if p.employee_no == "005")
    from tests.office import Phone

    ana = Phone(demo, row.id, "1005", "林晓燕")
    await ana.says("记 李总 13800138000 有意向70% 下周二10点 要方案")

    assert "回访2(第 3 次联系)" in ana.text
    assert "今天 86 通 · 接通 27 · 意向 3" in ana.text


async def test_confirming_her_deal_gives_the_figures_of_the_board(demo: Office) -> None:
    from tests.office import Phone

    people = {p.employee_no: p for p in await demo.rows(m.people)}
    zhou = Phone(demo, people["004"].id, "1004", "周启明")
    ana = Phone(demo, people["005"].id, "1005", "林晓燕")
    await demo.settle()
    await zhou.presses("确认", on=zhou.finds("林晓燕报单 5,000.00"))

    assert ana.sees("周启明确认了:5,000.00", "本月 26,500,提成 +200.00", "再 5,500 进 5% 档")
    await ana.says("收入")
    assert ana.sees("11 月暂计 1,376.00")


def test_the_company_has_three_groups_and_24_people() -> None:
    assert len(PEOPLE) == 24
    assert len(TEAMS) == 3
