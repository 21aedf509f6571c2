"""The toy WeCom at work: what members do, what reaches the bot, what the bot's messages become on their phones."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sandbox import files
from sandbox.model import Json
from sandbox.network import ImpossibleError, Network
from sandbox.wecom import cards, inbound, letters, menu
from sandbox.wecom.callbacks import Callbacks, Letter
from sandbox.wecom.contents import Content
from sandbox.wecom.corp import CardPlace, Corp
from sandbox.wecom.faults import Faults
from sandbox.wecom.gateway import Asked, Gateway
from sandbox.wecom.limits import Limits
from sandbox.wecom.model import APP, BOT, Group, Member, Message, app_chat, bot_chat, member_of
from sandbox.wecom.render import page_message
from sandbox.wecom.sending import new_code
from sandbox.wecom.tokens import Tokens

LOGGED_CALLS = 5_000
LONGEST_TYPED = 8_000
"""Characters somebody can type into one message."""


class WeCom:
    """One corporation with an AI bot, a self-built app and group webhooks.

    Args:
        net: the network whose clock, stream of events, files and violations it shares.
        people: the contents of people.json.
        root: the sandbox's address, once it listens.
    """

    def __init__(self, net: Network, people: Mapping[str, Any], root: Callable[[], str]) -> None:
        self.net = net
        self.root = root
        self.corp = Corp(people)
        self.limits = Limits(net.host)
        self.faults = Faults()
        self.tokens = Tokens(lambda: net.clock.stamp)
        self.gateway = Gateway(self)
        self.callbacks = Callbacks(self)
        self.sent: dict[str, tuple[int, Json]] = {}
        """What the app sent in the last hours, for its duplicate check: body to moment and answer."""
        self.calls: deque[Json] = deque(maxlen=LOGGED_CALLS)
        self.call_count = 0

    # -- telling others -------------------------------------------------------------------------------------

    def violation(self, where: str, what: str) -> None:
        self.net.violation(f"wecom {where}", what)

    def show(self, kind: str, message: Message) -> None:
        """Tell page and tests about a new (`wecom_message`) or changed (`wecom_edit`) message."""
        shown = page_message(message, self.net.clock.now().tzinfo)
        self.net.publish({"type": kind, "chat": message.chat, "message": shown})

    def changed(self) -> None:
        self.net.publish({"type": "wecom_state"})

    def log(self, where: str, params: Json, code: int, note: str = "") -> None:
        """Keep what a bot asked, with the errcode it got."""
        self.call_count += 1
        entry: Json = {"n": self.call_count, "method": where, "params": params, "code": code}
        entry |= {"at": self.net.clock.now().isoformat(), "note": note}
        self.calls.append(entry)
        self.net.bus.publish({"type": "call", "network": "wecom", **entry})

    # -- who and where --------------------------------------------------------------------------------------

    def member(self, userid: str) -> Member:
        member = self.corp.members.get(userid)
        if member is None:
            raise ImpossibleError(f"nobody here has the userid {userid}")
        if member.left:
            raise ImpossibleError(f"{member.name} has left the corporation")
        return member

    def group(self, chat: str) -> Group:
        group = self.corp.groups.get(chat)
        if group is None:
            raise ImpossibleError(f"there is no group {chat}")
        return group

    def place(self, member: Member, chat: str | None) -> str:
        """The chat a member writes into: `bot` (also without one), `app`, or a group they are in."""
        if chat in (None, "bot", bot_chat(member.userid)):
            return bot_chat(member.userid)
        if chat in ("app", app_chat(member.userid)):
            if not member.visible:
                raise ImpossibleError(f"{member.name} does not see the app")
            return app_chat(member.userid)
        group = self.group(str(chat))
        if member.userid not in group.members:
            raise ImpossibleError(f"{member.name} is not in {group.title}")
        return group.id

    def may_see(self, member: Member, message: Message) -> bool:
        owner = member_of(message.chat)
        return owner == member.userid if owner else member.userid in self.group(message.chat).members

    # -- what members do ------------------------------------------------------------------------------------

    async def say(
        self,
        userid: str,
        chat: str | None,
        text: str,
        *,
        at: bool = False,
        quote: int | None = None,
        media: str | None = None,
    ) -> Message:
        """A member writes; `at` mentions the bot in a group, `media` is image, file, voice, video or location."""
        member = self.member(userid)
        place = self.place(member, chat)
        if media is None and not text.strip():
            raise ImpossibleError("an empty message cannot be sent")
        if len(text) > LONGEST_TYPED:
            raise ImpossibleError(f"a message has at most {LONGEST_TYPED} characters")
        message = Message(0, place, userid, self.net.clock.stamp, inbound.kind_of(media, text), text)
        message.key = secrets.token_urlsafe(18)
        if at and member_of(place) is None:
            message.text = f"@{self.corp.console.bot_name} {text}".rstrip()
        if media is not None:
            self._attach(message, media)
        if quote is not None:
            target = self.corp.find(place, quote)
            if target is None:
                raise ImpossibleError(f"message {quote} is not there")
            message.quote = {"id": target.id, "from": target.sender, "kind": target.kind, "text": target.text}
        self.corp.post(message)
        if place.startswith("bot:"):
            await self.open_chat(userid)
            await self._to_bot(member, message, "single")
        elif place.startswith("app:"):
            self.to_app(member, message)
        elif inbound.mentions_bot(self.corp, message):
            await self._to_bot(member, message, "group")
        self.show("wecom_message", message)
        return message

    def _attach(self, message: Message, media: str) -> None:
        if media == "image":
            message.file = self.net.files.add("photo", files.made_photo(), "photo.png", "image/png").file_id
        elif media == "file":
            message.name = "资料.txt"
            body = "一份随手发来的文件\n".encode()
            message.file = self.net.files.add("document", body, message.name, "text/plain").file_id
        elif media in {"voice", "video"}:
            message.file = self.net.files.add("voice", files.MADE_VOICE, f"{media}.bin").file_id
        elif media != "location":
            raise ImpossibleError(f"nobody can send a {media} here")

    async def _to_bot(self, member: Member, message: Message, chattype: str) -> None:
        group = None if chattype == "single" else self.group(message.chat)
        if group is not None and not group.bot:
            return
        if group is None:
            member.spoken = True
        else:
            group.spoken = True
        body = inbound.message_body(self, member, message, group)
        asked = Asked("message", message.chat, member.userid, self.net.host())
        message.heard = await self.gateway.tell("aibot_msg_callback", body, asked)

    def to_app(self, member: Member, message: Message) -> None:
        """What is written to the app reaches it through its callback address. Files do not, as far as is known."""
        if message.kind == "file":
            message.heard = False
            return
        message.key = letters.number()
        plain = letters.message_xml(self, member, message)
        self.callbacks.put(Letter(plain, member.userid, chat=message.chat, message=message.id))

    def app_event(self, userid: str, event: str, key: str | None = None) -> None:
        """enter_agent, click, subscribe and the like."""
        member = self.corp.members[userid]
        self.callbacks.put(Letter(letters.event_xml(self, member, event, key), userid))

    def click(self, userid: str, label: str) -> None:
        """A member chooses an entry of the app's menu."""
        member = self.member(userid)
        self.place(member, "app")
        key = menu.entries(self.corp.menu).get(label)
        if key is None:
            raise ImpossibleError(f"the menu has no entry {label}")
        self.app_event(userid, "click", key)

    async def open_chat(self, userid: str) -> None:
        """A member opens the chat with the bot: the first time in a day, it hears of that."""
        member = self.member(userid)
        today = self.net.clock.now().date().isoformat()
        if member.entered and date.fromisoformat(member.entered) >= date.fromisoformat(today):
            return
        member.entered = today
        body = inbound.event_body(self, member, None, {"eventtype": "enter_chat"})
        await self.gateway.tell(
            "aibot_event_callback", body, Asked("enter_chat", bot_chat(userid), userid, self.net.host())
        )
        self.net.dirty = True

    async def press(self, userid: str, chat: str, message_id: int, key: str, chosen: Mapping[str, list[str]]) -> None:
        """A member presses a card; the key must be one the card has or had, as in a real client that lags behind."""
        member = self.member(userid)
        message = self.corp.find(chat, message_id)
        if message is None or message.card is None or not self.may_see(member, message):
            raise ImpossibleError(f"message {message_id} has no card here")
        shown = message.views.get(userid, message.card)
        if key not in cards.keys_of(shown) | cards.keys_of(message.card):
            raise ImpossibleError(f"this card has no key {key}")
        if userid not in message.busy:
            message.busy.append(userid)
        task_id = str(message.card.get("task_id", ""))
        pressed = inbound.Press(shown.get("card_type", ""), key, task_id, dict(chosen))
        self.show("wecom_edit", message)
        if message.sender == APP:
            self.press_app(member, pressed)
            return
        group = self.corp.groups.get(chat)
        body = inbound.event_body(self, member, group, inbound.card_event(pressed))
        asked = Asked("card", chat, userid, self.net.host(), task_id=task_id)
        await self.gateway.tell("aibot_event_callback", body, asked)

    def press_app(self, member: Member, pressed: inbound.Press) -> None:
        """A press on a card of the app reaches it through its callback address, with a right to update the card."""
        code = new_code(self, pressed.task_id)
        self.callbacks.put(Letter(letters.press_xml(self, member, pressed, code), member.userid))

    # -- what the bot's messages become ---------------------------------------------------------------------

    def post(
        self,
        chat: str,
        sender: str,
        content: Content,
        *,
        finished: bool = True,
        via: str = "",
        mentions: Sequence[str] = (),
    ) -> Message:
        """Put a message of the bot, the app or a webhook into a chat."""
        message = Message(0, chat, sender, self.net.clock.stamp, content.kind, content.text, content.card)
        message.file, message.name, message.finished = content.file, content.name, finished
        message.via, message.mentions = via, list(mentions)
        self.corp.post(message)
        self._remember_card(message)
        self.show("wecom_message", message)
        return message

    def _remember_card(self, message: Message) -> None:
        task_id = (message.card or {}).get("task_id")
        if task_id is None or message.sender not in {APP, BOT}:
            return
        owner = "app" if message.sender == APP else "bot"
        known = self.corp.cards.setdefault(f"{owner}:{task_id}", CardPlace(owner, made=message.date))
        known.places.append((message.chat, message.id))

    def edit(self, message: Message, content: Content, *, finished: bool = True) -> None:
        """A stream goes on."""
        message.text, message.finished, message.edited = content.text, finished, self.net.clock.stamp
        self.show("wecom_edit", message)

    def update_card(self, owner: str, task_id: str, card: Json, userids: list[str] | None) -> None:
        """A card changes, for some of those who see it or (None) for all."""
        place = self.corp.cards.get(f"{owner}:{task_id}")
        for chat, number in place.places if place else []:
            message = self.corp.find(chat, number)
            if message is None:
                continue
            reader = member_of(chat)
            if userids is not None and reader is not None and reader not in userids:
                continue
            if userids is None or reader is not None:
                message.card, message.text, message.busy, message.views = card, cards.as_text(card), [], {}
            else:
                message.views |= dict.fromkeys(userids, card)
                message.busy = [userid for userid in message.busy if userid not in userids]
            message.edited = self.net.clock.stamp
            self.show("wecom_edit", message)

    def bot_place(self, chatid: str, chat_type: Any) -> str | None:
        """The chat a proactive message goes to; None where the bot may not write."""
        group = self.corp.groups.get(chatid) if chat_type in (0, 2, None) else None
        if group is not None:
            return group.id if group.bot and group.spoken else None
        member = self.corp.seen_as(chatid) if chat_type in (0, 1, None) else None
        if member is None or member.left or not member.spoken:
            return None
        return bot_chat(member.userid)

    # -- state ----------------------------------------------------------------------------------------------

    def dump(self) -> Json:
        return {
            "corp": self.corp.dump(),
            "tokens": self.tokens.dump(),
            "sent": self.sent,
            "callbacks": self.callbacks.dump(),
        }

    def load(self, data: Mapping[str, Any], people: Mapping[str, Any]) -> None:
        self.corp.load(data["corp"])
        self.corp.join_missing(people)
        self.tokens.load(data["tokens"])
        self.callbacks.load(data["callbacks"])
        self.sent = {body: (at, answer) for body, (at, answer) in data["sent"].items()}

    async def tick(self) -> None:
        """What happens by time alone."""
        await self.gateway.tick()

    async def close(self) -> None:
        await self.gateway.close()
        await self.callbacks.close()
