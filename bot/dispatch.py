"""One event at a time: claim, who, what is meant, commit, then speak (D2, D3, D9).

The effect, the conversation's state, the outgoing messages and the inbox mark are one transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.layout import in_parts
from bot.channels.port import Channel, Event, Kind, Message, Rows, Toast
from bot.forms.engine import Form
from bot.handlers import form_flow, groups, joining, spent_cards
from bot.handlers.context import Ctx, Reply
from bot.handlers.registry import routes
from bot.render.texts import known, t
from bot.work import Express, Work
from core.rules.errors import Refusal
from core.rules.people import AGENTS, Person, Role
from core.rules.said import as_word
from core.store import buttons, drafts, inbox, outbox
from core.store import people as people_store
from core.store.db import Database, Tx
from core.store.trouble import passes
from core.usecases import reach

log = structlog.get_logger("dispatch")

COMMAND = re.compile(r"/[a-zA-Z]\w{0,31}(?=[@\s]|$)")
ENTRY_WORDS = ("记 ", "记电话 ", "报单 ")
TOGETHER = 16  # updates of different people in one transaction, when so many wait
ACK_LIFE = timedelta(minutes=2)  # an answer to a press is of no use later


def pack(message: Message, tokens: Sequence[str], lang: str = "zh") -> dict[str, Any]:
    """A message as the outbox keeps it, with the tokens of its buttons; `lang` for what the network itself has to say."""
    payload: dict[str, Any] = {"text": message.text} | ({"lang": lang} if lang != "zh" else {})
    if message.rows:
        names = iter(tokens)
        payload["buttons"] = [[[b.label, next(names)] for b in row] for row in message.rows]
    if message.keyboard:
        payload["keyboard"] = [list(row) for row in message.keyboard]
    if message.file:
        payload["file"] = message.file.packed()
    if message.reply_to_subject:
        payload["reply_to_subject"] = message.reply_to_subject
    for flag in ("silent", "protect"):
        if getattr(message, flag):
            payload[flag] = True
    return payload


def mint(
    now: datetime, rows: Rows, *, person_id: int | None, channel: str, chat: str, asked: bool = False
) -> list[dict[str, Any]]:
    """The buttons of a message as they are kept, tokens included; `asked`: it answers the person."""
    flat = [button for row in rows for button in row]
    board = buttons.new_board() if flat else ""
    return buttons.minted(
        now,
        [
            {
                "person_id": None if b.shared else person_id,
                "channel": channel,
                "chat": chat,
                "board": board,
                "label": b.label,
                "action": b.action,
                "args": dict(b.args),
                "once": b.once,
                "asked": asked,
            }
            for b in flat
        ],
    )


class Dispatcher:
    """Takes updates from the inbox and has them handled."""

    def __init__(self, db: Database, channels: Mapping[str, Channel], express: Express | None = None) -> None:
        self.db = db
        self.channels = channels
        self.express = express
        self.unread: set[str] = set()  # channels that do not know their own name yet: they would misread what is said
        self.wake = asyncio.Event()
        self._more = False  # when we looked last, something was left to handle

    async def run(self) -> None:
        """Handle updates for ever; woken by receivers, and looking once a second in any case."""
        while True:
            self.wake.clear()
            while await self.handle_next() and self._more:
                await asyncio.sleep(0)
            with contextlib.suppress(TimeoutError):  # not wait_for: before 3.12 it can swallow the end of this task
                async with asyncio.timeout(1):
                    await self.wake.wait()

    async def handle_next(self) -> int:
        """Handle what has waited longest, of several people in one transaction; how many updates that were.

        What one person's update raises undoes that update alone. Raises when the database fails us.
        """
        rows: list[inbox.Row] = []
        work = Work(self.express)
        try:
            async with self.db.transaction() as tx:
                rows = await inbox.claim(tx, TOGETHER, self.unread)
                if not rows:
                    return 0
                if len(rows) == 1:
                    await self._handle(tx, rows[0], None, work)
                else:
                    for row in rows:
                        await self._beside_others(tx, row, None, work)
                await work.write(tx)
                if work.handled:
                    await inbox.finish(tx, work.handled)
                self._more = bool(work.failures) or await inbox.waits(tx)
        except Exception as problem:
            work.forget()
            if not rows or passes(problem):
                raise
            self._more = True
            await self._alone(rows, problem)
        else:
            work.go()
            for row, fault in work.failures:
                await self._failed(row, fault)
        return len(rows)

    async def _beside_others(self, tx: Tx, row: inbox.Row, refusal: Refusal | None, work: Work) -> None:
        """One of several updates in a transaction: its failure is its own."""
        mark = work.mark()
        try:
            async with tx.savepoint():
                await self._handle(tx, row, refusal, work)
        except Refusal as refused:
            work.back_to(mark)
            if refusal is None:
                await self._beside_others(tx, row, refused, work)
            else:
                work.failures.append((row, refused))
        except Exception as fault:
            work.back_to(mark)
            if passes(fault):
                raise
            work.failures.append((row, fault))

    async def _alone(self, rows: Sequence[inbox.Row], problem: Exception) -> None:
        """After a rollback: of one update we know what was wrong; of several each is tried by itself."""
        if len(rows) > 1:
            for row in rows:
                await self._by_itself(row, None)
        elif isinstance(problem, Refusal):
            await self._by_itself(rows[0], problem)
        else:
            await self._failed(rows[0], problem)

    async def _by_itself(self, row: inbox.Row, refusal: Refusal | None) -> None:
        """One update in its own transaction. A refusal's effects are rolled back, and the person hears why."""
        work = Work(self.express)
        try:
            async with self.db.transaction() as tx:
                if await inbox.hold(tx, row):
                    await self._handle(tx, row, refusal, work)
                    await work.write(tx)
                    await inbox.finish(tx, work.handled)
        except Exception as problem:
            work.forget()
            if passes(problem):
                raise
            if isinstance(problem, Refusal) and refusal is None:
                await self._by_itself(row, problem)
            else:
                await self._failed(row, problem)
        else:
            work.go()

    async def _failed(self, row: inbox.Row, problem: BaseException) -> None:
        """Count the failure; after the third the row is parked with an alarm and the queue goes on."""
        where = _where(problem)
        async with self.db.transaction() as tx:
            parked = await inbox.failed(tx, row, where)
            if parked:
                await self._apologise(tx, row)
        log.error("update failed", inbox=row.id, attempt=row.attempts + 1, parked=parked, error=where)

    async def _apologise(self, tx: Tx, row: inbox.Row) -> None:
        channel = self.channels.get(row.channel)
        try:
            event = channel.parse(row.raw) if channel else None
        except Exception:  # noqa: BLE001  an update that cannot even be read has nobody to apologise to
            event = None
        if event is None or not event.private or event.by_bot:
            return
        found = await people_store.by_account(tx, event.channel, event.sender)
        if found is None:
            return
        person = found[0]
        limits = self.channels[event.channel].limits
        message = Message(t(person.lang, "common.parked", reference=row.id))
        if event.kind is Kind.PRESS and limits.cards:
            ctx = Ctx(tx, event, f"{event.channel}:{row.id}", person, person.lang, received=row.received_at)
            (message,) = await spent_cards.offering_again(ctx, [message], Refusal("common.parked"))
        made = mint(tx.now, message.rows, person_id=person.id, channel=event.channel, chat=event.chat, asked=True)
        await buttons.keep(tx, made)
        payload = pack(message, [one["token"] for one in made], person.lang)
        for place, part in enumerate(in_parts(payload, limits)):
            await outbox.reply(
                tx, once=f"parked:{row.id}" + (f".{place}" if place else ""), channel=event.channel, chat=event.chat,
                verb="send", payload=part,
            )  # fmt: skip

    async def _handle(self, tx: Tx, row: inbox.Row, refusal: Refusal | None, work: Work) -> None:
        channel = self.channels[row.channel]
        event = channel.parse(row.raw)
        work.handled.append(row.id)
        if event is None or event.by_bot:
            return
        event = replace(event, at=_stamp(event, row))
        found = await reach.recognise(tx, event.channel, event.sender)
        person = found[0] if found and found[0].works else None
        if found and person:
            await people_store.seen(tx, found[1])
        lang = person.lang if person else known(event.lang)
        once = f"{event.channel}:{row.id}"
        ctx = Ctx(tx, event, once, person, lang, received=row.received_at)
        press: buttons.Press | None = None
        reply: Reply
        if refusal is not None:
            reply = Message(ctx.t(refusal.key, **refusal.params), await self._way_out(ctx))
            if event.kind is Kind.PRESS:
                if self.channels[event.channel].limits.toasts:
                    self._ack(ctx, Toast(reply.text[:190]), work)
                if not event.private:
                    reply = None
        else:
            reply, press = await self._route(ctx)
        messages = [reply] if isinstance(reply, Message | Toast) else list(reply or ())
        toasts = self.channels[event.channel].limits.toasts
        if event.kind is not Kind.PRESS or not (toasts or not event.private):
            messages = [Message(r.text) if isinstance(r, Toast) else r for r in messages]  # no place for it: it is said
        toast = next((r for r in messages if isinstance(r, Toast)), None)
        said = [r for r in messages if isinstance(r, Message)]
        if event.kind is Kind.PRESS and self.channels[event.channel].limits.cards:
            said = await self._on_spent_card(ctx, event, said, refusal)
        for number, message in enumerate(said):
            self._say(ctx, message, number, work)
        if left := ctx.known.get(form_flow.LEFT):
            await self._take_buttons(ctx, str(left), work)
        if press is not None and press.once:
            first = said[0].text if said else (toast.text if toast else "")
            await buttons.use(tx, press, first.partition("\n")[0][:180])
        if event.kind is Kind.PRESS and event.press_id and refusal is None and toasts:
            self._ack(ctx, toast, work)

    async def _on_spent_card(
        self, ctx: Ctx, event: Event, said: list[Message], refusal: Refusal | None
    ) -> list[Message]:
        """The card that was pressed shows what was chosen and takes no other press."""
        if event.private:
            return await spent_cards.offering_again(ctx, said, refusal)
        return [message for message in said if not message.edit]  # a group hears no message anew for each applause

    def _say(self, ctx: Ctx, message: Message, number: int, work: Work) -> None:
        event = ctx.event
        person_id = ctx.person.id if ctx.person else None
        made = mint(ctx.tx.now, message.rows, person_id=person_id, channel=event.channel, chat=event.chat, asked=True)
        payload = pack(message, [one["token"] for one in made], ctx.lang)
        verb = "send"
        limits = self.channels[event.channel].limits
        if message.edit and event.message_id and event.press_id and number == 0:
            if limits.can_edit:
                verb = "edit"
                payload["message_id"] = event.message_id
        if not event.private and verb == "send" and event.message_id and limits.can_reply:
            payload["reply_to"] = event.message_id
        if number == 0 and not limits.can_reply and event.kind in {Kind.MESSAGE, Kind.OPENED}:
            payload["answers"] = event.key
        *before, payload = in_parts(payload, limits, message.subject)
        if before and verb == "edit":  # what was there stays: this says more than it can hold
            verb = "send"
            payload.pop("message_id", None)
        for place, part in enumerate((*before, payload)):
            last = part is payload
            work.reply(
                once=f"re:{ctx.once}:{number}" + (f".{place}" if before else ""), channel=event.channel,
                chat=event.chat, verb=verb, payload=part, person_id=person_id, subject=message.subject,
                with_buttons=made if last else (),
            )  # fmt: skip

    async def _take_buttons(self, ctx: Ctx, subject: str, work: Work) -> None:
        """What was answered by typing keeps its words and loses its buttons, as it would by a press."""
        event = ctx.event
        if not self.channels[event.channel].limits.can_edit:
            return
        message_id = await outbox.carrier(ctx.tx, event.channel, event.chat, subject)
        if message_id is not None:
            work.reply(
                once=f"spent:{ctx.once}", channel=event.channel, chat=event.chat, verb="strip",
                payload={"message_id": message_id},
            )  # fmt: skip

    def _ack(self, ctx: Ctx, toast: Toast | None, work: Work) -> None:
        event = ctx.event
        payload = {
            "press_id": event.press_id,
            "text": toast.text[:190] if toast else "",
            "alert": bool(toast and toast.alert),
        }
        work.reply(
            once=f"ack:{ctx.once}", channel=event.channel, chat=event.chat, verb="answer", payload=payload,
            expires_at=ctx.tx.now + ACK_LIFE,
        )  # fmt: skip

    # --- what is meant ---------------------------------------------------------------------------------

    async def _way_out(self, ctx: Ctx) -> Rows:
        """[取消] under a refusal while a form is open: what was refused stays its answer otherwise, again and again."""
        if ctx.person is None or not ctx.event.private or ctx.event.kind is not Kind.MESSAGE:
            return ()
        draft = await drafts.active(ctx.tx, ctx.me.id)
        if draft is None or draft.form not in routes.forms:
            return ()
        return ((ctx.button("form.cancel", "form.cancel", draft=draft.id),),)

    async def _route(self, ctx: Ctx) -> tuple[Reply, buttons.Press | None]:
        event = ctx.event
        match event.kind:
            case Kind.MIGRATED:
                assert event.migrated_to is not None
                await outbox.migrate_chat(ctx.tx, event.channel, event.chat, event.migrated_to)
                return None, None
            case Kind.BLOCKED:
                await joining.blocked(ctx)
                return None, None
            case Kind.UNBLOCKED | Kind.OTHER:
                return None, None
            case Kind.OPENED:
                return (await joining.welcome(ctx) if ctx.person is None else None), None
            case Kind.ADDED:
                return await groups.added(ctx), None
            case Kind.REMOVED:
                await people_store.group_left(ctx.tx, event.channel, event.chat)
                return None, None
            case Kind.PRESS:
                return await self._press(ctx)
        if not event.private:
            return await self._in_group(ctx), None
        if ctx.person is None:
            return await joining.stranger(ctx), None
        if event.kind is Kind.EDITED:
            return Message(ctx.t("common.edited")), None
        if event.document is not None and (reader := routes.reader_of(event.document)):
            return await reader(ctx, event.document), None
        if event.attachment and not event.text:
            return await self._attachment(ctx), None
        return await self._text(ctx)

    async def _press(self, ctx: Ctx) -> tuple[Reply, buttons.Press | None]:
        event = ctx.event
        if ctx.person is None:
            return Toast(ctx.t("common.stranger_press")), None
        press = await buttons.find(ctx.tx, event.token or "")
        if press is None or press.channel != event.channel or press.chat != event.chat:
            return Toast(ctx.t("common.old_button")), None
        if press.person_id is not None and press.person_id != ctx.person.id:
            await ctx.tx.note(ctx.person.id, "press.refused", f"button:{press.action}")
            return Toast(ctx.t("common.not_your_button")), None
        if press.used_at is not None:
            return Toast(press.outcome or ctx.t("common.already_pressed")), None
        if press.expires_at < ctx.tx.now:
            return Toast(ctx.t("common.old_button")), None
        return await self._act(ctx, press), press

    async def _act(self, ctx: Ctx, press: buttons.Press) -> Reply:
        act = routes.actions.get(press.action)
        if act is None:
            return Toast(ctx.t("common.old_button"))
        if act.allowed is not None and not act.allowed(ctx.me):
            raise Refusal("common.not_for_you")
        ctx.args = press.args
        return await act.handler(ctx)

    async def _in_group(self, ctx: Ctx) -> Reply:
        """In a group only binding it and replying to a report do anything (D9)."""
        event = ctx.event
        if event.kind is not Kind.MESSAGE:
            return None
        word = routes.find_word(event.text, bot_name=getattr(self.channels[event.channel], "username", ""))
        if event.anonymous:
            return Message(ctx.t("groups.anonymous")) if word and word[0].group else None
        if ctx.person is None:
            return None
        if event.reply_to and event.reply_to_us:
            _, subject = await outbox.subject_of(ctx.tx, event.channel, event.chat, event.reply_to)
            kind, _, key = (subject or "").partition(":")
            if kind in routes.subjects and event.text:
                return await routes.subjects[kind](ctx, int(key), event.text)
        named = event.addressed and word is None and event.text
        if named and (answer := await self._quoted_subject(ctx) or await routes.subjects["named"](ctx, 0, event.text)):
            return answer
        if word is None:
            return Message(ctx.t("groups.in_private")) if named else None
        if word[0].name == "/start" and (word[1] or event.addressed) and not event.text.startswith("/"):
            word = routes.words["/bind"], word[1]  # 绑定 领航组: in a group it is the group that is bound
        if word[0].group:
            ctx.rest = word[1]
            return await word[0].handler(ctx)
        return await groups.private_word(ctx, word[0])

    async def _attachment(self, ctx: Ctx) -> Reply:
        notice = ctx.t(f"common.got_{ctx.event.attachment}" if ctx.event.attachment == "voice" else "common.got_file")
        draft = await drafts.active(ctx.tx, ctx.me.id)
        form = routes.forms.get(draft.form) if draft else None
        if draft is None or form is None:
            return Message(notice)
        return await form_flow.step(ctx, form, draft, notice=notice)

    async def _text(self, ctx: Ctx) -> tuple[Reply, buttons.Press | None]:
        """D3: a reply to a message we know; a reserved word; the open form; a one-line entry."""
        event, text = ctx.event, ctx.event.text.strip()
        channel = self.channels[event.channel]
        for first in routes.firsts:
            if (reply := await first(ctx, text)) is not None:
                return reply, None
        unknown_reply = False
        if event.reply_to and event.reply_to_us:
            ours, subject = await outbox.subject_of(ctx.tx, event.channel, event.chat, event.reply_to)
            kind, _, key = (subject or "").partition(":")
            if kind in routes.subjects:
                return await routes.subjects[kind](ctx, int(key), text), None
            if not subject or kind == form_flow.REVIEW:
                number = await self._quoted_subject(ctx)
                if number is not None:
                    return number, None
                unknown_reply = ours or event.reply_to_us
        elif event.quoted and (answer := await self._quoted_subject(ctx)) is not None:
            return answer, None  # of what was quoted, the network tells the words alone
        word = routes.find_word(text, bot_name=getattr(channel, "username", ""))
        draft = await drafts.active(ctx.tx, ctx.me.id)
        form = routes.forms.get(draft.form) if draft else None
        if word is not None and word[1] and not text.startswith("/") and draft is not None and form is not None:
            question, fits = form_flow.reads(ctx, form, draft, text)
            if question is not None and question.free and fits:
                word = None  # 请假两天,少打 200 通: a sentence that begins with a word is the answer
        if word is not None and not word[1] and not text.startswith("/"):
            meant = await self._typed(ctx, text, notices=False, older=False)
            if meant.press is not None and meant.press.used_at is None:
                return await self._typed_press(ctx, meant.press)  # 批复 under a report is about that report
        if word is not None and word[0].private:
            ctx.rest = word[1]
            if word[0].allowed is not None and not word[0].allowed(ctx.me):
                raise Refusal("common.not_for_you")
            return await word[0].handler(ctx), None
        if word is None and (command := COMMAND.match(text)):
            notice = ctx.t("common.no_command", command=command[0])
            asked = await form_flow.step(ctx, form, draft, notice=notice) if draft and form else Message(notice)
            return asked, None
        if draft is not None and form is not None:
            return await self._in_form(ctx, form, draft, text)
        meant = await self._typed(ctx, text)
        press = meant.press
        if press is not None and press.used_at is None:
            return await self._typed_press(ctx, press)
        if meant.doubtful:
            return Message(ctx.t("common.which_button", typed=text)), None
        reply = await self._line(ctx, text)
        if reply is not None:
            return reply, None
        if unknown_reply:
            return Message(ctx.t("common.reply_unknown")), None
        if press is not None:
            return Message(press.outcome or ctx.t("common.already_pressed")), None
        return Message(ctx.t(_lost(ctx.me))), None

    async def _quoted_subject(self, ctx: Ctx) -> Reply:
        """A reply to a message whose sending had an unknown outcome still names its report in the quoted text."""
        finder = routes.subjects.get("quoted")
        if finder is None or not ctx.event.quoted:
            return None
        return await finder(ctx, 0, ctx.event.text.strip())

    async def _typed(self, ctx: Ctx, text: str, **which: bool) -> buttons.Typed:
        return await buttons.typed(ctx.tx, ctx.event.channel, ctx.event.chat, ctx.me.id, text, **which)

    async def _typed_press(self, ctx: Ctx, press: buttons.Press) -> tuple[Reply, buttons.Press | None]:
        ctx.event = replace(ctx.event, kind=Kind.PRESS, message_id=None)
        return await self._act(ctx, press), press

    async def _in_form(self, ctx: Ctx, form: Any, draft: drafts.Draft, text: str) -> tuple[Reply, buttons.Press | None]:
        """The open form takes the text; its own buttons may be typed; a clear one-line entry works in between."""
        question, fits = form_flow.reads(ctx, form, draft, text)
        if text.isdigit():  # the form's own buttons; never those of a notice that came in between
            choice = question is None or (
                not (fits and question.free) and bool(question.options(form_flow.scope_of(ctx, draft)))
            )
            meant = await self._typed(ctx, text, notices=False, older=False) if choice else buttons.NOTHING
        elif question is not None and question.free and fits:
            meant = await self._typed(ctx, text, notices=False, older=False)
        else:
            meant = await self._typed(ctx, text, older=question is None)
        sends = question is None and as_word(text) in self._send_words(ctx, form)
        if meant.doubtful and not sends:
            return Message(ctx.t("common.which_button", typed=text)), None
        if meant.press is not None and meant.press.used_at is None:
            return await self._typed_press(ctx, meant.press)
        if sends:  # whatever came in between has the newest buttons
            return await form_flow.send(ctx, form, draft), None
        entry = text.startswith(ENTRY_WORDS)  # 记 李总 … 下周二 holds a date too, but answers no question for one
        about = None if entry or fits else form_flow.names_customer(ctx, form, question, text)
        if about is not None:
            return await form_flow.take(ctx, form, draft, about, form_flow.CUSTOMER), None
        if question is None:
            reply = await self._line(ctx, text)
            still = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
            if still is None or not still.active:
                return reply, None  # the line opened another form; this one is put aside
            again = await form_flow.step(ctx, form, still)
            if reply is None:
                return _with_notice(again, ctx.t("form.review_hint")), None
            return _both(reply, again), None
        if (not fits or (entry and not question.free)) and (entry or not question.names):
            reply = await self._line(ctx, text)
            if reply is not None:
                still = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
                if still is not None and still.active and await form_flow.interrupted(ctx, still):
                    return _both(reply, await form_flow.step(ctx, form, still)), None
                return reply, None
        if as_word(text) == as_word(ctx.t(form.send)):  # 发送 is no answer: it is for later
            return await form_flow.step(ctx, form, draft, notice=ctx.t("form.not_yet")), None
        answered = await form_flow.take(ctx, form, draft, text)
        if fits and question.free and (offer := await self._offer(ctx, text)):
            return _both(answered, offer), None
        return answered, None

    @staticmethod
    def _send_words(ctx: Ctx, form: Form) -> set[str]:
        """提交 and 发送 are one to whoever types them."""
        return {as_word(ctx.t(key)) for key in (form.send, "form.send", "deals.hand_in", "policy.submit")}

    async def _offer(self, ctx: Ctx, text: str) -> Reply:
        """A `记 …` line inside a free-text question is the answer, with an offer to log it."""
        if not text.startswith(ENTRY_WORDS):
            return None
        row = (ctx.button("common.log_it", "line.log", text=text[:500]),)
        return Message(ctx.t("common.log_offer"), (row,))

    async def _line(self, ctx: Ctx, text: str) -> Reply:
        for _, handler in routes.lines:
            reply = await handler(ctx, text)
            if reply is not None:
                return reply
        return None


