"""Filing a report, changing it, reading it, and what boards and exports want to know about reports (004 §5.1, 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.rules import reports as rules
from core.rules.calendar import ONE_DAY, UnknownYear, Week
from core.rules.errors import Refusal
from core.rules.people import Person, Role, manages
from core.rules.report_content import Content, Written, compose, form_name, measured, split_questions
from core.rules.reports import Change, ReportAct, ReportKind, ReportNumber, ReportState
from core.store import facts, leaves, people
from core.store import reports as store
from core.store.db import BULK, Tx
from core.store.reports import Author, Period, Report
from core.usecases import duties
from core.usecases.guards import guard

PLAN_LOOKS_BACK = timedelta(days=35)  # a plan older than that is no plan of last time


class Outcome(StrEnum):
    """What filing came to."""

    NEW = "new"
    CHANGED = "changed"
    ADDED = "added"  # it had been read: the change went into the thread
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Filed:
    """The report and what happened to it."""

    report: Report
    outcome: Outcome


# --- figures and the plan of last time --------------------------------------------------------------------------------


async def draft_content(tx: Tx, author: Person, kind: ReportKind, period: Period) -> Content:
    """What a report starts with: the record's figures, and the last plan held against them."""
    found = await store.figures(tx, [Author(author.id, author.team_id)], period)
    figures = found[author.id]
    earlier = await store.before(tx, author.id, kind, period.start, period.start - PLAN_LOOKS_BACK)
    plan = earlier.content.plan if earlier else ()
    return Content(figures=figures, before=tuple(measured(item, figures) for item in plan))


# --- who receives ---------------------------------------------------------------------------------------------------


async def addressee(tx: Tx, author: Person) -> Person | None:
    """Who must answer: the direct superior; who is away for all the days of answering is stood in for (docs/rules.md 51)."""
    chosen = await people.superior_of(tx, author)
    for _ in range(3):  # supervisor, manager, director: no longer ladder
        if chosen is None or not await _away(tx, chosen):
            break
        above = await people.superior_of(tx, chosen)
        if above is None or above.id == author.id:
            break
        chosen = above
    return chosen


async def _away(tx: Tx, person: Person) -> bool:
    """On leave on every working day that the answer has."""
    days = tx.policy.feedback.working_days
    workweek = person.workweek or tx.policy.work.workweek
    calendar = tx.company.calendar.guessing()
    last = calendar.add_working_days(tx.today, days, workweek)
    away = (await leaves.approved_days(tx, [person.id], tx.today, last)).get(person.id, frozenset())
    worked = calendar.working_days(tx.today + ONE_DAY, last, workweek)
    return bool(worked) and all(day in away for day in worked)


async def may_answer(tx: Tx, actor: Person, report: Report) -> bool:
    """The addressee, and everybody above the author (deputy, manager, owner)."""
    if not actor.works or actor.id == report.person_id:
        return False
    author = await people.by_id(tx, report.person_id)
    return actor.id == report.supervisor_id or (author is not None and manages(actor, author))


async def may_see(tx: Tx, actor: Person, report: Report) -> bool:
    """The author, who may answer, and the assistant, who files."""
    if actor.id == report.person_id or (actor.role is Role.ASSISTANT and actor.works):
        return True
    return await may_answer(tx, actor, report)


async def seen_by(tx: Tx, actor: Person, report_id: int) -> Report:
    """A report for somebody's eyes. Refusal `reports.unknown`, `reports.not_yours`."""
    report = await store.by_id(tx, report_id)
    if report is None:
        raise Refusal("reports.unknown")
    if not await may_see(tx, actor, report):
        raise Refusal("reports.not_yours")
    return report


# --- filing ---------------------------------------------------------------------------------------------------------


