"""How reports, answers, reasons, reminders and leave read; notices are rendered when they are sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.channels.port import Button, Message, Rows
from bot.render.call_lines import day_words, when_words
from bot.render.notices import Data, notice
from bot.render.report_text import (
    Period,
    body,
    clock,
    kind_words,
    label,
    names,
    short,
    span_words,
    supervisor_lines,
    until,
    weekday_clock,
)
from bot.render.texts import t
from core.rules.leave import Span
from core.rules.money import yuan
from core.rules.people import Person
from core.rules.phones import masked
from core.rules.report_content import form_name
from core.rules.reports import ExcuseState, ReportKind, ReportState, on_time
from core.store import drafts, leaves, people
from core.store import reports as store
from core.store.db import Tx
from core.store.leaves import Leave
from core.store.reports import Entry, Excuse, Report
from core.usecases import duties, feedback, fines
from core.usecases import reports as filing

PAGE = 3000  # characters of one message


def button(lang: str, key: str, action: str, *, once: bool = True, **args: Any) -> Button:
    """A button by its text key."""
    return Button(t(lang, key), action, args, once=once)


# --- the report for its reader ----------------------------------------------------------------------------------------


def _head(tx: Tx, report: Report, author: Person, lang: str) -> str:
    mark = t(lang, "feedback.mark_on_time" if report.on_time else "feedback.mark_late")
    at = weekday_clock(report.sent_at, tx.now, tx.company.zone, lang)
    text = t(lang, "feedback.head", number=report.number, name=author.name, at=at, mark=mark)
    return text + (t(lang, "feedback.edited") if report.edited_at else "")


def reader_rows(report: Report, lang: str, *, full: bool) -> Rows:
    """[批复] [稍后答复] [常用语] [看全文] [下一份]."""
    first = [
        button(lang, "feedback.answer", "feedback.answer", once=False, report=report.id),
        button(lang, "feedback.later", "feedback.later", once=False, report=report.id),
        button(lang, "feedback.phrases", "feedback.phrases", once=False, report=report.id),
    ]
    second = [button(lang, "feedback.next", "feedback.next", once=False, report=report.id)]
    if full:
        second.insert(0, button(lang, "feedback.full", "report.full", once=False, report=report.id))
    return tuple(first), tuple(second)


async def for_reader(tx: Tx, report: Report, lang: str) -> Message:
    """The report in at most seven lines, with what the superior can do (docs/manners.md 2.4)."""
    author = await people.by_id(tx, report.person_id)
    assert author is not None
    lines, cut = supervisor_lines(report.content, report.kind, lang)
    entries = await store.thread(tx, report.id)
    text = "\n".join([_head(tx, report, author, lang), *lines])
    return Message(text, reader_rows(report, lang, full=cut or bool(entries)), subject=f"report:{report.id}")


async def whole(tx: Tx, report: Report, reader: Person, lang: str) -> list[str]:
    """Everything: figures, words, plan and the thread, in as many messages as it needs.

    Its author reads what they typed; everybody else sees the numbers in it masked (docs/manners.md 5).
    """
    author = await people.by_id(tx, report.person_id)
    assert author is not None
    own = reader.id == author.id
    content = report.content if own else report.content.for_others
    lines = [_head(tx, report, author, lang), label(report.of, lang), *body(content, report.kind, lang)]
    entries = await store.thread(tx, report.id)
    if entries:
        who = await people.by_ids(tx, [entry.author_id for entry in entries])
        lines.append(t(lang, "reports.full_thread"))
        for entry in entries:
            at = clock(entry.at, tx.now, tx.company.zone, lang)
            text = entry.text if own or entry.author_id != author.id else masked(entry.text)
            lines.append(t(lang, "reports.full_entry", at=at, name=who[entry.author_id].name, text=text))
    return paged(lines, report.number)


def paged(lines: list[str], number: str) -> list[str]:
    """Lines in messages that a network carries; each begins with the report's number."""
    pages: list[str] = []
    page = ""
    for line in lines:
        piece = line[:PAGE]
        if page and len(page) + len(piece) > PAGE:
            pages.append(page)
            page = f"{number} …"
        page = f"{page}\n{piece}" if page else piece
    return [*pages, page]


