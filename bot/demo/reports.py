"""The demo company's reports of the last weeks, written and answered through the product's own use-cases."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

from sqlalchemy import update

from bot.demo.cast import CLOCK
from bot.demo.history import SEED
from core.rules.calendar import Month, Week
from core.rules.people import AGENTS, Person
from core.rules.report_content import Written
from core.rules.reports import ReportKind
from core.store import models as m
from core.store import people as people_store
from core.store.db import Tx
from core.usecases import feedback, reports

OWES = frozenset({"005", "015", "020", "021"})  # 林晓燕, 胡伟 and 谢雨桐 still write; 欧阳雪 is on leave
SENTENCES = (
    "名单里空号多,换了两批。",
    "三家都卡在价格,想要一份对比表。",
    "餐饮老板下午三点后最好打。",
    "第一次自己报价,没崩。",
    "五金城一趟跑完,约到两家。",
    "老客户转介绍了一个,下周见。",
)
QUESTIONS = {"006": "对比表有没有现成的模板?", "013": "客户要分期,合同怎么写?", "022": "官网方案可以先给样稿吗?"}
PLANS = (
    ("回访 20 个意向客户", "约访 4 家,五金城一趟跑完", "签 2 单"),
    ("每天 120 通,上午新名单,下午老客户", "约访 3 家", "签 1 单"),
    ("回访 15 个意向客户,先打上周说“月底再说”的", "收回尾款", "签 2 单"),
)
ANSWERS = (
    "约访少一家没关系,但三家都是同一条街,下周换区。",
    "报价别先松口,王总那单周二我陪你打。",
    "对比表我这边有,周一发群里。",
    "这个做法好,周一晨会讲 3 分钟。",
    "空号多的那批名单已经换了,下周看接通率。",
)


async def write_reports(tx: Tx, people: dict[str, int]) -> None:
    """Two months and four weeks that are answered; this week most have reported early."""
    rng = random.Random(SEED)
    present = tx.now
    staff = [p for p in await people_store.everybody(tx, roles=AGENTS) if p.id in people.values()]
    for month in (Month(2026, 9), Month(2026, 10)):
        due = tx.company.calendar.first_workday(month.next.year, month.next.month, "5")
        for person in staff:
            if person.hired_on.isoformat()[:7] >= month.key:
                continue
            sent = datetime.combine(due, time(17, rng.randrange(60)), CLOCK.tzinfo)
            await _one(tx, person, ReportKind.MONTHLY, month, sent, rng, answered=True)
    this = Week.of(CLOCK.date())
    for week in (this.previous.previous.previous.previous, this.previous.previous.previous, this.previous.previous):
        await _week(tx, staff, week, rng)
    await _week(tx, staff, this.previous, rng)
    tx.now = present
    await tx.run(update(m.outbox).values(state="dropped", reason="before the demo", payload=None, done_at=present))
    for person in staff:
        if person.employee_no not in OWES:
            sent = CLOCK - timedelta(minutes=rng.randint(8, 80))
            await _one(tx, person, ReportKind.WEEKLY, this, sent, rng, answered=False)
    tx.now = present


async def _week(tx: Tx, staff: list[Person], week: Week, rng: random.Random) -> None:
    for person in staff:
        if (person.probation_from or person.hired_on) > week.start:
            continue
        saturday = datetime.combine(week.saturday, time(19), CLOCK.tzinfo)
        sent = saturday + timedelta(minutes=rng.randint(-60, 150))
        if person.employee_no == "020":  # usually late
            sent = datetime.combine(week.saturday, time(22, 20), CLOCK.tzinfo)
        await _one(tx, person, ReportKind.WEEKLY, week, sent, rng, answered=True)


async def _one(
    tx: Tx,
    person: Person,
    kind: ReportKind,
    period: Week | Month,
    sent: datetime,
    rng: random.Random,
    *,
    answered: bool,
) -> None:
    said = rng.choice(SENTENCES)
    if person.employee_no in QUESTIONS and not answered:
        said = f"{said}{QUESTIONS[person.employee_no]}"
    tx.now = sent
    written = Written(said=said, plan=rng.choice(PLANS))
    filed = await reports.file(
        tx, person, kind, period, written, at=sent, at_source="platform",
        once=f"demo:{kind.value}:{period.key}:{person.employee_no}",
    )  # fmt: skip
    supervisor_id = filed.report.supervisor_id
    supervisor = await people_store.by_id(tx, supervisor_id) if supervisor_id and answered else None
    if supervisor is None:
        return
    slow = person.team == "飞虎组"  # 徐丽娟 reads late
    at = sent + timedelta(hours=rng.randint(50, 70) if slow else rng.randint(36, 44))
    if at < CLOCK:
        tx.now = at
        await feedback.answer(
            tx, supervisor, filed.report.id, rng.choice(ANSWERS), at=at, at_source="platform",
            once=f"demo:answer:{filed.report.id}",
        )  # fmt: skip