async def file(
    tx: Tx,
    author: Person,
    kind: ReportKind,
    period: Period,
    written: Written,
    *,
    at: datetime,
    at_source: str,
    once: str,
) -> Filed:
    """Send a report, or change the one that was sent. `once` is the form's submission: a second press changes nothing.

    On time or late by the act's own time and the deadline after our outages (docs/rules.md 39). Refusal
    `reports.not_due_role` for people who send none, `reports.too_early` for a period that has not begun.
    """
    if not duties.reports_at_all(tx, author):
        raise Refusal("reports.not_due_role")
    if period.start > tx.today or (kind is ReportKind.MONTHLY and period.end >= tx.today):
        raise Refusal("reports.too_early")
    content = compose(await draft_content(tx, author, kind, period), written)
    existing = await store.filed(tx, author.id, kind, period)
    if existing is not None:
        return await _change(tx, author, existing, content, at=at, at_source=at_source, once=once)
    mine = await duties.duty(tx, author, kind, period)
    due = mine.due or await duties.deadline(tx, author, kind, period)
    # Nothing owed, or a calendar nobody has entered: nothing is called late.
    on_time = mine.due is None or not mine.certain or rules.on_time(at, due, mine.grace)
    supervisor = await addressee(tx, author)
    report_id = await store.add(
        tx,
        number=str(ReportNumber(period, author.employee_no)),
        kind=kind.value,
        person_id=author.id,
        period=period.key,
        first_day=period.start,
        last_day=period.end,
        state=ReportState.SENT.value,
        due_at=due,
        sent_at=at,
        at_source=at_source,
        on_time=on_time,
        content=content,
        asks=bool(content.questions),
        supervisor_id=supervisor.id if supervisor else None,
        once=once,
    )
    assert report_id is not None  # looked up above, in this transaction
    report = await store.by_id(tx, report_id)
    assert report is not None
    await _deliver(tx, author, report, supervisor)
    await tx.note(author.id, "report.sent", f"report:{report.id}", {"number": report.number, "on_time": on_time})
    return Filed(report, Outcome.NEW)


async def _deliver(tx: Tx, author: Person, report: Report, supervisor: Person | None) -> None:
    """To the one who answers, a copy to the assistant for the file; with `feedback.by = both` to the manager as well."""
    told: set[int] = {author.id}
    if supervisor is not None:
        await tx.notify(
            supervisor.id, "report_to_read", {"report": report.id}, once=f"report:{report.id}:read",
            subject=f"report:{report.id}",
        )  # fmt: skip
        told.add(supervisor.id)
    copies = await people.assistants(tx)
    if tx.policy.feedback.by == "both":
        copies += await people.everybody(tx, roles=[Role.MANAGER])
    for person in copies:
        if person.id in told:
            continue
        told.add(person.id)
        await tx.notify(
            person.id, "report_copy", {"report": report.id}, once=f"report:{report.id}:copy:{person.id}",
            subject=f"report:{report.id}", rank=BULK,
        )  # fmt: skip


async def _change(
    tx: Tx, author: Person, report: Report, content: Content, *, at: datetime, at_source: str, once: str
) -> Filed:
    if report.once == once or _same(report.content, content):
        return Filed(report, Outcome.SAME)
    if rules.change_of(report.state) is Change.ADDENDUM:
        text = addendum(report.content, content)
        if not text:
            return Filed(report, Outcome.SAME)
        return Filed(await add_words(tx, author, report, text, at=at, at_source=at_source, once=once), Outcome.ADDED)
    report = await store.change(
        tx, report.id, content=content, asks=bool(content.questions), edited_at=at
    )  # fmt: skip
    if report.supervisor_id is not None:
        await tx.amend(
            report.supervisor_id, "report_to_read", {"report": report.id}, once=f"report:{report.id}:edit:{once}",
            subject=f"report:{report.id}", otherwise="send",
        )  # fmt: skip
    for person in await people.assistants(tx):
        await tx.amend(
            person.id, "report_copy", {"report": report.id}, once=f"report:{report.id}:edit:{person.id}:{once}",
            subject=f"report:{report.id}",
        )  # fmt: skip
    await tx.note(author.id, "report.changed", f"report:{report.id}")
    return Filed(report, Outcome.CHANGED)


def _same(old: Content, new: Content) -> bool:
    return (old.sentence, old.questions, old.plan, old.before, dict(old.stated)) == (
        new.sentence,
        new.questions,
        new.plan,
        new.before,
        dict(new.stated),
    )


def addendum(old: Content, new: Content) -> str:
    """What the new text adds to the old one, a line each."""
    lines: list[str] = []
    if new.sentence and new.sentence != old.sentence:
        lines.append(new.sentence)
    lines += [question for question in new.questions if question not in old.questions]
    lines += [item for item in new.plan if item not in old.plan]
    return "\n".join(lines)


async def add_words(
    tx: Tx, author: Person, report: Report, text: str, *, at: datetime, at_source: str, once: str
) -> Report:
    """Words that come after the report was read: appended to the thread and sent to the superior."""
    entry = await store.add_entry(
        tx, report_id=report.id, author_id=author.id, kind="addendum", text=text, at=at, at_source=at_source,
        once=f"entry:{once}",
    )  # fmt: skip
    if entry is None:
        return report
    if split_questions(text)[1]:
        state = rules.after(report.state, ReportAct.ASK_AGAIN)
        report = await store.change(tx, report.id, state=state.value, asks=True)
    if report.supervisor_id is not None:
        await tx.notify(
            report.supervisor_id, "report_reply", {"entry": entry}, once=f"entry:{entry}:up",
            subject=f"thread:{report.id}",
        )  # fmt: skip
    return report


