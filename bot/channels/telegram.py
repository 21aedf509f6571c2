"""Telegram: python-telegram-bot as client and parser; receiving is ours (D2, D4)."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import time
import warnings
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

os.environ.setdefault("PTB_TIMEDELTA", "true")  # RetryAfter as a timedelta: the int form is deprecated

import structlog
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.warnings import PTBUserWarning

from bot.channels.credentials import Credentials
from bot.channels.hours import host_now
from bot.channels.length import units
from bot.channels.line import Deliver
from bot.channels.port import (
    SMALL_FILE,
    Document,
    Envelope,
    Event,
    Gone,
    Kind,
    Limits,
    Locked,
    NotSent,
    Outgoing,
    Rejected,
)
from bot.channels.telegram_order import InOrder, Kept
from bot.channels.telegram_webhook import LOOK, Deliveries
from bot.channels.wire import Request, foreign, outcome, seconds

log = structlog.get_logger("telegram")

ANONYMOUS_ADMIN = 1087968824
LINKED_CHANNEL = 777000
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS = 20
RIVAL_PAUSE, REFUSED_PAUSE = 5.0, 30.0  # host seconds before asking again after a 409, a 401
SILENT_DAYS = timedelta(days=6)  # update ids may restart after a silent week: ask without an offset then
TEXT_LIMIT = 4096
ATTACHMENTS = (
    "photo",
    "voice",
    "video",
    "video_note",
    "audio",
    "document",
    "sticker",
    "location",
    "contact",
    "animation",
)

Rest = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is to call us, and the secret it then shows."""

    url: str
    secret: str


def clean(text: str) -> str:
    """What databases and files can keep: no NUL, no half of a surrogate pair, no terminal controls."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))


def fit(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, cut at a line end when it is longer than Telegram takes."""
    if units(text) <= limit:
        return text
    kept: list[str] = []
    used = 2
    for line in text.splitlines():
        used += units(line) + 1
        if used > limit:
            break
        kept.append(line)
    if not kept:
        kept = [text.encode("utf-16-le")[: (limit - 2) * 2].decode("utf-16-le", "ignore")]
    return "\n".join(kept) + "\n…"


def _carries_file(body: dict[str, Any]) -> bool:
    """A small text file in a private chat: the only kind anything here reads."""
    document = body.get("document")
    if not isinstance(document, dict) or body["chat"].get("type") != "private":
        return False
    size = document.get("file_size")
    return str(document.get("file_name", "")).casefold().endswith(".toml") and (
        not isinstance(size, int) or size <= SMALL_FILE
    )


async def _nothing(_: Collection[str]) -> set[str]:
    """Where nobody says what is kept."""
    return set()


