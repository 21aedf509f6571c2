"""周报 and 月报: writing, sending, changing; my reports; reasons for late ones; the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.port import Button, Message, Rows, Toast
from bot.forms.engine import Form
from bot.forms.report import ADD, BY_KIND, EXCUSE, MONTHLY, WEEKLY, written
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import reports as render
from bot.render.call_lines import day_words, when_words
from bot.render.report_text import Period, kind_words, label, until
from core.rules.errors import Refusal
from core.rules.report_content import form_name
from core.rules.reports import ExcuseState, ReportKind, ReportState
from core.store import drafts, people
from core.store import reports as store
from core.store.reports import Report, period_of
from core.usecases import duties, excuses
from core.usecases import reports as filing

AGAIN = timedelta(seconds=5)  # a second tap within it does not ask a second time
OWED_SOON = timedelta(days=2)  # a report is in the to-do list from then on
LISTED = 6


# --- writing ---------------------------------------------------------------------------------------------------------


@routes.word("周报", "/weekly", "weekly")
async def weekly(ctx: Ctx) -> Reply:
    """The report on the week that is meant; a missing older one is offered."""
    if not duties.reports_at_all(ctx.tx, ctx.me):
        return await _not_mine_to_write(ctx)
    week, missing = await duties.week_meant(ctx.tx, ctx.me)
    opened = _listed(await open_report(ctx, ReportKind.WEEKLY, week))
    older = [each for each in missing if each.saturday < week.saturday]
    if not older:
        return opened
    text = ctx.t(
        "reports.missing_too", label=label(older[0], ctx.lang), kind=kind_words(ReportKind.WEEKLY, ctx.lang)
    )  # fmt: skip
    row = (_write(ctx, "reports.write_missing", ReportKind.WEEKLY, older[0]),)
    return [Message(text, (row,)), *opened]


@routes.word("月报", "/monthly", "monthly")
async def monthly(ctx: Ctx) -> Reply:
    """The report on the month just ended."""
    if not duties.reports_at_all(ctx.tx, ctx.me):
        return await _not_mine_to_write(ctx)
    return await open_report(ctx, ReportKind.MONTHLY, duties.month_meant(ctx.tx))


async def _not_mine_to_write(ctx: Ctx) -> Reply:
    """Heads answer reports: they are shown what waits for them."""
    waiting = await render.feedback_waiting(ctx.tx, {}, ctx.lang, ctx.me)
    return waiting if waiting is not None else Message(ctx.t("reports.not_due_role"))


def _listed(reply: Reply) -> list[Message | Toast]:
    return [reply] if isinstance(reply, Message | Toast) else list(reply or ())


def _write(ctx: Ctx, key: str, kind: ReportKind, period: Period, **more: Any) -> Button:
    return ctx.button(key, "report.write", once=False, kind=kind.value, period=period.key, **more)


async def context_of(ctx: Ctx, kind: ReportKind, period: Period, *, sent: bool = False) -> dict[str, Any]:
    """What the form's questions show."""
    mine = await duties.duty(ctx.tx, ctx.me, kind, period)
    superior = await filing.addressee(ctx.tx, ctx.me)
    start = await filing.draft_content(ctx.tx, ctx.me, kind, period)
    return {
        "kind": kind.value,
        "period": period.key,
        "number": mine.number,
        "supervisor": superior.name if superior else None,
        "due": mine.due.isoformat() if mine.due else None,
        "start": start.as_json(),
        "sent": sent,
    }


async def open_report(ctx: Ctx, kind: ReportKind, period: Period, *, willing: bool = False) -> Reply:
    """The form of a period, its receipt when it was sent, or why none is due (and the chance to write one anyway)."""
    report = await store.filed(ctx.tx, ctx.me.id, kind, period)
    if report is not None:
        return await render.receipt(ctx.tx, report, ctx.lang)
    mine = await duties.duty(ctx.tx, ctx.me, kind, period)
    if mine.exempt is not None and not willing:
        if mine.exempt.value == "role":
            raise Refusal("reports.not_due_role")
        key = mine.exempt.value if mine.exempt.value != "left" else "not_yet"
        text = ctx.t(f"reports.exempt_{key}", **({"label": label(period, ctx.lang)} if key == "leave" else {}))
        return Message(text, ((_write(ctx, "reports.write_now", kind, period, willing=True),),))
    return await open_form(ctx, BY_KIND[kind], subject=period.key, context=await context_of(ctx, kind, period))


