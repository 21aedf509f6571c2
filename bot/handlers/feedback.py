"""批复: reading reports and answering them in the thread; what the author says back (docs/manners.md 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.channels.port import Button, Message, Toast
from bot.forms.report import ANSWER, ASK_BACK, PROMISE
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.reports import fresh, just_asked
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import reports as render
from bot.render.call_lines import when_words
from bot.render.report_text import kind_words, short, weekday_clock
from bot.render.texts import t
from core.rules.errors import Refusal
from core.rules.people import HEADS, Person
from core.rules.phones import masked
from core.rules.report_content import asks
from core.rules.reports import ReportState, find_number, split_number
from core.store import drafts, people
from core.store import reports as store
from core.store.reports import Report
from core.usecases import feedback
from core.usecases import reports as filing

PHRASES = 5
SHORTEST = 2  # characters of a sentence that may be an answer
SOON = timedelta(minutes=15)


def _answers(person: Person) -> bool:
    """Who may be asked for answers at all."""
    return person.role in HEADS or person.is_owner


# --- reading -----------------------------------------------------------------------------------------------------------


@routes.word("批复", "/feedback", "feedback", takes=True, menu=False)
async def answer_next(ctx: Ctx) -> Reply:
    """批复: the oldest report that waits. 批复 W-2026-47-005 …: that one."""
    if ctx.rest:
        reply = await by_number(ctx, ctx.rest)
        return reply if reply is not None else await whom(ctx, ctx.rest)
    return await _open_following(ctx, None)


@routes.action("feedback.next")
async def following(ctx: Ctx) -> Reply:
    """[开始读] [下一份]: opening it is reading it, and so was pressing on the one before."""
    shown = int(ctx.args.get("report") or 0)
    if shown:
        await feedback.opened(ctx.tx, ctx.me, shown)
    return await _open_following(ctx, shown or None)


async def _open_following(ctx: Ctx, besides: int | None) -> Reply:
    queue = await feedback.queue(ctx.tx, ctx.me)
    report = queue.following(besides)
    if report is None:
        return Message(ctx.t("feedback.none_waiting" if besides is None else "feedback.all_done"))
    report = await feedback.opened(ctx.tx, ctx.me, report.id)
    return await render.for_reader(ctx.tx, report, ctx.lang)


async def _target(ctx: Ctx) -> tuple[Report, Person]:
    """The report a button speaks of; pressing it is reading it."""
    report = await feedback.opened(ctx.tx, ctx.me, int(ctx.args["report"]))
    if not await filing.may_answer(ctx.tx, ctx.me, report):
        raise Refusal("feedback.not_yours_plain")
    author = await people.by_id(ctx.tx, report.person_id)
    assert author is not None
    return report, author


# --- answering ---------------------------------------------------------------------------------------------------------


@routes.action("feedback.answer")
async def ask_answer(ctx: Ctx) -> Reply:
    """[批复]: the next text is the answer."""
    report, author = await _target(ctx)
    if await just_asked(ctx, ANSWER, str(report.id)):
        return Toast(ctx.t("feedback.ask", name=author.name, number=report.number))
    context = {"name": author.name, "number": report.number}
    return fresh(await open_form(ctx, ANSWER, subject=str(report.id), context=context))


@routes.submit(ANSWER)
async def answered(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """Send it."""
    return await _answer(ctx, int(draft.subject), str(values["text"]), once=draft.submission)


async def _answer(
    ctx: Ctx, report_id: int, text: str, *, once: str, quick: bool = False, at: datetime | None = None
) -> Message:  # fmt: skip
    done = await feedback.answer(
        ctx.tx, ctx.me, report_id, text, at=at or ctx.at, at_source=ctx.at_source, once=once, quick=quick
    )  # fmt: skip
    return await _confirmed(ctx, done)


async def _confirmed(ctx: Ctx, done: feedback.Answered) -> Message:
    """✅ 已送到林晓燕,问题算已答。 And what is left."""
    report, name = done.report, done.author.name
    closed = report.state is ReportState.ANSWERED
    subject = f"thread:{report.id}"
    if not ctx.event.private:  # in a group: nothing of what was asked, nothing of what is left
        return Message(ctx.t("feedback.done_group", name=name), subject=subject)
    if done.had_question and not closed:
        question = short(masked(await feedback.open_question(ctx.tx, report))) or report.number
        lines = [ctx.t("feedback.done_quick_question", name=name, question=question)]
    else:
        lines = [ctx.t("feedback.done_question" if done.had_question else "feedback.done", name=name)]
    rest = [each for each in done.unread if each.id != report.id]
    waiting = [each for each in done.waiting if each.id != report.id]
    if rest:
        at = weekday_clock(rest[0].sent_at, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
        lines.append(ctx.t("feedback.left_unread", count=len(rest), at=at))
    elif waiting:
        lines.append(ctx.t("feedback.left_waiting", count=len(waiting)))
    elif closed:
        lines.append(ctx.t("feedback.left_none"))
    row: list[Button] = []
    if rest or waiting:
        row.append(ctx.button("feedback.next", "feedback.next", report=report.id))
    if done.had_question and closed:
        row.append(ctx.button("feedback.not_done", "feedback.not_done", report=report.id))
    elif done.had_question:
        row.insert(0, ctx.button("feedback.answer", "feedback.answer", once=False, report=report.id))
    return Message("\n".join(lines), (tuple(row),) if row else (), edit=ctx.pressed, subject=subject)


@routes.action("feedback.not_done")
async def not_done(ctx: Ctx) -> Reply:
    """[问题没答完]: it waits again."""
    report = await feedback.not_answered_yet(ctx.tx, ctx.me, int(ctx.args["report"]))
    row = (
        ctx.button("feedback.answer", "feedback.answer", once=False, report=report.id),
        ctx.button("feedback.later", "feedback.later", once=False, report=report.id),
    )
    return Message(ctx.t("feedback.reopened"), (row,), subject=f"thread:{report.id}")


@routes.action("feedback.phrases")
async def phrases(ctx: Ctx) -> Reply:
    """[常用语]: said with one tap; a question still needs its own answer."""
    report, author = await _target(ctx)
    rows = tuple(
        (ctx.button(f"feedback.phrase_{n}", "feedback.phrase", report=report.id, phrase=n),)
        for n in range(1, PHRASES + 1)
    )
    return Message(ctx.t("feedback.phrase_ask", name=author.name), rows, subject=f"thread:{report.id}")


@routes.action("feedback.phrase")
async def phrase(ctx: Ctx) -> Reply:
    """One of them, in the author's language."""
    report, author = await _target(ctx)
    text = t(author.lang, f"feedback.phrase_{int(ctx.args['phrase'])}")
    return await _answer(ctx, report.id, text, once=ctx.once, quick=True)