@notice("report_to_read")
async def report_to_read(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A report for the one who answers it. Changed reports say so; read ones are not sent anew."""
    report = await store.by_id(tx, int(data["report"]))
    if report is None or person is None or not await filing.may_answer(tx, person, report):
        return None
    return await for_reader(tx, report, lang)


@notice("report_copy")
async def report_copy(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A copy for the file."""
    report = await store.by_id(tx, int(data["report"]))
    author = await people.by_id(tx, report.person_id) if report else None
    if report is None or author is None or person is None or not await filing.may_see(tx, person, report):
        return None
    lines, _ = supervisor_lines(report.content, report.kind, lang)
    head = f"{_head(tx, report, author, lang)} · {t(lang, 'feedback.copy')}"
    rows = ((button(lang, "feedback.full", "report.full", once=False, report=report.id),),)
    return Message("\n".join([head, *lines]), rows, subject=f"report:{report.id}", silent=True)


# --- the author's receipt ---------------------------------------------------------------------------------------------


async def receipt(tx: Tx, report: Report, lang: str) -> Message:
    """`✅ W-2026-47-005 · 20:14 已交,按时`, where it went, and how far it has come since."""
    author = await people.by_id(tx, report.person_id)
    assert author is not None
    mine = await duties.duty(tx, author, report.kind, report.of)
    reason = await store.excuse_for(tx, author.id, report.kind, report.period)
    good = reason is not None and filing.excuse_stands(tx, reason) is ExcuseState.ACCEPTED
    key = "sent" if report.on_time else "sent_excused" if good else "sent_late"
    if report.on_time and mine.due is None and mine.exempt is not None and not await duties.before_us(tx, report):
        key = "sent_free"
    elif (
        report.on_time
        and mine.due is not None
        and not mine.certain
        and not on_time(report.sent_at, mine.due, mine.grace)
    ):
        key = "sent_unjudged"
    at = clock(report.sent_at, tx.now, tx.company.zone, lang)
    lines = [t(lang, f"reports.{key}", number=report.number, at=at), await _standing(tx, report, lang)]
    row: list[Button] = []
    if key == "sent_late" and reason is None:
        row.append(_explain(report.kind, report.of, lang))
    if report.state is ReportState.SENT:
        if not report.content.plan and not report.content.sentence:
            lines.append(t(lang, "reports.figures_only"))
            row.append(button(lang, "reports.complete", "report.edit", once=False, report=report.id))
        else:
            row.append(button(lang, "reports.edit", "report.edit", once=False, report=report.id))
    else:
        row.append(button(lang, "reports.add", "report.add", once=False, report=report.id))
        row.append(button(lang, "reports.thread", "report.full", once=False, report=report.id))
    return Message("\n".join(lines), (tuple(row),), subject=f"report:{report.id}")


async def _standing(tx: Tx, report: Report, lang: str) -> str:
    """Where it went, or what became of it since."""
    superior = await people.by_id(tx, report.supervisor_id) if report.supervisor_id else None
    zone = tx.company.zone
    if superior is not None and report.state is ReportState.ANSWERED and report.answered_at:
        at = clock(report.answered_at, tx.now, zone, lang)
        return t(lang, "reports.state_answered", name=superior.name, at=at)
    if superior is not None and report.state is ReportState.PROMISED and report.promised_for:
        by = when_words(report.promised_for, tx.now, zone, lang)
        return t(lang, "reports.state_promised", name=superior.name, until=by)
    if superior is not None and report.state is ReportState.READ and report.read_at:
        return t(lang, "reports.state_read", name=superior.name, at=clock(report.read_at, tx.now, zone, lang))
    filers = names([p.name for p in await people.assistants(tx) if p.id != report.person_id], lang)
    if superior is not None:
        key = "goes_to" if filers else "goes_to_alone"
        return t(lang, f"reports.{key}", supervisor=superior.name, **({"assistants": filers} if filers else {}))
    return t(lang, "reports.goes_to_file", assistants=filers) if filers else t(lang, "reports.goes_nowhere")


@notice("report_receipt")
async def report_receipt(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The receipt as it stands now."""
    report = await store.by_id(tx, int(data["report"]))
    return await receipt(tx, report, lang) if report else None


def _explain(kind: ReportKind, period: Period, lang: str) -> Button:
    return button(lang, "reports.explain", "excuse.open", once=False, kind=kind.value, period=period.key)


def _write(kind: ReportKind, period: Period, lang: str, key: str = "reports.write_now") -> Button:
    return button(lang, key, "report.write", once=False, kind=kind.value, period=period.key)


# --- the thread ---------------------------------------------------------------------------------------------------------


async def _entry(tx: Tx, data: Data) -> tuple[Entry, Report, Person, Person] | None:
    entry = await store.entry(tx, int(data["entry"]))
    report = await store.by_id(tx, entry.report_id) if entry else None
    writer = await people.by_id(tx, entry.author_id) if entry else None
    author = await people.by_id(tx, report.person_id) if report else None
    if entry is None or report is None or writer is None or author is None:
        return None
    return entry, report, writer, author


@notice("report_feedback")
async def report_feedback(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The superior's answer, shown as a reply to the author's own report."""
    found = await _entry(tx, data)
    if found is None:
        return None
    entry, report, writer, _ = found
    if entry.kind == "quick":
        lines = [t(lang, "feedback.received_quick", number=report.number, name=writer.name, text=entry.text)]
    else:
        head = t(lang, "feedback.received", number=report.number, name=writer.name)
        lines = [head, t(lang, "feedback.received_text", text=entry.text)]
    if report.asks and report.waits:
        lines.append(t(lang, "feedback.received_more"))
    row = [
        button(lang, "feedback.thanks", "feedback.thanks", report=report.id, entry=entry.id),
        button(lang, "feedback.ask_more", "feedback.ask_more", once=False, report=report.id),
    ]
    if report.asks or entry.kind == "feedback":
        row.append(button(lang, "feedback.not_answered", "feedback.not_answered", report=report.id))
    return Message(
        "\n".join(lines), (tuple(row),), subject=f"thread:{report.id}", reply_to_subject=f"report:{report.id}"
    )


@notice("report_reply")
async def report_reply(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """What the author says back, shown as a reply to the report in the superior's chat."""
    found = await _entry(tx, data)
    if found is None:
        return None
    entry, report, writer, _ = found
    subject, quote = f"thread:{report.id}", f"report:{report.id}"
    if entry.kind == "thanks":
        text = t(lang, "feedback.thanks_from", number=report.number, name=writer.name, text=masked(entry.text))
        return Message(text, subject=subject, reply_to_subject=quote, silent=True)
    key = "feedback.addendum_from" if entry.kind == "addendum" else "feedback.reply_from"
    text = f"{t(lang, key, number=report.number, name=writer.name)}\n“{masked(entry.text)}”"
    return Message(text, _thread_rows(report, lang), subject=subject, reply_to_subject=quote)


def _thread_rows(report: Report, lang: str) -> Rows:
    return (
        (
            button(lang, "feedback.answer", "feedback.answer", once=False, report=report.id),
            button(lang, "feedback.later", "feedback.later", once=False, report=report.id),
            button(lang, "feedback.full", "report.full", once=False, report=report.id),
        ),
    )


@notice("report_still_open")
async def report_still_open(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The author says that the answer was none."""
    report = await store.by_id(tx, int(data["report"]))
    author = await people.by_id(tx, report.person_id) if report else None
    if report is None or author is None or not report.waits:
        return None
    text = t(lang, "feedback.still_open", number=report.number, name=author.name)
    if question := short(masked(await feedback.open_question(tx, report))):
        text += f"\n{t(lang, 'feedback.question', text=question)}"
    return Message(
        text, _thread_rows(report, lang), subject=f"thread:{report.id}", reply_to_subject=f"report:{report.id}"
    )


@notice("report_answered_by")
async def report_answered_by(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody above answered a report of the superior's team."""
    found = await _entry(tx, data)
    if found is None:
        return None
    entry, report, writer, author = found
    head = t(lang, "feedback.answered_by", number=report.number, name=writer.name, author=author.name)
    return Message(f"{head}\n“{short(entry.text, 200)}”", subject=f"thread:{report.id}", silent=True)


@notice("report_promised")
async def report_promised(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """周启明看到了,要核实一下,11-23 周一 18:00 前答复你。"""
    report = await store.by_id(tx, int(data["report"]))
    by = await people.by_id(tx, int(data["by"]))
    if report is None or by is None:
        return None
    at = when_words(datetime.fromisoformat(data["until"]), tx.now, tx.company.zone, lang)
    text = t(lang, "feedback.promised_to", number=report.number, name=by.name, until=at)
    return Message(text, subject=f"thread:{report.id}", reply_to_subject=f"report:{report.id}")


@notice("promise_due")
async def promise_due(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """⏰ You said you would answer now."""
    report = await store.by_id(tx, int(data["report"]))
    author = await people.by_id(tx, report.person_id) if report else None
    if report is None or author is None:
        return None
    lines, _ = supervisor_lines(report.content, report.kind, lang)
    said = short(masked(await feedback.open_question(tx, report)))
    rest = t(lang, "feedback.question", text=said) if said else lines[0]
    text = f"{t(lang, 'feedback.promise_due', number=report.number, name=author.name)}\n{rest}"
    return Message(
        text, _thread_rows(report, lang), subject=f"thread:{report.id}", reply_to_subject=f"report:{report.id}"
    )


@notice("reports_handed_over")
async def reports_handed_over(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody asks to have their reports answered."""
    who = await people.by_id(tx, int(data["from"]))
    if who is None:
        return None
    text = t(lang, "feedback.handed_to_you", name=who.name, count=data["count"])
    return Message(text, ((button(lang, "feedback.start", "feedback.next", once=False, report=0),),))


# --- reminders ---------------------------------------------------------------------------------------------------------


def _period(data: Data) -> tuple[ReportKind, Period]:
    kind = ReportKind(str(data["kind"]))
    return kind, store.period_of(kind, str(data["period"]))


REVIEW = 3


async def draft_step(tx: Tx, person: Person, kind: ReportKind, period: Period) -> int | None:
    """At which step the open draft stands: 1 the sentences, 2 the plan, 3 the review; None without one."""
    draft = await drafts.find(tx, person.id, form_name(kind), period.key)
    if draft is None:
        return None
    return 1 + ("sentence" in draft.answers) + ("plan" in draft.answers)


WRITE = {None: "reports.write_now", REVIEW: "reports.send_ready"}
"""What the button into the form is called, by the step at which the draft stands; otherwise "carry on"."""


@notice("report_nudge")
async def report_nudge(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The three reminders before a deadline (docs/manners.md 2.6). `step` counts from 1; `last` marks the last one."""
    if person is None:
        return None
    kind, period = _period(data)
    mine = await duties.duty(tx, person, kind, period)
    if mine.due is None or mine.due <= tx.now:
        return None
    left = mine.due - tx.now
    minutes = int(left.total_seconds() + 30) // 60
    step = await draft_step(tx, person, kind, period)
    words = kind_words(kind, lang)
    write = _write(kind, period, lang, WRITE.get(step, "reports.carry_on"))
    args: dict[str, Any] = {"kind": kind.value, "period": period.key}
    if minutes < 60 and step == REVIEW:
        ready = t(lang, "reports.nudge_last_ready", minutes=minutes)
        return Message(ready, ((write, _reason(kind, period, lang)),))
    if minutes < 60:
        row = (button(lang, "reports.send_figures", "report.figures", **args), write, _reason(kind, period, lang))
        return Message(t(lang, "reports.nudge_last", minutes=minutes), (row,))
    away = button(lang, "reports.on_leave", "leave.open", once=False)
    if data.get("step") == 1:
        due = until(mine.due, tx.now, tx.company.zone, lang)
        key = "reports.nudge_first_ready" if step == REVIEW else "reports.nudge_first"
        text = t(lang, key, name=person.given_name, kind=words, due=due)
        tomorrow = mine.due.astimezone(tx.company.zone).date() > tx.today
        key = "reports.tomorrow" if tomorrow else "reports.not_now"
        later = button(lang, key, "report.later", once=False, **args)
        return Message(text, ((write, later, away),))
    hours = max(1, round(minutes / 60))
    mute = button(lang, "reports.mute", "report.mute", **args)
    if step is None:
        return Message(t(lang, "reports.nudge_hours", kind=words, hours=hours), ((write, away, mute),))
    key = "reports.nudge_hours_ready" if step == REVIEW else "reports.nudge_hours_draft"
    return Message(t(lang, key, kind=words, hours=hours, step=step), ((write, mute),))


def _reason(kind: ReportKind, period: Period, lang: str) -> Button:
    return button(lang, "reports.have_reason", "excuse.open", once=False, kind=kind.value, period=period.key)


@notice("report_missed")
async def report_missed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Privately, in working hours: it has not come; sending it still helps; a reason can be given."""
    if person is None:
        return None
    kind, period = _period(data)
    mine = await duties.duty(tx, person, kind, period)
    superior = await filing.addressee(tx, person)
    version = duties.version_for(tx, kind, period)
    name = superior.name if superior else t(lang, "people.role_manager")
    params: dict[str, object] = {"name": name, "hours": version.reports.excuse_hours}
    if kind is ReportKind.MONTHLY:
        params["month"] = period.start.month
    noted = fines.noted(tx, mine)
    params["noted"] = t(lang, f"reports.missed_noted_{noted.mode}", amount=yuan(noted.fen)) if noted else ""
    row = (
        _write(kind, period, lang, "reports.write_missing"),
        _explain(kind, period, lang),
        button(lang, "reports.rules_button", "report.rules", once=False, kind=kind.value),
    )
    return Message(f"{mine.number} · {t(lang, f'reports.missed_{kind.value}', **params)}", (row,))


@notice("deadline_moved")
async def deadline_moved(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """今晚 21:10–21:40 是我断线,截止顺延到 22:30,人人一样,不记迟交。"""
    kind, period = _period(data)
    zone = tx.company.zone
    began, ended = (datetime.fromisoformat(data[name]).astimezone(zone) for name in ("began", "ended"))
    moved = datetime.fromisoformat(data["until"]).astimezone(zone)
    today = tx.now.astimezone(zone).date()
    evening = began.hour >= 18 and began.date() == today
    if began.date() == ended.date():
        here = t(lang, "reports.moved_tonight" if evening else "reports.moved_today")
        day = here if began.date() == today else day_words(began.date(), lang)
        span = f"{day} {began:%H:%M}–{ended:%H:%M}"
    else:
        span = " – ".join(f"{day_words(at.date(), lang)} {at:%H:%M}" for at in (began, ended))
    later = f"{moved:%H:%M}" if moved.date() == today else until(moved, tx.now, zone, lang)
    text = t(lang, "reports.moved", span=span, until=later)
    return Message(text, ((_write(kind, period, lang, "reports.carry_on"),),))


@notice("report_list")
async def report_list(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """After the deadline, for the superior alone: who did and who did not."""
    if person is None:
        return None
    kind, period = _period(data)
    mine: list[duties.Duty] = []
    for one in await duties.duties(tx, kind, period):
        superior = await people.superior_of(tx, one.person)
        if superior is not None and superior.id == person.id:
            mine.append(one)
    owed = [one for one in mine if one.due is not None or one.report is not None]
    away = [one.person.name for one in mine if one.exempt is not None and one.exempt.value == "leave"]
    if not owed and not away:
        return None
    reasons = await store.excuses_of(tx, kind, period.key)
    filed = [one for one in owed if one.report is not None]
    punctual = [one for one in filed if one.report is not None and one.report.on_time]
    late = [
        f"{one.person.name} {clock(one.report.sent_at, tx.now, tx.company.zone, lang)}"
        for one in filed
        if one.report is not None and not one.report.on_time
    ]
    missing = [one.person.name for one in owed if one.owes and one.over(tx.now)]
    later = [
        f"{one.person.name} {clock(one.due, tx.now, tx.company.zone, lang)}"
        for one in owed
        if one.owes and one.due is not None and not one.over(tx.now)
    ]
    explained = [one.person.name for one in mine if one.person.id in reasons]
    team = person.team or t(lang, "people.no_team")
    lines = [t(lang, "reports.list_title", kind=kind_words(kind, lang), label=label(period, lang), team=team)]
    if owed and len(punctual) == len(owed):
        lines.append(t(lang, "reports.list_all", count=len([o for o in filed if o.report and o.report.waits])))
    else:
        lines.append(t(lang, "reports.list_filed", filed=len(filed), due=len(owed), on_time=len(punctual)))
    for key, those in (
        ("missing", missing),
        ("late", late),
        ("later", later),
        ("reason", explained),
        ("leave", away),
    ):
        if those:
            lines.append(t(lang, f"reports.list_{key}", names=names(those, lang)))
    rows: Rows = ()
    if any(one.report is not None and one.report.waits for one in filed):
        rows = ((button(lang, "reports.list_start", "feedback.next", once=False, report=0),),)
    return Message("\n".join(lines), rows)


@notice("feedback_waiting")
async def feedback_waiting(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """还有 4 份周报等你,1 个提问在等答复。"""
    if person is None:
        return None
    queue = await feedback.queue(tx, person)
    if not queue.waiting:
        return None
    key = "feedback.waiting" if queue.questions else "feedback.waiting_plain"
    params = {"questions": queue.questions} if queue.questions else {}
    return Message(t(lang, key, count=len(queue.waiting), **params), (_queue_row(lang),))


def _queue_row(lang: str) -> tuple[Button, ...]:
    return (
        button(lang, "feedback.start", "feedback.next", once=False, report=0),
        button(lang, "feedback.hand_over", "feedback.hand_over", once=False),
    )


@notice("feedback_overdue")
async def feedback_overdue(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Reports that waited longer than the policy's working days."""
    if person is None:
        return None
    wanted = {int(one) for one in data["reports"]}
    late = [report for report in (await feedback.queue(tx, person)).waiting if report.id in wanted]
    if not late:
        return None
    authors = await people.by_ids(tx, [report.person_id for report in late])
    who = names([authors[report.person_id].name for report in late[:6]], lang)
    days = tx.policy.feedback.working_days
    lines = [t(lang, "feedback.overdue", count=len(late), days=days, names=who)]
    if questions := sum(report.asks for report in late):
        lines.append(t(lang, "feedback.overdue_questions", count=questions))
    return Message("\n".join(lines), (_queue_row(lang),))


@notice("report_digest")
async def report_digest(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """For the manager: how each team stands with a period, counts only."""
    kind, period = _period(data)
    counts = await filing.counts(tx, kind, period)
    total = sum(counts.values(), filing.Count())
    if not total.due:
        return None
    lines = [
        t(
            lang, "reports.digest", kind=kind_words(kind, lang), label=label(period, lang), on_time=total.on_time,
            due=total.due, answered=total.answered, filed=total.filed,
        )
    ]  # fmt: skip
    for team in await people.teams(tx):
        one = counts.get(team.id)
        if one is not None and one.due:
            lines.append(
                t(
                    lang, "reports.digest_team", team=team.name, on_time=one.on_time, due=one.due,
                    answered=one.answered, filed=one.filed,
                )
            )  # fmt: skip
    if total.open_questions:
        lines.append(t(lang, "reports.digest_questions", count=total.open_questions))
    if total.on_leave:
        lines.append(t(lang, "reports.digest_leave", count=total.on_leave))
    row = (button(lang, "reports.digest_read", "report.digest_read", kind=kind.value, period=period.key),)
    return Message("\n".join(lines), (row,))


# --- reasons -------------------------------------------------------------------------------------------------------------


async def _excuse(tx: Tx, data: Data) -> tuple[Excuse, Person, str] | None:
    reason = await store.excuse(tx, int(data["excuse"]))
    author = await people.by_id(tx, reason.person_id) if reason else None
    if reason is None or author is None:
        return None
    mine = await duties.duty(tx, author, reason.kind, store.period_of(reason.kind, reason.period))
    return reason, author, mine.number


@notice("excuse_to_decide")
async def excuse_to_decide(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The direct superior judges the reason."""
    found = await _excuse(tx, data)
    return None if found is None else excuse_question(tx, *found, lang)


def excuse_question(tx: Tx, reason: Excuse, author: Person, number: str, lang: str) -> Message:
    """A reason and its two buttons."""
    by = reason.at + timedelta(hours=tx.policy.reports.excuse_hours)
    text = t(
        lang, "reports.excuse_ask", number=number, name=author.name, reason=short(masked(reason.reason), 200),
        until=when_words(by, tx.now, tx.company.zone, lang),
    )  # fmt: skip
    row = (
        button(lang, "reports.excuse_yes", "excuse.decide", excuse=reason.id, accept=True),
        button(lang, "reports.excuse_no", "excuse.decide", excuse=reason.id, accept=False),
    )
    return Message(text, (row,))


@notice("excuse_decided")
async def excuse_decided(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """What the superior said; a reason that is not good leaves what is noted where it stands."""
    found = await _excuse(tx, data)
    if found is None:
        return None
    reason, author, number = found
    by = await people.by_id(tx, reason.decided_by) if reason.decided_by else None
    name = by.name if by else ""
    if reason.state == "accepted":
        return Message(t(lang, "reports.excuse_told_yes", number=number, name=name))
    mine = await duties.duty(tx, author, reason.kind, store.period_of(reason.kind, reason.period))
    noted = fines.noted(tx, mine)
    owed = t(lang, f"reports.excuse_noted_{noted.mode}", amount=yuan(noted.fen)) if noted else ""
    return Message(t(lang, "reports.excuse_told_no", number=number, name=name, noted=owed))


@notice("excuse_lapsed")
async def excuse_lapsed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """48 小时没人处理,按有理由算。"""
    found = await _excuse(tx, data)
    if found is None:
        return None
    reason, _, number = found
    version = duties.version_for(tx, reason.kind, store.period_of(reason.kind, reason.period))
    return Message(t(lang, "reports.excuse_lapsed", number=number, hours=version.reports.excuse_hours))


# --- leave -----------------------------------------------------------------------------------------------------------------


async def _leave(tx: Tx, data: Data) -> tuple[Leave, Person] | None:
    leave = await leaves.by_id(tx, int(data["leave"]))
    person = await people.by_id(tx, leave.person_id) if leave else None
    return (leave, person) if leave is not None and person is not None else None


def leave_question(leave: Leave, person: Person, lang: str) -> Message:
    """A request and its buttons; approved means paid unless the button says otherwise (28)."""
    reason = short(masked(leave.reason), 200) if leave.reason else t(lang, "leave.no_reason")
    row = (
        button(lang, "leave.yes", "leave.decide", leave=leave.id, approve=True),
        button(lang, "leave.no", "leave.decide", leave=leave.id, approve=False),
    )
    unpaid = (button(lang, "leave.yes_unpaid", "leave.decide", leave=leave.id, approve=True, paid=False),)
    text = t(lang, "leave.decide", name=person.name, days=span_words(leave.span, lang), reason=reason)
    return Message(text, (row, unpaid))


@notice("leave_to_decide")
async def leave_to_decide(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The superior decides."""
    found = await _leave(tx, data)
    return leave_question(*found, lang) if found else None


@notice("leave_decided")
async def leave_decided(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Granted or not."""
    found = await _leave(tx, data)
    if found is None:
        return None
    leave, _ = found
    by = await people.by_id(tx, leave.decided_by) if leave.decided_by else None
    key = "told_no" if leave.state.value != "approved" else "told_yes" if leave.paid else "told_unpaid"
    return Message(t(lang, f"leave.{key}", name=by.name if by else "", days=span_words(leave.span, lang)))


@notice("leave_cancelled")
async def leave_cancelled(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Taken back by the person."""
    found = await _leave(tx, data)
    if found is None:
        return None
    leave, who = found
    span = leave.span
    if "first" in data:  # days that had not begun, of leave that had
        span = Span(date.fromisoformat(data["first"]), date.fromisoformat(data["last"]))
    return Message(t(lang, "leave.cancelled_by", name=who.name, days=span_words(span, lang)))


@notice("leave_switched")
async def leave_switched(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Granted days became paid or unpaid: to whose they are, and to who had granted them."""
    found = await _leave(tx, data)
    if found is None or person is None:
        return None
    leave, who = found
    way = "paid" if data["paid"] else "unpaid"
    key = f"leave.told_now_{way}" if person.id == who.id else f"leave.told_granter_{way}"
    return Message(t(lang, key, by=data["by"], name=who.name, days=span_words(leave.span, lang)))
