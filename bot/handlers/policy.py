"""制度: what holds for everybody; a proposal by file or by one figure; its preview; two people; who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.channels.port import Button, Document, File, Message, Toast
from bot.forms.engine import Form
from bot.forms.policy import DECLINE, FIGURE, PUT_OFF, WITHDRAW
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import policy as words
from bot.render import policy_sheet
from bot.render.pictures import policy as draw
from core.rules import policy_change as rules
from core.rules.errors import Refusal
from core.rules.policy import PolicyErrors, Version, complete
from core.rules.policy_change import Candidate, Outlook, State
from core.store import months, people, policies
from core.store.policies import Issued, Proposal
from core.usecases import policy_changes, policy_outlook

PAGE = 5
FIGURES = 6  # buttons of figures on one screen


# --- what holds, for everybody ----------------------------------------------------------------------------------------


@routes.word("制度", "/policy", takes=True)
async def policy(ctx: Ctx) -> Reply:
    """制度: what holds and what is coming; 制度 提成: that chapter; 制度 提案: change something."""
    if ctx.rest in {"提案", "propose"}:
        return await _ways(ctx)
    if ctx.rest:
        found = words.pages(ctx.tx.company.policy, ctx.tx.policy, ctx.lang)
        number = words.page_of(found, ctx.rest)
        if number is None:
            raise Refusal("policy.no_chapter", seen=ctx.rest[:20])
        return _page(ctx, ctx.tx.policy, number)
    return await _card(ctx)


@routes.action("policy.card")
async def card(ctx: Ctx) -> Reply:
    """The card."""
    return await _card(ctx)


async def _card(ctx: Ctx) -> Message:
    now, every = ctx.tx.policy, ctx.tx.company.policy.versions
    lines = [ctx.t("policy.card", version=_called(ctx, now))]
    coming = [one for one in every if one.effective_from > ctx.tx.today]
    for one in coming[:2]:
        before = words.before(ctx.tx.company.policy, one)
        count = len(words.changes(before, one, ctx.tx.company.policy, ctx.lang)) if before else 0
        lines.append(ctx.t("policy.coming", version=_called(ctx, one), count=count))
    owed = await _owed(ctx)
    if owed:
        lines.append(ctx.t("policy.you_owe", count=len(owed)))
    first = [ctx.button("policy.read_through", "policy.page", page=0, once=False)]
    if owed:
        first.append(ctx.button("policy.read_changes", "policy.version", version=owed[0].id, once=False))
    first.append(ctx.button("policy.history", "policy.versions", once=False))
    rows = [tuple(first)]
    if rules.may_propose(ctx.me):
        lines.append(ctx.t("policy.open_proposals", count=len(await policies.open_ones(ctx.tx))))
        rows.append(
            (
                ctx.button("policy.propose", "policy.ways", once=False),
                ctx.button("policy.proposals", "policy.proposals", once=False),
            )
        )
    return Message("\n".join(lines), tuple(rows), edit=ctx.pressed)


def _called(ctx: Ctx, version: Version | Issued) -> str:
    return words.called(version.name, version.effective_from, ctx.lang)


async def _owed(ctx: Ctx) -> list[Issued]:
    """What was issued since this person is here and waits for their receipt, the oldest first."""
    found = []
    for one in reversed(await policies.issued(ctx.tx)):
        day = one.confirmed_at.astimezone(ctx.tx.company.zone).date()
        if ctx.me.hired_on <= day and ctx.me.id not in await policies.readers(ctx.tx, one.id):
            found.append(one)
    return found


@routes.action("policy.page")
async def page(ctx: Ctx) -> Reply:
    """A page of the policy in force."""
    return _page(ctx, ctx.tx.policy, int(ctx.args.get("page", 0)))


def _page(ctx: Ctx, version: Version, number: int) -> Message:
    found = words.pages(ctx.tx.company.policy, version, ctx.lang)
    number = min(max(number, 0), len(found) - 1)
    head, lines = found[number]
    turns = ctx.turns(("people.page_back", "people.page_next"), "policy.page", number, more=number + 1 < len(found))
    text = "\n".join([ctx.t("policy.page_head", head=head, page=number + 1, pages=len(found)), *lines])
    return Message(text, ((*turns, ctx.button("policy.back", "policy.card", once=False)),), edit=ctx.pressed)


@routes.action("policy.versions")
async def versions(ctx: Ctx) -> Reply:
    """Every version there ever was, the newest first."""
    every = ctx.tx.company.policy.versions[::-1]
    confirmed = {one.effective_from: one for one in await policies.issued(ctx.tx)}
    number = min(max(int(ctx.args.get("page", 0)), 0), (len(every) - 1) // PAGE)
    shown = every[number * PAGE : (number + 1) * PAGE]
    issued = [one for one in (confirmed.get(version.effective_from) for version in shown) if one]
    known = await people.by_ids(ctx.tx, [who for one in issued for who in (one.proposed_by, one.confirmed_by)])
    lines = [ctx.t("policy.versions")]
    buttons = []
    for version in shown:
        day, one = version.effective_from.isoformat(), confirmed.get(version.effective_from)
        if one is None:
            lines.append(ctx.t("policy.version_filed", version=_called(ctx, version)))
        else:
            who = {"proposer": known[one.proposed_by].name, "director": known[one.confirmed_by].name}
            lines.append(ctx.t("policy.version_confirmed", version=_called(ctx, version), **who))
        if words.before(ctx.tx.company.policy, version):
            buttons.append(Button(version.name[:30], "policy.changes", {"from": day}, once=False))
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "policy.versions", number, more=len(every) > (number + 1) * PAGE
    )
    rows = [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    return Message(
        "\n".join(lines), (*rows, (*turns, ctx.button("policy.back", "policy.card", once=False))), edit=ctx.pressed
    )


@routes.action("policy.changes", "policy.version")
async def version_changes(ctx: Ctx) -> Reply:
    """What a version changes, one after the other; with 已阅 for whoever has not said so."""
    every = ctx.tx.company.policy.versions
    issued = await policies.issued_by_id(ctx.tx, int(ctx.args["version"])) if "version" in ctx.args else None
    day = issued.effective_from.isoformat() if issued else str(ctx.args.get("from"))
    version = next((one for one in every if one.effective_from.isoformat() == day), None)
    if issued is not None:
        version = words.version_issued(issued)
    before = words.before(ctx.tx.company.policy, version) if version else None
    if version is None or before is None:
        raise Refusal("policy.no_version_there")
    found = words.changes(before, version, ctx.tx.company.policy, ctx.lang)
    row: list[Button] = []
    if issued is not None and any(one.id == issued.id for one in await _owed(ctx)):
        row.append(ctx.button("policy.read", "policy.read", version=issued.id))
    head = ctx.t("policy.changes_head", version=_called(ctx, version), count=len(found))
    which = {"version": issued.id} if issued else {"from": day}
    return _changes(ctx, head, found, row, "policy.version", **which)


def _changes(
    ctx: Ctx, head: str, found: Sequence[rules.Changed], row: list[Button], action: str, **which: object
) -> Message:
    size = 2
    number = min(max(int(ctx.args.get("page", 0)), 0), max(0, (len(found) - 1) // size))
    lines = [head]
    for one in found[number * size : (number + 1) * size]:
        lines += words.change_lines(one, ctx.lang)
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), action, number, more=len(found) > (number + 1) * size, **which
    )
    back = ctx.button("policy.back", "policy.card", once=False)
    if "proposal" in which:
        back = ctx.button("policy.back_proposal", "policy.show", once=False, **which)
    return Message("\n".join(lines), ((*row, *turns, back),), edit=ctx.pressed)


@routes.action("policy.read")
async def read(ctx: Ctx) -> Reply:
    """[已阅]"""
    issued = await policy_changes.receipt(
        ctx.tx, ctx.me, int(ctx.args["version"]), at=ctx.at, at_source=ctx.at_source
    )  # fmt: skip
    row = (ctx.button("policy.all_changes", "policy.version", version=issued.id, once=False),)
    return ctx.say("policy.you_read", (row,), version=_called(ctx, issued))


# --- proposing --------------------------------------------------------------------------------------------------------


@routes.action("policy.ways", allowed=rules.may_propose)
async def ways(ctx: Ctx) -> Reply:
    """[提改动]: one figure by list, or a file."""
    return await _ways(ctx)


async def _ways(ctx: Ctx) -> Message:
    policy_changes.check_may(ctx.me)
    groups = dict.fromkeys(one.group for one in rules.figures(ctx.tx.company.policy.versions[-1]))
    buttons = [ctx.button(f"policy.group_{name}", "policy.figures", group=name, once=False) for name in groups]
    rows = [tuple(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    return ctx.say("policy.ways", (*rows, (ctx.button("policy.back", "policy.card", once=False),)))


@routes.action("policy.figures", allowed=rules.may_propose)
async def which_figure(ctx: Ctx) -> Reply:
    """Which figure of a chapter?"""
    group, number = str(ctx.args["group"]), int(ctx.args.get("page", 0))
    offered = [one for one in rules.figures(ctx.tx.company.policy.versions[-1]) if one.group == group]
    glossary = dict(ctx.tx.company.policy.glossary)
    rows = [
        (
            Button(
                f"{words.figure_name(one, glossary, ctx.lang)} {words.figure_value(one.value, ctx.lang)}",
                "policy.figure", {"figure": one.key}, once=False,
            ),
        )
        for one in offered[number * FIGURES : (number + 1) * FIGURES]
    ]  # fmt: skip
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "policy.figures", number,
        more=len(offered) > (number + 1) * FIGURES, group=group,
    )  # fmt: skip
    back = ctx.button("policy.back", "policy.ways", once=False)
    return ctx.say("policy.which_figure", (*rows, (*turns, back)), group=ctx.t(f"policy.group_{group}"))


@routes.action("policy.figure", allowed=rules.may_propose)
async def figure(ctx: Ctx) -> Reply:
    """That one: how much, from when?"""
    newest = ctx.tx.company.policy.versions[-1]
    one = rules.figure(newest, str(ctx.args["figure"]))
    days = rules.first_days(ctx.tx.today, newest, await months.last_locked(ctx.tx))
    context = {
        "figure": one.key, "unit": one.unit.value, "max": ctx.tx.policy.deals.max_fen,
        "about": words.figure_name(one, dict(ctx.tx.company.policy.glossary), ctx.lang),
        "now": words.figure_value(one.value, ctx.lang), "days": [day.isoformat() for day in days],
    }  # fmt: skip
    return await open_form(ctx, FIGURE, subject=one.key, context=context)


@routes.submit(FIGURE)
async def figure_changed(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """The proposal with its preview, or what is wrong with the new figure."""
    policy_changes.check_may(ctx.me)
    try:
        made = await policy_changes.change_figure(
            ctx.tx, draft.context["figure"], str(values["value"]), values["day"]
        )  # fmt: skip
    except PolicyErrors as error:
        return Message(words.problems(error.problems, ctx.lang), edit=ctx.pressed)
    return await _proposed(ctx, made, "figure", draft.submission)


@routes.document(".toml")
async def from_file(ctx: Ctx, document: Document) -> Reply:
    """A policy file that somebody sent: what is wrong with it, all at once, or the proposal with its preview."""
    policy_changes.check_may(ctx.me)
    name = document.name[:40]
    if document.size > rules.MOST_BYTES:
        raise Refusal("policy.too_big", most=rules.MOST_BYTES // 1024)
    if document.content is None:
        raise Refusal("policy.not_fetched", name=name)
    try:
        made = await policy_changes.read_file(ctx.tx, document.content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refusal("policy.not_text", name=name) from None
    except PolicyErrors as error:
        return Message(words.problems(error.problems, ctx.lang))
    return await _proposed(ctx, made, "file", f"file:{ctx.once}")


async def _proposed(ctx: Ctx, made: Candidate, source: str, once: str) -> Message:
    proposal = await policy_changes.propose(
        ctx.tx, ctx.me, made, source=source, at=ctx.at, at_source=ctx.at_source, once=once
    )
    return await _show(ctx, proposal)


# --- a proposal -------------------------------------------------------------------------------------------------------


async def _seen(ctx: Ctx) -> Proposal:
    return await policy_changes.seen_by(ctx.tx, ctx.me, int(ctx.args["proposal"]))


def _versions_of(ctx: Ctx, proposal: Proposal) -> tuple[Version, Version]:
    """The proposed version, and the one it follows."""
    version = complete(rules.read(proposal.text))
    base = words.before(ctx.tx.company.policy, version)
    if base is None:
        raise Refusal("policy.no_longer_fits")
    return version, base


async def _look(ctx: Ctx, version: Version) -> Outlook:
    return await policy_outlook.look_back(ctx.tx, version)


@routes.action("policy.show")
async def show(ctx: Ctx) -> Reply:
    """A proposal and what can be done with it."""
    return await _show(ctx, await _seen(ctx))


async def _show(ctx: Ctx, proposal: Proposal) -> Message:
    version, base = _versions_of(ctx, proposal)
    look = await _look(ctx, version) if proposal.state.is_open else None
    text = await words.proposal_text(ctx.tx, proposal, version, base, look, ctx.lang)
    which: dict[str, Any] = {"proposal": proposal.id}
    second = [
        ctx.button("policy.effects", "policy.effects", once=False, **which),
        ctx.button("policy.all_changes", "policy.proposed_changes", once=False, **which),
    ]
    found = rules.cautions(ctx.tx.company.policy, version, ctx.tx.today) if proposal.state.is_open else []
    if found:
        label = ctx.t("policy.look_out", count=len(found))
        second.append(Button(label, "policy.cautions", which, once=False))
    rows = (await _acts(ctx, proposal), tuple(second))
    return Message(
        text, tuple(row for row in rows if row), edit=ctx.pressed, subject=words.subject(proposal.id), protect=True
    )


async def _acts(ctx: Ctx, proposal: Proposal) -> tuple[Button, ...]:
    """What this person may do with it now."""
    which: dict[str, Any] = {"proposal": proposal.id}
    if await policy_changes.is_orphan(ctx.tx, proposal):
        return (ctx.button("policy.take_over", "policy.take_over", **which),) if rules.may_propose(ctx.me) else ()
    mine = proposal.proposer_id in {None, ctx.me.id} and rules.may_propose(ctx.me)
    found: list[Button] = []
    if proposal.state is State.DRAFT and mine:
        found.append(ctx.button("policy.submit", "policy.submit", **which))
    if await policy_changes.may_confirm(ctx.tx, ctx.me, proposal):
        found += [
            ctx.button("policy.confirm", "policy.confirm", **which),
            ctx.button("policy.put_off", "policy.put_off", once=False, **which),
            ctx.button("policy.decline", "policy.decline", once=False, **which),
        ]
    if proposal.state.is_open and mine:
        found.append(ctx.button("policy.withdraw", "policy.withdraw", once=False, **which))
    return tuple(found)


@routes.action("policy.proposals", allowed=rules.may_propose)
async def proposals(ctx: Ctx) -> Reply:
    """The newest proposals and what became of them."""
    found = await policies.latest(ctx.tx, PAGE)
    back = ctx.button("policy.back", "policy.card", once=False)
    if not found:
        return ctx.say("policy.no_proposals", ((ctx.button("policy.propose", "policy.ways", once=False), back),))
    known = await people.by_ids(ctx.tx, [one.proposer_id for one in found if one.proposer_id is not None])
    lines, buttons = [ctx.t("policy.proposals_head")], []
    for number, one in enumerate(found, 1):
        by = known[one.proposer_id].name if one.proposer_id in known else ctx.t("policy.command_line")
        day, state = one.effective_from.isoformat(), ctx.t(f"policy.is_{one.state.value}")
        lines.append(ctx.t("policy.proposal_line", number=number, day=day, name=by, state=state))
        buttons.append(Button(f"{number} {day}", "policy.show", {"proposal": one.id}, once=False))
    rows = [tuple(buttons[n : n + 3]) for n in range(0, len(buttons), 3)]
    return Message("\n".join(lines), (*rows, (back,)), edit=ctx.pressed)


@routes.action("policy.proposed_changes")
async def proposed_changes(ctx: Ctx) -> Reply:
    """[全部改动] of a proposal."""
    proposal = await _seen(ctx)
    version, base = _versions_of(ctx, proposal)
    found = words.changes(base, version, ctx.tx.company.policy, ctx.lang)
    head = ctx.t("policy.changes_head", version=_called(ctx, version), count=len(found))
    return _changes(ctx, head, found, [], "policy.proposed_changes", proposal=proposal.id)


@routes.action("policy.cautions")
async def cautions(ctx: Ctx) -> Reply:
    """[请留意]: what the check warns of, newly with this proposal."""
    proposal = await _seen(ctx)
    version, _ = _versions_of(ctx, proposal)
    found = rules.cautions(ctx.tx.company.policy, version, ctx.tx.today)
    back = ctx.button("policy.back_proposal", "policy.show", once=False, proposal=proposal.id)
    return Message(words.cautions(found, ctx.lang), ((back,),), edit=ctx.pressed)


@routes.action("policy.effects")
async def effects(ctx: Ctx) -> Reply:
    """[谁多谁少]: a page at a time."""
    proposal = await _seen(ctx)
    look = await _look(ctx, _versions_of(ctx, proposal)[0])
    number = min(max(int(ctx.args.get("page", 0)), 0), max(0, (len(look.effects) - 1) // words.PAGE))
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "policy.effects", number,
        more=len(look.effects) > (number + 1) * words.PAGE, proposal=proposal.id,
    )  # fmt: skip
    files = (
        ctx.button("policy.sheet", "policy.sheet", once=False, proposal=proposal.id),
        ctx.button("policy.picture", "policy.picture", once=False, proposal=proposal.id),
    )
    back = ctx.button("policy.back_proposal", "policy.show", once=False, proposal=proposal.id)
    text = words.effects_text(look, number, ctx.lang)
    return Message(text, ((*turns, *files), (back,)), edit=ctx.pressed, protect=True)


@routes.action("policy.sheet")
async def sheet(ctx: Ctx) -> Reply:
    """[表格]: everybody, month by month."""
    proposal = await _seen(ctx)
    version, base = _versions_of(ctx, proposal)
    found = words.changes(base, version, ctx.tx.company.policy, ctx.lang)
    content = policy_sheet.sheet(await _look(ctx, version), found, version, ctx.tx.local, ctx.lang)
    await ctx.tx.note(ctx.me.id, "policy.sheet", f"policy:{proposal.id}")
    file = File(f"policy-{version.effective_from}.xlsx", content)
    return Message(ctx.t("policy.sheet_caption", day=version.effective_from.isoformat()), file=file, protect=True)


@routes.action("policy.picture")
async def picture(ctx: Ctx) -> Reply:
    """[图]: who gains and who loses as bars."""
    proposal = await _seen(ctx)
    version, _ = _versions_of(ctx, proposal)
    look = await _look(ctx, version)
    drawing = draw.gains(look, version, ctx.lang)
    caption = ctx.t("policy.picture_caption", day=version.effective_from.isoformat())
    file = File(
        "policy.png", picture=True, drawing=drawing, hidden=True, otherwise=words.effects_text(look, 0, ctx.lang)
    )
    return Message(caption, file=file, protect=True)


# --- two people -------------------------------------------------------------------------------------------------------


@routes.action("policy.submit")
async def submit(ctx: Ctx) -> Reply:
    """[提交]: the second person is asked."""
    return await _show(ctx, await policy_changes.submit(ctx.tx, ctx.me, int(ctx.args["proposal"])))


@routes.action("policy.take_over")
async def take_over(ctx: Ctx) -> Reply:
    """[接手]: its proposer has left."""
    return await _show(ctx, await policy_changes.take_over(ctx.tx, ctx.me, int(ctx.args["proposal"])))


@routes.action("policy.confirm")
async def confirm(ctx: Ctx) -> Reply:
    """[同意]: it is issued."""
    issued = await policy_changes.confirm(
        ctx.tx, ctx.me, int(ctx.args["proposal"]), at=ctx.at, at_source=ctx.at_source
    )  # fmt: skip
    left = len(await policy_changes.unread(ctx.tx, issued))
    row = (ctx.button("policy.who_not", "policy.unread", version=issued.id, once=False),)
    return ctx.say(
        "policy.you_confirmed", (row,), version=_called(ctx, issued), count=left
    )  # fmt: skip


async def _ask(ctx: Ctx, form: Form, **context: Any) -> Reply:
    proposal = await _seen(ctx)
    if not proposal.state.is_open:
        raise Refusal(f"policy.was_{proposal.state.value}")
    context["days"] = []
    asked = await open_form(ctx, form, subject=str(proposal.id), context=context)
    return replace(asked, edit=False) if isinstance(asked, Message) else asked


@routes.action("policy.put_off")
async def put_off(ctx: Ctx) -> Reply:
    """[改生效日]: which day?"""
    return await _ask(ctx, PUT_OFF)


@routes.submit(PUT_OFF)
async def day_chosen(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """The proposal with its new day."""
    try:
        proposal = await policy_changes.put_off(ctx.tx, ctx.me, int(draft.subject), values["day"])
    except PolicyErrors as error:
        return Message(words.problems(error.problems, ctx.lang), edit=ctx.pressed)
    return await _show(ctx, proposal)


@routes.action("policy.decline")
async def decline(ctx: Ctx) -> Reply:
    """[退回]: why?"""
    return await _ask(ctx, DECLINE)


@routes.submit(DECLINE)
async def declined(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """It is declined."""
    await policy_changes.decline(ctx.tx, ctx.me, int(draft.subject), str(values["reason"]))
    return ctx.say("policy.you_declined")


@routes.action("policy.withdraw")
async def withdraw(ctx: Ctx) -> Reply:
    """[撤回]: why?"""
    return await _ask(ctx, WITHDRAW)


@routes.submit(WITHDRAW)
async def withdrawn(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """It is taken back."""
    await policy_changes.withdraw(ctx.tx, ctx.me, int(draft.subject), str(values["reason"]))
    return ctx.say("policy.you_withdrew")


# --- who has read it --------------------------------------------------------------------------------------------------


@routes.action("policy.unread", allowed=rules.may_propose)
async def unread(ctx: Ctx) -> Reply:
    """[谁没看]"""
    issued = await policies.issued_by_id(ctx.tx, int(ctx.args["version"]))
    if issued is None:
        return Toast(ctx.t("policy.no_version_there"))
    left, number, size = await policy_changes.unread(ctx.tx, issued), int(ctx.args.get("page", 0)), words.PAGE * 4
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "policy.unread", number, more=len(left) > (number + 1) * size,
        version=issued.id,
    )  # fmt: skip
    text = words.unread_text(issued, left, number, ctx.lang)
    return Message(text, ((*turns, ctx.button("policy.back", "policy.card", once=False)),), edit=ctx.pressed)


@todo.provider(15)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """Versions to read; proposals to confirm, and one's own that nobody has submitted."""
    found = []
    for issued in await _owed(ctx):
        day = issued.effective_from.isoformat()
        button = ctx.button("policy.read_changes", "policy.version", version=issued.id, once=False)
        found.append(Item(ctx.t("policy.todo_read", day=day), button))
    for one in await policies.open_ones(ctx.tx):
        day = one.effective_from.isoformat()
        button = ctx.button("policy.look", "policy.show", proposal=one.id, once=False)
        if await policy_changes.may_confirm(ctx.tx, ctx.me, one):
            found.append(Item(ctx.t("policy.todo_confirm", day=day), button))
        elif one.state is State.DRAFT and one.proposer_id in {None, ctx.me.id} and rules.may_propose(ctx.me):
            found.append(Item(ctx.t("policy.todo_submit", day=day), button))
    return found