# --- later ---------------------------------------------------------------------------------------------------------------


@routes.action("feedback.later")
async def later(ctx: Ctx) -> Reply:
    """[稍后答复]: by when?"""
    report, author = await _target(ctx)
    row = [
        Button(label, "feedback.promise", {"report": report.id, "until": at.isoformat()})
        for label, at in _times(ctx)
    ]  # fmt: skip
    row.append(ctx.button("feedback.pick_time", "feedback.pick_time", once=False, report=report.id))
    return Message(ctx.t("feedback.when", name=author.name), (tuple(row),), subject=f"thread:{report.id}")


def _times(ctx: Ctx) -> list[tuple[str, datetime]]:
    """[今天18:00] [明天12:00], and the next working day at noon when tomorrow is none."""
    tx = ctx.tx
    tomorrow = tx.today + timedelta(days=1)
    offered: list[tuple[str, datetime]] = []
    if tx.at(tx.today, time(18)) > tx.now + SOON:
        offered.append((ctx.t("feedback.today_18"), tx.at(tx.today, time(18))))
    offered.append((ctx.t("feedback.tomorrow_12"), tx.at(tomorrow, time(12))))
    workweek = ctx.me.workweek or tx.policy.work.workweek
    workday = tx.company.calendar.guessing().next_workday(tx.today, workweek)
    if workday != tomorrow:
        day = when_words(tx.at(workday, time(12)), tx.now, tx.company.zone, ctx.lang).rpartition(" ")[0]
        offered.append((ctx.t("feedback.next_workday", day=day), tx.at(workday, time(12))))
    return offered


@routes.action("feedback.promise")
async def promise(ctx: Ctx) -> Reply:
    """The time that was tapped."""
    return await _promise(ctx, int(ctx.args["report"]), datetime.fromisoformat(str(ctx.args["until"])))


@routes.action("feedback.pick_time")
async def pick_time(ctx: Ctx) -> Reply:
    """[选时间]: typed."""
    report, _ = await _target(ctx)
    return fresh(await open_form(ctx, PROMISE, subject=str(report.id), context={"number": report.number}))


