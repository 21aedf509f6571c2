"""The superior's answer in the thread, and what the author says back (004 §5.3; docs/manners.md 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.rules import reports as rules
from core.rules.errors import Refusal
from core.rules.people import Person, Role
from core.rules.report_content import asks, only_acknowledges, only_thanks, split_questions
from core.rules.reports import ReportAct, ReportState
from core.store import people
from core.store import reports as store
from core.store.db import BULK, Tx
from core.store.reports import Report
from core.usecases import reports as filing

PROMISE_AT_MOST = timedelta(days=14)
OFFERED = 4  # reports offered when it is not clear which one is answered


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to. `unread` and `waiting` are what is left in the superior's queue, the oldest first."""

    report: Report
    author: Person
    quick: bool
    had_question: bool
    unread: tuple[Report, ...]
    waiting: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for somebody's answer, the oldest first."""

    unread: tuple[Report, ...]
    waiting: tuple[Report, ...]  # unread ones included

    @property
    def questions(self) -> int:
        """How many of them hold a question."""
        return sum(report.asks for report in self.waiting)

    def following(self, besides: int | None = None) -> Report | None:
        """The one to open next: the oldest unread, else the oldest unanswered."""
        for report in (*self.unread, *self.waiting):
            if report.id != besides:
                return report
        return None


async def queue(tx: Tx, person: Person) -> Queue:
    """The reports that wait for this person."""
    waiting = tuple(await store.waiting(tx, person.id))
    return Queue(tuple(r for r in waiting if r.state is ReportState.SENT), waiting)


async def opened(tx: Tx, actor: Person, report_id: int) -> Report:
    """A report opened by somebody who may see it; for its superior that is reading it."""
    return await filing.read(tx, actor, await filing.seen_by(tx, actor, report_id))


async def _answerable(tx: Tx, actor: Person, report_id: int) -> tuple[Report, Person]:
    report = await store.by_id(tx, report_id)
    author = await people.by_id(tx, report.person_id) if report else None
    if report is None or author is None:
        raise Refusal("reports.unknown")
    if not await filing.may_answer(tx, actor, report):
        raise Refusal("feedback.not_yours")
    return report, author


async def answer(
    tx: Tx, actor: Person, report_id: int, text: str, *, at: datetime, at_source: str, once: str, quick: bool = False
) -> Answered:
    """Answer a report. 常用语 and a typed 收到 are heard but close no question (docs/manners.md 2.4).

    Refusal `feedback.not_yours`, `reports.unknown`. The same `once` again changes nothing.
    """
    report, author = await _answerable(tx, actor, report_id)
    quick = quick or only_acknowledges(text)
    had_question = report.asks and report.waits
    entry = await store.add_entry(
        tx, report_id=report.id, author_id=actor.id, kind="quick" if quick else "feedback", text=text, at=at,
        at_source=at_source, once=f"entry:{once}",
    )  # fmt: skip
    if entry is not None:
        act = ReportAct.QUICK_REPLY if quick else ReportAct.REPLY
        state = rules.after(report.state, act, question=report.asks)
        answered = state is ReportState.ANSWERED
        report = await store.change(
            tx,
            report.id,
            state=state.value,
            read_at=report.read_at or tx.now,
            answered_at=tx.now if answered else report.answered_at,
            promised_for=None if answered else report.promised_for,
        )
        await tx.notify(
            author.id, "report_feedback", {"entry": entry}, once=f"entry:{entry}:down", subject=f"thread:{report.id}"
        )
        if report.supervisor_id not in {None, actor.id}:
            await tx.notify(
                report.supervisor_id or 0, "report_answered_by", {"entry": entry}, once=f"entry:{entry}:side",
                subject=f"thread:{report.id}", rank=BULK,
            )  # fmt: skip
        await filing.show_state(tx, report)
        await tx.note(actor.id, "report.answered", f"report:{report.id}", {"quick": quick})
    left = await queue(tx, actor)
    return Answered(report, author, quick, had_question, left.unread, left.waiting)


async def promise(tx: Tx, actor: Person, report_id: int, until: datetime) -> Report:
    """稍后答复: say openly until when the answer comes (004 §5.3). The author hears it; so does the superior, then.

    Refusal `feedback.promise_past`, `feedback.promise_far`.
    """
    report, author = await _answerable(tx, actor, report_id)
    if until <= tx.now:
        raise Refusal("feedback.promise_past")
    if until > tx.now + PROMISE_AT_MOST:
        raise Refusal("feedback.promise_far", days=PROMISE_AT_MOST.days)
    if report.state is ReportState.ANSWERED and not report.asks:
        raise Refusal("feedback.answered_already", name=author.given_name)
    state = rules.after(report.state, ReportAct.PROMISE)
    report = await store.change(
        tx, report.id, state=state.value, promised_for=until, read_at=report.read_at or tx.now
    )  # fmt: skip
    key = until.isoformat()
    await tx.notify(
        author.id, "report_promised", {"report": report.id, "by": actor.id, "until": key},
        once=f"promise:{report.id}:{key}", subject=f"thread:{report.id}", guard=f"unanswered:{report.id}",
    )  # fmt: skip
    assert report.promised_for is not None
    await tx.notify(
        actor.id, "promise_due", {"report": report.id}, once=f"promise:{report.id}:{key}:due",
        subject=f"thread:{report.id}", due_at=until, guard=f"unanswered:{report.id}:{report.promised_for.isoformat()}",
    )  # fmt: skip
    await filing.show_state(tx, report)
    return report