async def read(tx: Tx, actor: Person, report: Report) -> Report:
    """Whoever must answer has opened it: from now on the author adds, and sees that it was read."""
    if actor.id != report.supervisor_id or report.state is not ReportState.SENT:
        return report
    state = rules.after(report.state, ReportAct.READ)
    report = await store.change(tx, report.id, state=state.value, read_at=tx.now)
    await show_state(tx, report)
    return report


async def readdress(tx: Tx) -> int:
    """Reports that wait for somebody who has left go to the author's present superior; how many."""
    moved = 0
    waiting = await store.all_waiting(tx)
    heads = await people.by_ids(tx, [r.supervisor_id for r in waiting if r.supervisor_id is not None])
    for report in waiting:
        head = heads.get(report.supervisor_id or 0)
        if head is not None and head.works:
            continue
        author = await people.by_id(tx, report.person_id)
        superior = await addressee(tx, author) if author and author.works else None
        if author is None or superior is None or superior.id == report.supervisor_id:
            continue
        await store.change(tx, report.id, supervisor_id=superior.id)
        await tx.notify(
            superior.id, "report_to_read", {"report": report.id}, once=f"report:{report.id}:to:{superior.id}",
            subject=f"report:{report.id}",
        )  # fmt: skip
        moved += 1
    return moved


async def show_state(tx: Tx, report: Report) -> None:
    """The author's receipt says how far it has come."""
    await tx.amend(
        report.person_id, "report_receipt", {"report": report.id},
        once=f"report:{report.id}:state:{report.state.value}:{tx.now.isoformat()}", subject=f"report:{report.id}",
    )  # fmt: skip


# --- our own outages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extension:
    """A deadline that our outage moved."""

    kind: ReportKind
    period: Period
    began: datetime
    ended: datetime
    until: datetime


async def announce_extensions(tx: Tx) -> list[Extension]:
    """Tell everybody who owes a report that our outage moved its deadline, once; and judge late ones again.

    Called when an outage has been written down, and by a job in the hours around a deadline.
    """
    week = Week.of(tx.today)
    periods: list[tuple[ReportKind, Period]] = [
        (ReportKind.WEEKLY, week),
        (ReportKind.WEEKLY, week.previous),
        (ReportKind.MONTHLY, duties.month_meant(tx)),
    ]
    found: list[Extension] = []
    for kind, period in periods:
        gaps = await facts.outages(tx, tx.now - timedelta(days=2), tx.now)
        if not gaps:
            continue
        began, ended = gaps[-1]
        told: datetime | None = None
        for mine in await duties.duties(tx, kind, period):
            if mine.due is None or mine.nominal is None or mine.due <= mine.nominal:
                continue
            await _judge_again(tx, mine)
            if not mine.owes or mine.over(tx.now):
                continue
            told = mine.due
            data = {
                "kind": kind.value,
                "period": period.key,
                "began": began.isoformat(),
                "ended": ended.isoformat(),
                "until": mine.due.isoformat(),
            }
            await tx.notify(
                mine.person.id, "deadline_moved", data,
                once=f"moved:{mine.number}:{mine.due.isoformat()}", guard=duties.guard_text(mine),
                expires_at=mine.due, subject=None,
            )  # fmt: skip
        if told is not None:
            found.append(Extension(kind, period, began, ended, told))
    return found


async def _judge_again(tx: Tx, mine: duties.Duty) -> None:
    """A report called late before the outage was known may have been in time."""
    report = mine.report
    if report is None or mine.due is None or report.on_time:
        return
    if rules.on_time(report.sent_at, mine.due, mine.grace):
        report = await store.change(tx, report.id, on_time=True, due_at=mine.due)
        await show_state(tx, report)


# --- for boards, the team list and exports ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """How a period's reports stand: 周报 16/17 按时(1 人休假),主管已批复 17/17."""

    due: int = 0  # people who owed one
    over: int = 0  # of those, whose deadline has passed
    filed: int = 0
    on_time: int = 0
    excused: int = 0  # late or missing with a good reason
    on_leave: int = 0
    answered: int = 0  # of those filed
    open_questions: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, name) + getattr(other, name) for name in Count.__dataclass_fields__))