def _lost(person: Person | None) -> str:
    """What to say to a line nobody knows: an example of what this person types."""
    office = person is not None and person.role not in {*AGENTS, Role.SUPERVISOR}
    return "common.not_understood_office" if office else "common.not_understood"


@routes.action("line.log")
async def log_line(ctx: Ctx) -> Reply:
    """Log the line that stood inside an answer."""
    for _, handler in routes.lines:
        reply = await handler(ctx, str(ctx.args["text"]))
        if reply is not None:
            return reply
    return ctx.say(_lost(ctx.me))


def _both(first: Reply, second: Reply) -> list[Message | Toast]:
    every: list[Message | Toast] = []
    for reply in (first, second):
        if isinstance(reply, Message | Toast):
            every.append(reply)
        else:
            every.extend(reply or ())
    return every


def _with_notice(reply: Reply, notice: str) -> Reply:
    if isinstance(reply, Message):
        return replace(reply, text=f"{notice}\n{reply.text}")
    return reply


def _stamp(event: Event, row: inbox.Row) -> Any:
    """The platform's stamp, unless it cannot be true (ahead of our clock, or older than any network keeps)."""
    if event.at is None or event.kind is Kind.PRESS:
        return None
    if event.at > row.received_at + timedelta(minutes=2) or event.at < row.received_at - timedelta(days=8):
        return None
    return event.at


def _where(problem: BaseException) -> str:
    """The kind of an error and where it arose; never its text, which may quote what somebody typed."""
    trace = problem.__traceback__
    place = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    digest = hashlib.sha256(repr(problem).encode()).hexdigest()[:8]
    return f"{type(problem).__name__} at {place} ({digest})"