async def not_answered_yet(tx: Tx, actor: Person, report_id: int) -> Report:
    """问题没答完 by the superior, 没答到 by the author: it waits for an answer again; the other side hears it."""
    report = await filing.seen_by(tx, actor, report_id)
    if actor.id != report.person_id and not await filing.may_answer(tx, actor, report):
        raise Refusal("feedback.not_yours")
    state = rules.after(report.state, ReportAct.ASK_AGAIN)
    report = await store.change(tx, report.id, state=state.value, asks=True)
    if actor.id == report.person_id and report.supervisor_id is not None:
        await tx.notify(
            report.supervisor_id, "report_still_open", {"report": report.id},
            once=f"open:{report.id}:{tx.now.isoformat()}", subject=f"thread:{report.id}",
        )  # fmt: skip
    await filing.show_state(tx, report)
    return report


async def say_back(
    tx: Tx,
    author: Person,
    report_id: int,
    text: str,
    *,
    at: datetime,
    at_source: str,
    once: str,
    thanks: bool = False,
    question: bool = False,
) -> Report:
    """The author's own words in the thread: a question waits for an answer again, thanks do not.

    `question`: it was asked for as one (再问一句), with or without its mark.
    """
    report = await store.by_id(tx, report_id)
    if report is None:
        raise Refusal("reports.unknown")
    if report.person_id != author.id:
        raise Refusal("feedback.not_yours")
    thanks = thanks or (not question and only_thanks(text))
    question = question or asks(text)
    entry = await store.add_entry(
        tx, report_id=report.id, author_id=author.id, kind="thanks" if thanks else "question" if question else "reply", text=text, at=at,
        at_source=at_source, once=f"entry:{once}",
    )  # fmt: skip
    if entry is None:
        return report
    if question and not thanks:
        state = rules.after(report.state, ReportAct.ASK_AGAIN)
        report = await store.change(tx, report.id, state=state.value, asks=True)
        await filing.show_state(tx, report)
    if report.supervisor_id is not None:
        await tx.notify(
            report.supervisor_id, "report_reply", {"entry": entry}, once=f"entry:{entry}:up",
            subject=f"thread:{report.id}", rank=BULK if thanks else 1,
        )  # fmt: skip
    return report


async def open_question(tx: Tx, report: Report) -> str:
    """What waits for an answer: the author's newest question in the thread, else the report's own; "" without one."""
    if not (report.asks and report.waits):
        return ""
    for entry in reversed(await store.thread(tx, report.id)):
        if entry.author_id == report.person_id and entry.kind in {"question", "addendum"}:
            if entry.kind == "question":
                return entry.text
            if found := split_questions(entry.text)[1]:
                return found[-1]
    return report.content.questions[0] if report.content.questions else ""


async def candidates(tx: Tx, actor: Person) -> Sequence[tuple[Report, Person]]:
    """Whom a sentence without a target may be meant for: first whose report was read or came in last."""
    waiting = await store.waiting(tx, actor.id)
    chosen = sorted(waiting, key=lambda r: max(str(r.read_at or ""), str(r.sent_at or "")), reverse=True)[:OFFERED]
    authors = await people.by_ids(tx, [r.person_id for r in chosen])
    return [(report, authors[report.person_id]) for report in chosen]


async def deputies(tx: Tx, actor: Person) -> list[Person]:
    """Who may take over somebody's answers: the one above, and the other supervisors."""
    above = await people.superior_of(tx, actor)
    others = [p for p in await people.everybody(tx, roles=[Role.SUPERVISOR]) if p.id != actor.id]
    chosen = [above, *others] if above else others
    return [person for person in chosen if person is not None and person.id != actor.id]


async def hand_over(tx: Tx, actor: Person, to_id: int) -> tuple[Person, int]:
    """交代给副手: the reports that wait for me are answered by somebody else; how many."""
    to = next((person for person in await deputies(tx, actor) if person.id == to_id), None)
    if to is None:
        raise Refusal("feedback.no_deputy")
    moved = await store.hand_over(tx, actor.id, to.id)
    if moved:
        await tx.notify(
            to.id, "reports_handed_over", {"from": actor.id, "count": moved},
            once=f"handover:{actor.id}:{to.id}:{tx.now.isoformat()}",
        )  # fmt: skip
        await tx.note(actor.id, "reports.handed_over", f"person:{to.id}", {"count": moved})
    return to, moved