@routes.submit(PROMISE)
async def promised(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """The time that was typed."""
    return await _promise(ctx, int(draft.subject), datetime.fromisoformat(str(values["when"])))


async def _promise(ctx: Ctx, report_id: int, at: datetime) -> Message:
    report = await feedback.promise(ctx.tx, ctx.me, report_id, at)
    author = await people.by_id(ctx.tx, report.person_id)
    assert author is not None
    words = when_words(at, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
    queue = await feedback.queue(ctx.tx, ctx.me)
    row = (ctx.button("feedback.next", "feedback.next", report=report.id),) if queue.unread else ()
    return ctx.say("feedback.promised", (row,) if row else (), until=words, name=author.name)


# --- in the thread ---------------------------------------------------------------------------------------------------------


@routes.subject("report", "thread")
async def in_thread(ctx: Ctx, report_id: int, text: str) -> Reply:
    """A reply to a report, or to anything in its thread: the superior's answer, or the author's own words."""
    report = await store.by_id(ctx.tx, report_id)
    if report is None:
        raise Refusal("reports.unknown")
    if report.person_id == ctx.me.id:
        return await _said_back(ctx, report, text)
    if not await filing.may_answer(ctx.tx, ctx.me, report):
        author = await people.by_id(ctx.tx, report.person_id)
        raise Refusal("feedback.not_yours", name=author.name if author else "")
    return await _answer(ctx, report.id, text, once=ctx.once)


@routes.subject("quoted")
async def quoted(ctx: Ctx, _: int, text: str) -> Reply:
    """A reply to a message whose sending had an unknown outcome: its number stands in what is quoted (D11)."""
    lines = ctx.event.quoted.splitlines()
    found = find_number(lines[0]) if lines else None
    if found is None:
        numbers = {str(number) for line in lines if (number := find_number(line))}
        found = find_number(numbers.pop()) if len(numbers) == 1 else None
    report = await store.by_number(ctx.tx, found) if found else None
    return None if report is None else await in_thread(ctx, report.id, text)


@routes.subject("named")
async def named(ctx: Ctx, _: int, text: str) -> Reply:
    """In a group, a line to us that holds a report's number: an answer to it. The number alone shows nothing there."""
    found = split_number(text)
    report = await store.by_number(ctx.tx, found[0]) if found else None
    if found is None or report is None or not found[1]:
        return None
    return await in_thread(ctx, report.id, found[1])


async def _said_back(ctx: Ctx, report: Report, text: str, *, question: bool = False) -> Message:
    """The author's own words: a question, an addition, thanks."""
    report = await feedback.say_back(
        ctx.tx, ctx.me, report.id, text, at=ctx.at, at_source=ctx.at_source, once=ctx.once, question=question
    )  # fmt: skip
    superior = await people.by_id(ctx.tx, report.supervisor_id) if report.supervisor_id else None
    subject = f"thread:{report.id}"
    if superior is None:
        return Message(ctx.t("feedback.went_nowhere"), subject=subject)
    key = "feedback.went_up_question" if question or asks(text) else "feedback.went_up"
    return Message(ctx.t(key, name=superior.name), edit=ctx.pressed, subject=subject)


@routes.line(5)
async def by_number(ctx: Ctx, text: str) -> Reply:
    """`W-2026-47-005 抬头找小满`: an answer by number; the number alone opens the report."""
    found = split_number(text)
    if found is None:
        return None
    number, words = found
    report = await store.by_number(ctx.tx, number)
    if report is None:
        raise Refusal("reports.unknown")
    if words:
        return await in_thread(ctx, report.id, words)
    report = await feedback.opened(ctx.tx, ctx.me, report.id)
    if report.person_id == ctx.me.id:
        return await render.receipt(ctx.tx, report, ctx.lang)
    message = await render.for_reader(ctx.tx, report, ctx.lang)
    if not await filing.may_answer(ctx.tx, ctx.me, report):
        row = (ctx.button("feedback.full", "report.full", once=False, report=report.id),)
        return replace(message, rows=(row,))
    return message


@routes.line(900)
async def whom(ctx: Ctx, text: str) -> Reply:
    """A sentence nobody else understood, while reports wait for an answer: for whom is it?

    Not inside an open form: what does not answer its question is asked again there.
    """
    if not _answers(ctx.me) or len(text.strip()) < SHORTEST:
        return None
    if await drafts.active(ctx.tx, ctx.me.id) is not None:
        return None
    offered = await feedback.candidates(ctx.tx, ctx.me)
    if not offered:
        return None
    buttons = [
        Button(
            ctx.t("feedback.which_one", name=author.name, kind=kind_words(report.kind, ctx.lang)),
            "feedback.to",
            {"report": report.id, "text": text[:2000], "at": ctx.at.isoformat(), "once": ctx.once},
        )
        for report, author in offered
    ]
    rows = [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    return Message(ctx.t("feedback.which"), (*rows, (ctx.button("feedback.which_none", "feedback.to_nobody"),)))


@routes.action("feedback.to")
async def to(ctx: Ctx) -> Reply:
    """That one."""
    at = datetime.fromisoformat(str(ctx.args["at"]))
    return await _answer(ctx, int(ctx.args["report"]), str(ctx.args["text"]), once=str(ctx.args["once"]), at=at)


@routes.action("feedback.to_nobody")
async def to_nobody(ctx: Ctx) -> Reply:
    """都不是."""
    return ctx.say("feedback.which_dropped")


# --- the author ------------------------------------------------------------------------------------------------------------


@routes.action("feedback.thanks")
async def thanks(ctx: Ctx) -> Reply:
    """[谢谢]."""
    await feedback.say_back(
        ctx.tx,
        ctx.me,
        int(ctx.args["report"]),
        ctx.t("feedback.thanks"),
        at=ctx.at,
        at_source=ctx.at_source,
        once=f"thanks:{int(ctx.args['entry'])}",
        thanks=True,
    )
    return Toast(ctx.t("feedback.thanked"))


@routes.action("feedback.ask_more")
async def ask_more(ctx: Ctx) -> Reply:
    """[再问一句]."""
    report = await store.by_id(ctx.tx, int(ctx.args["report"]))
    if report is None or report.person_id != ctx.me.id:
        raise Refusal("reports.not_yours")
    if await just_asked(ctx, ASK_BACK, str(report.id)):
        return Toast(ctx.t("feedback.ask_back", number=report.number))
    return fresh(await open_form(ctx, ASK_BACK, subject=str(report.id), context={"number": report.number}))


@routes.submit(ASK_BACK)
async def asked_more(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """What was asked counts as a question, with or without its mark."""
    report = await store.by_id(ctx.tx, int(draft.subject))
    if report is None:
        raise Refusal("reports.unknown")
    return await _said_back(ctx, report, str(values["text"]), question=True)


@routes.action("feedback.not_answered")
async def not_answered(ctx: Ctx) -> Reply:
    """[没答到]: the superior hears it, the question stays open."""
    report = await feedback.not_answered_yet(ctx.tx, ctx.me, int(ctx.args["report"]))
    superior = await people.by_id(ctx.tx, report.supervisor_id) if report.supervisor_id else None
    name = superior.name if superior else ctx.t("people.role_supervisor")
    row = (ctx.button("feedback.ask_more", "feedback.ask_more", once=False, report=report.id),)
    return Message(ctx.t("feedback.open_again", name=name), (row,), subject=f"thread:{report.id}")


# --- handing over, the to-do list --------------------------------------------------------------------------------------------


@routes.action("feedback.hand_over", allowed=_answers)
async def hand_over(ctx: Ctx) -> Reply:
    """[交代给副手]: to whom?"""
    queue = await feedback.queue(ctx.tx, ctx.me)
    if not queue.waiting:
        return Message(ctx.t("feedback.handed_none"))
    deputies = await feedback.deputies(ctx.tx, ctx.me)
    if not deputies:
        raise Refusal("feedback.no_deputy")
    rows = tuple((Button(each.name, "feedback.hand_to", {"to": each.id}),) for each in deputies[:6])
    return Message(ctx.t("feedback.hand_to", count=len(queue.waiting)), rows)


@routes.action("feedback.hand_to", allowed=_answers)
async def hand_to(ctx: Ctx) -> Reply:
    """That one."""
    to_whom, moved = await feedback.hand_over(ctx.tx, ctx.me, int(ctx.args["to"]))
    if not moved:
        return ctx.say("feedback.handed_none")
    return ctx.say("feedback.handed", count=moved, name=to_whom.name)


@todo.provider(20)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """The reports that wait for this person."""
    queue = await feedback.queue(ctx.tx, ctx.me)
    if not queue.waiting:
        return []
    text = ctx.t("reports.todo_answer", count=len(queue.waiting), questions=queue.questions)
    return [Item(text, ctx.button("feedback.start", "feedback.next", once=False, report=0))]