async def counts(tx: Tx, kind: ReportKind, period: Period) -> dict[int | None, Count]:
    """By team id (None: people without a team); add them up for the company."""
    reasons = await store.excuses_of(tx, kind, period.key)
    found: dict[int | None, Count] = {}
    for mine in await duties.duties(tx, kind, period):
        report = mine.report
        reason = reasons.get(mine.person.id)
        good = reason is not None and excuse_stands(tx, reason) is rules.ExcuseState.ACCEPTED
        late = mine.due is not None and (not report.on_time if report else mine.over(tx.now))
        one = Count(
            due=int(mine.due is not None or report is not None),
            over=int(mine.over(tx.now)),
            filed=int(report is not None),
            on_time=int(report is not None and report.on_time),
            excused=int(late and good),
            on_leave=int(mine.exempt is rules.Exempt.LEAVE),
            answered=int(report is not None and report.state is ReportState.ANSWERED),
            open_questions=int(report is not None and report.asks and report.waits),
        )
        found[mine.person.team_id] = found.get(mine.person.team_id, Count()) + one
    return found


async def week_counts(tx: Tx, week: Week) -> dict[int | None, Count]:
    """The weekly reports of a week, by team id."""
    return await counts(tx, ReportKind.WEEKLY, week)


def excuse_stands(tx: Tx, reason: store.Excuse) -> rules.ExcuseState:
    """What a reason counts as now: without an answer for 48 hours it is good (docs/rules.md 47)."""
    accepted = {"accepted": True, "lapsed": True, "declined": False}.get(reason.state)
    window = timedelta(hours=tx.policy.reports.excuse_hours)
    return rules.excuse_state(reason.at, tx.now, accepted=accepted, window=window)


def answer_due(tx: Tx, report: Report, supervisor: Person) -> datetime | None:
    """By when a report should be answered; None in a year whose working days are not known."""
    workweek = supervisor.workweek or tx.policy.work.workweek
    try:
        return rules.feedback_due(
            report.sent_at,
            tx.company.calendar,
            workweek,
            tx.company.zone,
            working_days=tx.policy.feedback.working_days,
        )
    except UnknownYear:
        return None


async def export_reports(tx: Tx, since: datetime | None = None, until: datetime | None = None) -> list[dict[str, Any]]:
    """The contract's rows of `waihu export reports`: sent reports, then open drafts."""
    everyone = {p.id: p for p in await people.everybody(tx, with_left=True)}
    rows: list[dict[str, Any]] = [
        {
            "id": report.id,
            "employee_no": everyone[report.person_id].employee_no,
            "at": report.sent_at.astimezone(tx.company.zone).isoformat(),
            "at_source": report.at_source,
            "number": report.number,
            "kind": report.kind.value,
            "period": report.period,
            "state": report.state.value,
            "on_time": report.on_time,
            "answers": report.content.as_json(),
        }
        for report in await store.sent_between(tx, since, until)
    ]
    kinds = {form_name(kind): kind for kind in ReportKind}
    for draft_id, person_id, form, key, at in await store.drafts_open(tx, list(kinds)):
        if (since is not None and at < since) or (until is not None and at >= until):
            continue
        period = store.period_of(kinds[form], key)
        number = str(ReportNumber(period, everyone[person_id].employee_no))
        if await store.filed(tx, person_id, kinds[form], period) is not None:
            continue  # a change being written to a report that was sent
        rows.append(
            {
                "id": f"draft-{draft_id}",
                "employee_no": everyone[person_id].employee_no,
                "at": at.astimezone(tx.company.zone).isoformat(),
                "at_source": "received",
                "number": number,
                "kind": kinds[form].value,
                "period": key,
                "state": ReportState.DRAFT.value,
                "on_time": None,
                "answers": None,
            }
        )
    return rows


async def export_feedback(tx: Tx, since: datetime | None = None, until: datetime | None = None) -> list[dict[str, Any]]:
    """The contract's rows of `waihu export feedback`: every word of every thread."""
    entries = await store.entries_between(tx, since, until)
    numbers = await store.numbers(tx, [entry.report_id for entry in entries])
    authors = await people.by_ids(tx, [entry.author_id for entry in entries])
    return [
        {
            "id": entry.id,
            "employee_no": authors[entry.author_id].employee_no,
            "at": entry.at.astimezone(tx.company.zone).isoformat(),
            "at_source": entry.at_source,
            "report": numbers[entry.report_id],
            "kind": entry.kind,
            "text": entry.text,
        }
        for entry in entries
    ]


@guard("unanswered")
async def unanswered(tx: Tx, what: str) -> bool:
    """Does the report still wait for its answer? `unanswered:ID`, or `unanswered:ID:MOMENT` for a promise of then."""
    report_id, _, promised = what.partition(":")
    report = await store.by_id(tx, int(report_id))
    if report is None or not report.waits:
        return False
    return not promised or (report.promised_for is not None and report.promised_for.isoformat() == promised)