def _meant(ctx: Ctx) -> tuple[ReportKind, Period]:
    kind = ReportKind(str(ctx.args["kind"]))
    return kind, period_of(kind, str(ctx.args["period"]))


@routes.action("report.write")
async def write(ctx: Ctx) -> Reply:
    """[现在写] [接着写] [补交] on a reminder."""
    return await open_report(ctx, *_meant(ctx), willing=bool(ctx.args.get("willing")))


async def _refresh(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> dict[str, Any]:  # noqa: ARG001
    """At the review the figures are those of this moment."""
    kind = ReportKind(str(draft.context["kind"]))
    start = await filing.draft_content(ctx.tx, ctx.me, kind, period_of(kind, draft.subject))
    return {"start": start.as_json()}


async def _submit(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    kind = ReportKind(str(draft.context["kind"]))
    filed = await filing.file(
        ctx.tx,
        ctx.me,
        kind,
        period_of(kind, draft.subject),
        written(values, draft.answers),
        at=ctx.at,
        at_source=ctx.at_source,
        once=draft.submission,
    )
    return await _filed(ctx, filed)


async def _filed(ctx: Ctx, filed: filing.Filed) -> Message:
    """The receipt; a change says first what became of it."""
    message = replace(await render.receipt(ctx.tx, filed.report, ctx.lang), edit=ctx.pressed)
    if filed.outcome is filing.Outcome.NEW:
        return message
    superior = await people.by_id(ctx.tx, filed.report.supervisor_id) if filed.report.supervisor_id else None
    number = filed.report.number
    if filed.outcome is filing.Outcome.SAME:
        first = ctx.t("reports.same", number=number)
    elif filed.outcome is filing.Outcome.ADDED:
        name = superior.name if superior else ctx.t("people.role_supervisor")
        first = ctx.t("reports.added", number=number, name=name)
    elif superior is not None:
        first = ctx.t("reports.changed", number=number, name=superior.name)
    else:
        first = ctx.t("reports.changed_alone", number=number)
    return replace(message, text=f"{first}\n{message.text.partition(chr(10))[2]}")


async def _shown_again(ctx: Ctx, subject: str) -> Reply:
    """An older [发送] of a report that was sent: the same receipt."""
    kind = ReportKind.WEEKLY if "W" in subject else ReportKind.MONTHLY
    report = await store.filed(ctx.tx, ctx.me.id, kind, period_of(kind, subject))
    if report is None:
        raise Refusal("form.closed")
    return replace(await render.receipt(ctx.tx, report, ctx.lang), edit=ctx.pressed)


for _form in (WEEKLY, MONTHLY):
    routes.submit(_form)(_submit)
    routes.review(_form)(_refresh)
    routes.receipt(_form)(_shown_again)


@routes.action("report.figures")
async def figures(ctx: Ctx) -> Reply:
    """先交数字: what the draft holds so far, and the figures."""
    kind, period = _meant(ctx)
    report = await store.filed(ctx.tx, ctx.me.id, kind, period)
    if report is not None:
        return replace(await render.receipt(ctx.tx, report, ctx.lang), edit=ctx.pressed)
    form = BY_KIND[kind]
    draft = await drafts.find(ctx.tx, ctx.me.id, form.name, period.key)
    values: dict[str, Any] = {}
    if draft is not None:
        from bot.handlers.form_flow import scope_of

        values = form.read(draft.answers, scope_of(ctx, draft))
        await drafts.close(ctx.tx, draft.id)
    filed = await filing.file(
        ctx.tx,
        ctx.me,
        kind,
        period,
        written(values, draft.answers if draft else {}),
        at=ctx.at,
        at_source=ctx.at_source,
        once=draft.submission if draft else f"figures:{ctx.once}",
    )
    return await _filed(ctx, filed)


@routes.action("report.edit")
async def edit(ctx: Ctx) -> Reply:
    """改一改: the form with everything in it. Once it was read the changes are an addendum."""
    report = await _mine(ctx)
    if report.state is not ReportState.SENT:
        return await _open_addendum(ctx, report)
    form = BY_KIND[report.kind]
    if await _just_asked(ctx, form, report.period):
        return Toast(ctx.t("reports.edit"))
    reply = await open_form(
        ctx,
        form,
        subject=report.period,
        answers=dict(report.content.raw),
        context=await context_of(ctx, report.kind, report.of, sent=True),
    )
    return fresh(reply)


@routes.action("report.add")
async def add(ctx: Ctx) -> Reply:
    """补充一句."""
    return await _open_addendum(ctx, await _mine(ctx))


async def _open_addendum(ctx: Ctx, report: Report) -> Reply:
    if await _just_asked(ctx, ADD, str(report.id)):
        return Toast(ctx.t("reports.add"))
    return fresh(await open_form(ctx, ADD, subject=str(report.id), context={"number": report.number}))


@routes.submit(ADD)
async def added(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """The words go into the thread."""
    report = await store.by_id(ctx.tx, int(draft.subject))
    if report is None or report.person_id != ctx.me.id:
        raise Refusal("reports.not_yours")
    await filing.add_words(
        ctx.tx, ctx.me, report, str(values["text"]), at=ctx.at, at_source=ctx.at_source, once=draft.submission
    )  # fmt: skip
    superior = await people.by_id(ctx.tx, report.supervisor_id) if report.supervisor_id else None
    if superior is None:
        return ctx.say("feedback.went_nowhere")
    return ctx.say("feedback.went_up", name=superior.name)


async def _mine(ctx: Ctx) -> Report:
    report = await store.by_id(ctx.tx, int(ctx.args["report"]))
    if report is None or report.person_id != ctx.me.id:
        raise Refusal("reports.not_yours")
    return report


def fresh(reply: Reply) -> Reply:
    """The same as new messages: the pressed one (a report, a receipt) stays as it is."""
    if isinstance(reply, Message):
        return replace(reply, edit=False)
    if isinstance(reply, Toast) or reply is None:
        return reply
    return [replace(each, edit=False) if isinstance(each, Message) else each for each in reply]


async def _just_asked(ctx: Ctx, form: Form, subject: str) -> bool:
    """Was the same question asked a moment ago? A nervous finger gets one question, not five."""
    draft = await drafts.active(ctx.tx, ctx.me.id)
    return (
        draft is not None
        and draft.form == form.name
        and draft.subject == subject
        and not draft.answers.keys() - {"sentence", "plan", "done", "numbers"}
        and ctx.tx.now - draft.updated_at < AGAIN
    )


just_asked = _just_asked


# --- reminders -------------------------------------------------------------------------------------------------------


@routes.action("report.later")
async def later(ctx: Ctx) -> Reply:
    """明天再说: the next reminder comes before the deadline."""
    return await _postponed(ctx, "reports.later_said")


@routes.action("report.mute")
async def mute(ctx: Ctx) -> Reply:
    """别再提醒."""
    kind, period = _meant(ctx)
    await duties.mute(ctx.tx, ctx.me, kind, period)
    return await _postponed(ctx, "reports.muted")


async def _postponed(ctx: Ctx, key: str) -> Message:
    kind, period = _meant(ctx)
    mine = await duties.duty(ctx.tx, ctx.me, kind, period)
    if mine.report is not None or mine.due is None:
        return ctx.say("reports.already_sent", number=mine.number)
    due = until(mine.due, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
    return ctx.say(key, ((_write(ctx, "reports.write_now", kind, period),),), due=due)


@routes.action("report.rules")
async def rules(ctx: Ctx) -> Reply:
    """看规定: the article in two lines, as the policy in force has it."""
    kind = ReportKind(str(ctx.args.get("kind", "weekly")))
    version = ctx.tx.policy
    hours = version.reports.excuse_hours
    if kind is ReportKind.MONTHLY:
        at = f"{version.reports.monthly.time:%H:%M}"
        text = ctx.t("reports.rules_monthly", article=version.articles.monthly, time=at, hours=hours)
    else:
        number = version.reports.weekly.weekday.number
        words = "一二三四五六日"[number] if ctx.lang == "zh" else version.reports.weekly.weekday.value.capitalize()
        at = f"{version.reports.weekly.time:%H:%M}"
        text = ctx.t("reports.rules_weekly", article=version.articles.weekly, weekday=words, time=at, hours=hours)
    return Message(text)


@routes.action("report.digest_read")
async def digest_read(ctx: Ctx) -> Reply:
    """The manager has seen how the teams stand (docs/rules.md 50a)."""
    kind, period = _meant(ctx)
    await ctx.tx.note(ctx.me.id, "digest.read", f"{kind.value}:{period.key}")
    return Toast(ctx.t("reports.digest_done"))


# --- looking ---------------------------------------------------------------------------------------------------------


@routes.word("我的周报", "我的月报", "我的报告", "/reports", "my reports")
async def mine(ctx: Ctx) -> Reply:
    """My reports and how far each has come."""
    known = await store.of_person(ctx.tx, ctx.me.id, LISTED)
    lines: list[str] = []
    buttons: list[Button] = []
    for duty in await _owed(ctx):
        assert duty.due is not None
        due = when_words(duty.due, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
        lines.append(ctx.t("reports.mine_owed", number=duty.number, label=label(duty.period, ctx.lang), due=due))
        buttons.append(_write(ctx, "reports.write_now", duty.kind, duty.period))
    for report in known:
        state = ctx.t(f"reports.mark_{report.state.value}")
        if not report.on_time:
            state = f"{ctx.t('reports.mark_late')} · {state}"
        lines.append(
            ctx.t("reports.mine_line", number=report.number, label=label(report.of, ctx.lang), state=state)
        )  # fmt: skip
        buttons.append(Button(report.number, "report.full", {"report": report.id}, once=False))
    if not lines:
        return ctx.say("reports.mine_none")
    return Message("\n".join([ctx.t("reports.mine"), *lines]), tuple((each,) for each in buttons[:LISTED]))


async def _owed(ctx: Ctx) -> list[duties.Duty]:
    """What this person owes now: missing ones, and the running one once its deadline is near."""
    if not duties.reports_at_all(ctx.tx, ctx.me):
        return []
    week, missing = await duties.week_meant(ctx.tx, ctx.me)
    del week
    owed = [await duties.duty(ctx.tx, ctx.me, ReportKind.WEEKLY, each) for each in missing]
    owed.append(await duties.duty(ctx.tx, ctx.me, ReportKind.MONTHLY, duties.month_meant(ctx.tx)))
    return [each for each in owed if each.owes and each.due is not None and each.due - ctx.tx.now < OWED_SOON]


@routes.action("report.full")
async def full(ctx: Ctx) -> Reply:
    """看全文: everything, with the thread. For the superior, opening it is reading it."""
    from core.usecases import feedback

    report = await feedback.opened(ctx.tx, ctx.me, int(ctx.args["report"]))
    pages = await render.whole(ctx.tx, report, ctx.me, ctx.lang)
    subject = f"report:{report.id}"
    rows: Rows = ()
    if ctx.me.id == report.person_id:
        key, act = (
            ("reports.edit", "report.edit") if report.state is ReportState.SENT else ("reports.add", "report.add")
        )
        rows = ((ctx.button(key, act, once=False, report=report.id),),)
    elif await filing.may_answer(ctx.tx, ctx.me, report):
        rows = render.reader_rows(report, ctx.lang, full=False)
    last = len(pages) - 1
    return [
        Message(
            page, rows if n == last else (), edit=ctx.pressed and n == 0 and _replaceable(ctx, report), subject=subject
        )
        for n, page in enumerate(pages)
    ]


def _replaceable(ctx: Ctx, report: Report) -> bool:
    """The superior's view unfolds in place; the author's receipt stays what it is."""
    return ctx.me.id != report.person_id


# --- reasons -----------------------------------------------------------------------------------------------------------


@routes.action("excuse.open")
async def open_excuse(ctx: Ctx) -> Reply:
    """[说明原因] [我有原因]."""
    kind, period = _meant(ctx)
    mine = await duties.duty(ctx.tx, ctx.me, kind, period)
    given = await store.excuse_for(ctx.tx, ctx.me.id, kind, period.key)
    if given is not None:
        state = filing.excuse_stands(ctx.tx, given)
        return Message(_given_already(ctx, given.reason, state))
    excuses.check(ctx.tx, mine, ctx.at)
    if await _just_asked(ctx, EXCUSE, f"{kind.value}:{period.key}"):
        return Toast(ctx.t("reports.excuse_title"))
    context = {"number": mine.number, "kind": kind.value, "period": period.key}
    return fresh(await open_form(ctx, EXCUSE, subject=f"{kind.value}:{period.key}", context=context))


def _given_already(ctx: Ctx, reason: str, state: ExcuseState) -> str:
    return ctx.t("reports.excuse_already", reason=reason, state=ctx.t(f"reports.excuse_state_{state.value}"))


@routes.submit(EXCUSE)
async def excuse_given(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """The reason goes to the direct superior."""
    kind = ReportKind(str(draft.context["kind"]))
    period = period_of(kind, str(draft.context["period"]))
    given = await store.excuse_for(ctx.tx, ctx.me.id, kind, period.key)
    if given is not None:
        return Message(_given_already(ctx, given.reason, filing.excuse_stands(ctx.tx, given)), edit=ctx.pressed)
    try:
        given = await excuses.give(ctx.tx, ctx.me, kind, period, str(values["reason"]), at=ctx.at)
    except Refusal as refusal:  # nothing was written; the form is over, or every next line would be a reason
        return Message(ctx.t(refusal.key, **refusal.params), edit=ctx.pressed)
    superior = await filing.addressee(ctx.tx, ctx.me)
    if superior is None:
        return ctx.say("reports.excuse_given_alone", reason=given.reason)
    hours = duties.version_for(ctx.tx, kind, period).reports.excuse_hours
    return ctx.say("reports.excuse_given", name=superior.name, reason=given.reason, hours=hours)


@routes.action("excuse.decide")
async def decide_excuse(ctx: Ctx) -> Reply:
    """[同意] [不同意]."""
    accept = bool(ctx.args["accept"])
    reason = await excuses.decide(ctx.tx, ctx.me, int(ctx.args["excuse"]), accept=accept)
    author = await people.by_id(ctx.tx, reason.person_id)
    assert author is not None
    return ctx.say("reports.excuse_done_yes" if accept else "reports.excuse_done_no", name=author.name)


@routes.action("excuse.show")
async def show_excuse(ctx: Ctx) -> Reply:
    """A reason that waits, from the to-do list."""
    reason = await store.excuse(ctx.tx, int(ctx.args["excuse"]))
    author = await people.by_id(ctx.tx, reason.person_id) if reason else None
    if reason is None or author is None or filing.excuse_stands(ctx.tx, reason) is not ExcuseState.OPEN:
        raise Refusal("reports.excuse_decided")
    mine = await duties.duty(ctx.tx, author, reason.kind, period_of(reason.kind, reason.period))
    return render.excuse_question(ctx.tx, reason, author, mine.number, ctx.lang)


# --- the to-do list ------------------------------------------------------------------------------------------------------


@todo.provider(30)
async def owed(ctx: Ctx) -> Sequence[Item]:
    """The reports this person owes."""
    items: list[Item] = []
    for duty in await _owed(ctx):
        assert duty.due is not None
        words = {"kind": kind_words(duty.kind, ctx.lang), "label": label(duty.period, ctx.lang)}
        if duty.over(ctx.tx.now):
            text = ctx.t("reports.todo_late", **words)
        else:
            due = until(duty.due, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
            text = ctx.t("reports.todo_owed", due=due, **words)
        draft = await drafts.find(ctx.tx, ctx.me.id, form_name(duty.kind), duty.period.key)
        items.append(
            Item(text, _write(ctx, "reports.carry_on" if draft else "reports.write_now", duty.kind, duty.period))
        )
    return items


@todo.provider(45)
async def reasons(ctx: Ctx) -> Sequence[Item]:
    """Reasons that wait for this person's word."""
    if ctx.me.is_agent:
        return []
    items: list[Item] = []
    for reason in await store.open_excuses(ctx.tx):
        author = await people.by_id(ctx.tx, reason.person_id)
        if author is None or filing.excuse_stands(ctx.tx, reason) is not ExcuseState.OPEN:
            continue
        superior = await filing.addressee(ctx.tx, author)
        if superior is not None and superior.id == ctx.me.id:
            at = day_words(reason.at.astimezone(ctx.tx.company.zone).date(), ctx.lang)
            button = Button(f"{author.name} {at}", "excuse.show", {"excuse": reason.id}, once=False)
            items.append(Item(ctx.t("reports.todo_excuse", name=author.name), button))
    return items