class Telegram:
    """One bot account. `host` is the host's own time; `rest` waits between attempts, `pause` between two looks at the
    webhook; seconds are the host's."""

    name = "telegram"
    limits = Limits(text=TEXT_LIMIT, caption=1024, can_edit=True, can_reply=True, menu=True)

    def __init__(
        self,
        token: str,
        api_root: str = "https://api.telegram.org",
        proxy: str | None = None,
        *,
        webhook: Webhook | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 10,
        host: Callable[[], datetime] = host_now,
        rest: Rest = asyncio.sleep,
        pause: Rest = asyncio.sleep,
    ) -> None:
        root = api_root.rstrip("/")
        self._token = token
        self._webhook = webhook
        self._rest = rest
        self._pause = pause
        self._host = host
        self.credentials = Credentials(self.name, host)
        self.bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=Request(
                connection_pool_size=64, pool_timeout=10, proxy=proxy, read_timeout=read_timeout,
                connect_timeout=connect_timeout,
            ),
            get_updates_request=Request(
                connection_pool_size=4, read_timeout=POLL_SECONDS + 10, pool_timeout=10, proxy=proxy,
                connect_timeout=connect_timeout,
            ),
        )  # fmt: skip
        self.username = ""
        self.last_heard: datetime | None = None  # host time of the last answer from the network
        self.silent_since = time.monotonic()  # host seconds of the last update
        self._calls = 0  # of the webhook that were kept
        self.kept: Kept = _nothing
        self._ready = asyncio.Event()

    @property
    def alarm(self) -> str | None:
        """Why somebody must act, if so: the token is refused, or used elsewhere too."""
        return None if self.credentials.trouble is None else str(self.credentials.trouble)

    # --- life ------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Learn our own name; tried again until the network answers."""
        delay = 1.0
        while True:
            try:
                await self.bot.initialize()
                break
            except TelegramError as problem:
                if isinstance(problem, InvalidToken) and not foreign(problem):
                    self.credentials.refused()
                    await self._rest(REFUSED_PAUSE)
                    continue
                log.warning("telegram not reachable", error=type(problem).__name__)
                await self._rest(delay)
                delay = min(delay * 2, 30)
        self.username = self.bot.username
        self._heard()
        self._ready.set()

    def _heard(self) -> None:
        """The network answered, and took our token."""
        self.credentials.taken()
        self.last_heard = self._host()

    async def ready(self) -> None:
        """Wait until our name is known."""
        await self._ready.wait()

    async def stop(self) -> None:
        """Close the connections."""
        if self._ready.is_set():
            await self.bot.shutdown()

    def link(self, code: str) -> str | None:
        """The address that opens the private chat with an invite; None while our name is unknown."""
        return f"https://t.me/{self.username}?start={code}" if self.username else None

    # --- receiving ---------------------------------------------------------------------------------------

    @property
    def called(self) -> bool:
        """By webhook, Telegram calls whichever process it reaches."""
        return self._webhook is not None

    async def receive(self, deliver: Deliver) -> None:
        """Ask Telegram for updates, or have it call us."""
        await self.ready()
        if self._webhook is None:
            await self.poll(deliver)
        else:
            await self.set_webhook(self._webhook.url, self._webhook.secret)
            await self._watch(self._webhook)

    def routes(self, deliver: Deliver) -> Sequence[web.RouteDef]:
        """The webhook's address, when there is one."""
        if self._webhook is None:
            return []
        return [web.post("/telegram/webhook", self.webhook(self._webhook.secret, deliver))]

    async def poll(self, deliver: Deliver) -> None:
        """Long-poll for ever. The offset moves only after `deliver` has committed the batch (D2)."""
        await self.ready()
        offset: int | None = None
        delay = 1.0
        failed = False
        await self._drop_webhook()
        while True:
            if time.monotonic() - self.silent_since > SILENT_DAYS.total_seconds():
                offset = None
            try:
                # After a failure a short question: a long one would keep us for its whole time from knowing better.
                updates = await self._get_updates(offset, 0 if failed else POLL_SECONDS)
            except (TelegramError, ValueError) as problem:
                failed = True
                delay = await self._poll_failed(problem, delay)
                continue
            failed = False
            self._heard()
            if not updates:
                delay = 1.0
                continue
            self.silent_since = time.monotonic()
            try:
                await deliver([(self._safe_envelope(raw), raw) for raw in updates])
            except Exception as problem:  # noqa: BLE001  whatever keeps the inbox from having them
                log.error("updates not kept: they are asked for again", error=type(problem).__name__)
                await self._rest(delay)
                delay = min(delay * 2, 30)
                continue
            delay = 1.0
            numbers = [
                raw["update_id"] for raw in updates if isinstance(raw, dict) and isinstance(raw.get("update_id"), int)
            ]
            if numbers:
                offset = max(numbers) + 1
            else:
                await self._rest(delay)  # nothing that can be confirmed: do not ask in a circle

    async def _poll_failed(self, problem: Exception, delay: float) -> float:
        """Wait as the failure asks; the next delay of those that ask for nothing."""
        if isinstance(problem, TelegramError) and not foreign(problem):
            match problem:
                case Conflict():
                    rival = "webhook" in problem.message.casefold()  # none of ours: our own settings say polling
                    self.credentials.clashed(proven=rival)
                    log.warning("telegram conflict: somebody else asks for our updates")
                    if rival:
                        await self._drop_webhook()
                    await self._rest(RIVAL_PAUSE)
                    return delay
                case InvalidToken():
                    self.credentials.refused()
                    await self._rest(REFUSED_PAUSE)
                    return delay
                case RetryAfter():
                    await self._rest(seconds(problem.retry_after) + 0.5)
                    return delay
        log.warning("telegram poll failed", error=type(problem).__name__)
        await self._rest(delay)
        return min(delay * 2, 30)

    async def _drop_webhook(self) -> None:
        """Polling and a webhook exclude each other; nothing pending is dropped."""
        try:
            info = await self.bot.get_webhook_info()
            self._heard()
            if info.url:
                await self.bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as problem:
            log.warning("telegram webhook state unknown", error=type(problem).__name__)

    async def _get_updates(self, offset: int | None, wait: int) -> list[Any]:
        wanted: dict[str, Any] = {"timeout": wait, "limit": 100, "allowed_updates": json.dumps(ALLOWED)}
        if offset is not None:
            wanted["offset"] = offset
        with warnings.catch_warnings():
            # We want the raw JSON on purpose: one update that does not parse must not stop the others.
            warnings.simplefilter("ignore", PTBUserWarning)
            try:
                answer = await self.bot.do_api_request("getUpdates", api_kwargs=wanted, read_timeout=POLL_SECONDS + 10)
            except EndPointNotFound as problem:  # so the library calls a 401 of a raw call once it is initialised
                refusal = problem.__cause__ or problem
                raise refusal from refusal.__cause__
        return list(answer) if isinstance(answer, list) else []

    def _safe_envelope(self, raw: Any) -> Envelope | None:
        try:
            return self.envelope(raw)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    async def set_webhook(self, url: str, secret: str) -> None:
        """Ask Telegram to call us, unless it does so already."""
        await self.ready()
        delay = 1.0
        while True:
            try:
                await self.bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED, max_connections=40)
                self._heard()
                return
            except RetryAfter as problem:
                await self._rest(seconds(problem.retry_after) + 0.5)
            except TelegramError as problem:
                if isinstance(problem, InvalidToken) and not foreign(problem):
                    self.credentials.refused()
                    await self._rest(REFUSED_PAUSE)
                    continue
                log.warning("telegram webhook not set", error=type(problem).__name__)
                await self._rest(delay)
                delay = min(delay * 2, 30)

    async def _watch(self, wanted: Webhook) -> None:
        """For ever: ask what Telegram calls and whether it gets through. What somebody else changed is put right."""
        deliveries = Deliveries(self._host)
        while True:
            calls = self._calls
            await self._pause(LOOK)
            try:
                info = await self.bot.get_webhook_info()
            except TelegramError as problem:
                if isinstance(problem, InvalidToken) and not foreign(problem):
                    self.credentials.refused()
                log.warning("telegram webhook state unknown", error=type(problem).__name__)
                continue
            self._heard()
            if info.url != wanted.url:
                self.credentials.clashed(proven=True)
                log.error("telegram webhook was changed by somebody else: set again", removed=not info.url)
                await self.set_webhook(wanted.url, wanted.secret)
            elif not deliveries.stuck(info, called=self._calls != calls):
                self.credentials.reached()
            elif self.credentials.trouble is None:
                why = (info.last_error_message or "")[:120]
                log.error("telegram cannot reach the webhook", waiting=info.pending_update_count, why=why)
                self.credentials.unreached()
                await self.set_webhook(wanted.url, wanted.secret)  # its secret may have been changed

    def webhook(self, secret: str, deliver: Deliver) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The HTTP handler: 200 only after the inbox has it (D2); one uniform refusal for anything forged (S1)."""

        order = InOrder(self.kept)

        async def handle(request: web.Request) -> web.Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not secret or not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
                return web.Response(status=403)
            if request.content_type != "application/json":
                return web.Response(status=400)
            try:
                raw = json.loads(await request.read())  # the application refuses more than BODY_LIMIT
            except (ValueError, RecursionError, web.HTTPRequestEntityTooLarge):
                raw = None
            if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
                return web.Response(status=400)
            self.last_heard = self._host()
            async with order.turn(raw["update_id"]):
                await deliver([(self._safe_envelope(raw), raw)])
            self._calls += 1
            return web.Response(status=200)

        return handle

    # --- understanding -------------------------------------------------------------------------------------

    def envelope(self, raw: Any) -> Envelope:
        """Key, sender and second identity. Raises ValueError when there is no update id."""
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            raise ValueError("no update id")
        key = str(raw["update_id"])
        body = next((raw[kind] for kind in ALLOWED if isinstance(raw.get(kind), dict)), None)
        if body is None:
            return Envelope(key, "nobody")
        sender = str((body.get("from") or {}).get("id", "nobody"))
        dedupe = None
        if isinstance(raw.get("message"), dict):
            dedupe = f"message:{body['chat']['id']}:{body['message_id']}"
            return Envelope(key, sender, dedupe, carries_file=_carries_file(body))
        if isinstance(raw.get("callback_query"), dict):
            dedupe = f"press:{body['id']}"
        return Envelope(key, sender, dedupe)

    async def fetch(self, raw: Any) -> bytes:
        """The file of a message; the address that getFile gives holds for an hour."""
        try:
            place = await self.bot.get_file(raw["message"]["document"]["file_id"])
            if (place.file_size or 0) > SMALL_FILE:
                raise Rejected("file is too big")
            return bytes(await place.download_as_bytearray())
        except RetryAfter as problem:
            raise NotSent("too many requests", timedelta(seconds=seconds(problem.retry_after))) from problem
        except (BadRequest, KeyError, TypeError) as problem:
            raise Rejected(type(problem).__name__) from problem
        except TelegramError as problem:
            raise NotSent(type(problem).__name__) from problem

    def parse(self, raw: Any) -> Event | None:
        """The update in our words; None for kinds that do not concern us."""
        if not any(isinstance(raw.get(kind), dict) for kind in ALLOWED):
            return None  # not asked for, and perhaps newer than the library
        update = Update.de_json(raw, self.bot)
        key = str(update.update_id)
        if update.my_chat_member is not None:
            return self._membership(update, key)
        if update.callback_query is not None:
            return self._press(update, key)
        message = update.message or update.edited_message
        if message is None:
            return None
        event = self._message(message, key, edited=update.edited_message is not None)
        if event is None or message.document is None:
            return event
        kept = raw.get("_file")
        content = base64.b64decode(kept) if isinstance(kept, str) else None
        name = clean(message.document.file_name or "")
        return replace(event, document=Document(name, message.document.file_size or 0, content))

    def _membership(self, update: Update, key: str) -> Event:
        change = update.my_chat_member
        assert change is not None
        here = change.new_chat_member.status in {"member", "administrator", "restricted", "creator"}
        was = change.old_chat_member.status in {"member", "administrator", "restricted", "creator"}
        private = change.chat.type == "private"
        if private:
            kind = Kind.UNBLOCKED if here else Kind.BLOCKED
        elif here == was:
            kind = Kind.OTHER
        else:
            kind = Kind.ADDED if here else Kind.REMOVED
        return Event(
            self.name, kind, key, str(change.from_user.id), str(change.chat.id), private, at=change.date,
            sender_name=clean(change.from_user.full_name), lang=change.from_user.language_code or "zh",
            chat_title=clean(change.chat.title or ""), by_bot=change.from_user.is_bot,
        )  # fmt: skip

    def _press(self, update: Update, key: str) -> Event | None:
        query = update.callback_query
        assert query is not None
        if query.message is None:
            return None
        chat = query.message.chat
        return Event(
            self.name, Kind.PRESS, key, str(query.from_user.id), str(chat.id), chat.type == "private",
            message_id=str(query.message.message_id), token=query.data, press_id=query.id,
            sender_name=clean(query.from_user.full_name), lang=query.from_user.language_code or "zh",
            by_bot=query.from_user.is_bot, chat_title=clean(chat.title or ""),
        )  # fmt: skip

    def _message(self, message: Message, key: str, *, edited: bool) -> Event | None:
        chat = message.chat
        sender = message.from_user
        base: dict[str, Any] = {
            "channel": self.name,
            "key": key,
            "sender": str(sender.id) if sender else "nobody",
            "chat": str(chat.id),
            "private": chat.type == "private",
            "at": message.date,
            "message_id": str(message.message_id),
            "sender_name": clean(sender.full_name) if sender else "",
            "lang": (sender.language_code if sender else None) or "zh",
            "chat_title": clean(chat.title or ""),
        }
        if message.migrate_to_chat_id:
            return Event(kind=Kind.MIGRATED, migrated_to=str(message.migrate_to_chat_id), **base)
        anonymous = sender is None or sender.id in {ANONYMOUS_ADMIN, LINKED_CHANNEL} or message.sender_chat is not None
        text = clean(message.text or message.caption or "")
        attachment = next((name for name in ATTACHMENTS if getattr(message, name, None)), None)
        if not text and attachment is None:
            return None  # a service message
        target = message.reply_to_message
        if target is not None and target.forum_topic_created is not None:
            target = None
        return Event(
            kind=Kind.EDITED if edited else Kind.MESSAGE,
            text=text,
            attachment=attachment,
            reply_to=str(target.message_id) if target else None,
            reply_to_us=bool(target and target.from_user and target.from_user.id == self.bot.id),
            quoted=clean((target.text or target.caption or "") if target else ""),
            anonymous=anonymous,
            by_bot=bool(sender and sender.is_bot and not anonymous),
            **base,
        )

    # --- sending ---------------------------------------------------------------------------------------------

    async def send(self, out: Outgoing) -> str | None:
        """Make the call; errors in the port's classes (reliability D6)."""
        if not self._ready.is_set():
            raise NotSent("telegram is not reachable yet", timedelta(seconds=1))
        try:
            done = await self._call(out)
        except TelegramError as problem:
            if isinstance(problem, BadRequest | Forbidden | ChatMigrated | RetryAfter) and not foreign(problem):
                self.credentials.taken()  # refused, but not us
                if isinstance(problem, BadRequest):
                    return self._bad_request(problem, out)
            ended = outcome(problem)
            if isinstance(ended, Locked):
                self._locked(problem)
            raise ended from problem
        self.credentials.taken()
        return done

    def _locked(self, problem: TelegramError) -> None:
        if isinstance(problem, Conflict):
            self.credentials.clashed()
        else:
            self.credentials.refused()

    def _bad_request(self, problem: BadRequest, out: Outgoing) -> str | None:
        text = problem.message.casefold()
        if "not modified" in text:
            return out.message_id
        if out.verb == "answer":
            return None  # too old: the spinner is gone anyway
        if "chat not found" in text or "not enough rights" in text or "topic_closed" in text or "kicked" in text:
            raise Gone(problem.message)
        raise Rejected(problem.message)

    async def _call(self, out: Outgoing) -> str | None:
        chat = int(out.chat) if out.chat.lstrip("-").isdigit() else 0
        match out.verb:
            case "answer":
                await self.bot.answer_callback_query(
                    out.press_id or "", text=out.text or None, show_alert=out.alert or None
                )
                return None
            case "edit":
                return await self._edit(out, chat)
            case "strip":
                await self.bot.edit_message_reply_markup(chat_id=chat, message_id=int(out.message_id or 0))
                return None
            case "delete":
                await self.bot.delete_message(chat, int(out.message_id or 0))
                return None
            case "leave":
                await self.bot.leave_chat(chat)
                return None
            case "menu":
                await self._menu(out)
                return None
        return await self._new_message(out, chat)

    async def _edit(self, out: Outgoing, chat: int) -> str | None:
        """New words, another picture with its caption, or, without words, other buttons under what is there."""
        place: dict[str, Any] = {"chat_id": chat, "message_id": int(out.message_id or 0), "reply_markup": _inline(out)}
        if out.file is not None:
            media = InputMediaPhoto(
                InputFile(out.file.content, filename=out.file.name, attach=True),
                caption=fit(out.text, self.limits.caption) or None,
                has_spoiler=out.file.hidden or None,
            )
            edited = await self.bot.edit_message_media(media, **place)
        elif out.text:
            options = LinkPreviewOptions(is_disabled=True)
            edited = await self.bot.edit_message_text(fit(out.text), link_preview_options=options, **place)
        else:
            edited = await self.bot.edit_message_reply_markup(**place)
        return str(edited.message_id) if isinstance(edited, Message) else out.message_id

    async def _new_message(self, out: Outgoing, chat: int) -> str:
        common: dict[str, Any] = {
            "chat_id": chat,
            "reply_markup": _inline(out) or _words(out),
            "disable_notification": out.silent or None,
            "protect_content": out.protect or None,
        }
        if out.reply_to:
            common["reply_parameters"] = ReplyParameters(int(out.reply_to), allow_sending_without_reply=True)
        if out.file is not None:
            content = InputFile(out.file.content, filename=out.file.name)
            caption = fit(out.text, self.limits.caption) or None
            if out.file.picture:
                covered = out.file.hidden or None
                sent = await self.bot.send_photo(photo=content, caption=caption, has_spoiler=covered, **common)
            else:
                sent = await self.bot.send_document(document=content, caption=caption, **common)
        else:
            sent = await self.bot.send_message(
                text=fit(out.text), link_preview_options=LinkPreviewOptions(is_disabled=True), **common
            )
        return str(sent.message_id)

    async def _menu(self, out: Outgoing) -> None:
        """The list behind the "/" key, per language; groups offer only binding."""
        commands = [BotCommand(name.lstrip("/"), words) for name, words in out.menu]
        private = [c for c in commands if c.command != "bind"]
        code = None if out.lang == "zh" else out.lang
        await self.bot.set_my_commands(private, scope=BotCommandScopeAllPrivateChats(), language_code=code)
        group = [c for c in commands if c.command == "bind"]
        await self.bot.set_my_commands(group, scope=BotCommandScopeAllGroupChats(), language_code=code)


def _inline(out: Outgoing) -> InlineKeyboardMarkup | None:
    if not out.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(b.label, callback_data=b.token) for b in row] for row in out.buttons]
    )


def _words(out: Outgoing) -> ReplyKeyboardMarkup | None:
    if not out.keyboard:
        return None
    return ReplyKeyboardMarkup([list(row) for row in out.keyboard], resize_keyboard=True, is_persistent=True)
