"""The toy network at work: what people do, and the updates, events and violations that follow from it."""

from __future__ import annotations

import random
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox import files
from sandbox.bus import Bus
from sandbox.clock import Clock
from sandbox.entities import plain, utf16
from sandbox.limits import Limits
from sandbox.model import ANONYMOUS_ADMIN, CallbackQuery, Chat, File, Json, Message, Presence, User, from_json
from sandbox.render import (
    chat_json,
    inaccessible_json,
    message_json,
    page_message,
    sender_json,
    user_json,
)
from sandbox.updates import UpdateQueue
from sandbox.world import World

MAX_TYPED = 4096
"""UTF-16 units of one message; apps split what is longer."""
CALLBACK_LIFE = 60.0
"""Host seconds within which a callback query can be answered."""
BOT_RIGHTS = {
    "can_be_edited": False,
    "can_manage_chat": True,
    "can_change_info": True,
    "can_delete_messages": True,
    "can_invite_users": True,
    "can_restrict_members": True,
    "can_pin_messages": True,
    "can_promote_members": False,
    "can_manage_video_chats": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "is_anonymous": False,
}


class ImpossibleError(Exception):
    """What a person of the toy network cannot do; the sentence is for the page."""


class Network:
    """World, queue, clock and files together; every action of a person is a method here."""

    def __init__(
        self,
        people: Mapping[str, Any],
        *,
        clock: Clock,
        host: Callable[[], float],
        store: files.FileStore,
        privacy: bool = True,
        flood: bool = False,
    ) -> None:
        self.world = World(people)
        self.clock = clock
        self.host = host
        self.files = store
        self.privacy = privacy
        self.bus = Bus()
        self.queue = UpdateQueue(host, random.randint(10_000_000, 900_000_000))
        self.limits = Limits(host, strict=flood)
        self.callbacks: dict[str, CallbackQuery] = {}
        self.violations: deque[Json] = deque(maxlen=2_000)
        self.violation_count = 0
        self.dirty = True

    # -- telling others -------------------------------------------------------------------------------------

    def publish(self, event: Json) -> None:
        self.dirty = True
        self.bus.publish(event)

    def violation(self, method: str, what: str) -> None:
        """Note what the real server would ignore, or what a bot must not do."""
        entry = {"method": method, "what": what, "at": self.clock.now().isoformat()}
        self.violations.append(entry)
        self.violation_count += 1
        self.publish({"type": "violation", **entry})

    def show(self, kind: str, message: Message) -> None:
        """Tell the page about a new or changed message."""
        shown = page_message(self.world, message, self.clock.now().tzinfo)
        self.publish({"type": kind, "chat_id": message.chat_id, "message": shown})

    def changed(self) -> None:
        self.publish({"type": "state"})

    # -- who and where --------------------------------------------------------------------------------------

    def user(self, user_id: int) -> User:
        user = self.world.users.get(user_id)
        if user is None:
            raise ImpossibleError(f"nobody here has the id {user_id}")
        return user

    def chat(self, chat_id: int) -> Chat:
        chat = self.world.chats.get(chat_id)
        if chat is None:
            raise ImpossibleError(f"there is no chat {chat_id}")
        return chat

    def group(self, chat_id: int) -> Chat:
        chat = self.chat(chat_id)
        if chat.type == "private":
            raise ImpossibleError(f"{chat_id} is no group")
        return chat

    def place(self, user: User, chat_id: int | None) -> Chat:
        """The chat a person writes into."""
        if user.deactivated:
            raise ImpossibleError(f"{user.first_name} has left the network")
        if chat_id is None or chat_id == user.id:
            if not user.started:
                raise ImpossibleError(f"{user.first_name} has not pressed Start yet")
            return self.world.private(user.id)
        chat = self.chat(chat_id)
        if chat.type == "private":
            raise ImpossibleError("nobody can write into another person's private chat")
        if user.id not in chat.members:
            raise ImpossibleError(f"{user.first_name} is not a member of {chat.title}")
        if chat.migrated_to:
            raise ImpossibleError(f"this group is now {chat.migrated_to}")
        return chat

    # -- what people do -------------------------------------------------------------------------------------

    def say(
        self,
        user_id: int,
        chat_id: int | None,
        text: str | None,
        *,
        reply_to: int | None = None,
        quote: str | None = None,
        media: str | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Message:
        """A person sends a text, or a photo, voice, document or sticker (`media`) with the text as caption.

        `file`: name and content of a document; without it a made-up one is sent.

        Answers the message; of a text too long for one message, which apps split, the first.
        """
        user = self.user(user_id)
        chat = self.place(user, chat_id)
        first, *more = split_text(text or "") if media is None else [text or ""]
        formatted = plain(first)
        if media is None and not formatted.text:
            raise ImpossibleError("an empty message cannot be sent")
        if media is not None and utf16(formatted.text) > 1024:
            raise ImpossibleError("a caption has at most 1024 characters")
        message = Message(0, chat.id, user.id, self.clock.stamp)
        if media is None:
            message.text, message.entities = formatted.text, formatted.entities
        else:
            self._attach(message, media, file)
            if formatted.text and media != "sticker":
                message.caption, message.entities = formatted.text, formatted.entities
        if reply_to is not None:
            target = self.world.find(chat, reply_to)
            if target is None:
                raise ImpossibleError(f"message {reply_to} is not there any more")
            message.reply_to = reply_to
            if quote:
                message.quote = {"text": quote, "position": 0, "is_manual": True}
        arrived = self.arrive(chat, message)
        for part in more:
            self.say(user_id, chat.id, part)
        return arrived

    def _attach(self, message: Message, media: str, file: tuple[str, bytes] | None) -> None:
        if media == "photo":
            message.photo = files.photo_sizes(self.files, files.made_photo(), "photo.png")
        elif media == "document":
            name, body = file or ("资料.txt", "一份随手发来的文件\n".encode())
            if not body or len(body) > files.UPLOAD_LIMIT:
                raise ImpossibleError("a file has at least one byte and at most 50 MB")
            message.document = files.document_of(self.files.add("document", body, name))
        elif media == "voice":
            voice = self.files.add("voice", files.MADE_VOICE, "voice.ogg", "audio/ogg")
            message.voice = {"duration": 3, "mime_type": "audio/ogg", **_ids(voice)}
        elif media == "sticker":
            sticker = self.files.add("sticker", files.MADE_STICKER, "sticker.webp", "image/webp")
            message.sticker = {
                "width": 512,
                "height": 512,
                "emoji": "👍",
                "is_animated": False,
                "is_video": False,
                "type": "regular",
                **_ids(sticker),
            }
        else:
            raise ImpossibleError(f"nobody can send a {media} here")

    def arrive(self, chat: Chat, message: Message) -> Message:
        """A message of a person or a service message comes in: stored, shown, and given to the bot."""
        message = self.world.post(chat, message)
        self.limits.credit(chat.id)
        self.show("message", message)
        if self.reaches_bot(chat, message):
            self.update("message", message_json(self.world, message), chat.id, message.sender)
        return message

    def update(self, kind: str, payload: Json, chat_id: int, user_id: int) -> None:
        """Queue an update; whoever appears in it is known to the bot from now on."""
        user = self.world.users.get(user_id)
        if user is not None:
            user.seen = True
        for member in payload.get("new_chat_members", []):
            if member["id"] in self.world.users:
                self.world.users[member["id"]].seen = True
        self.queue.add(kind, payload, chat_id)
        self.dirty = True

    def reaches_bot(self, chat: Chat, message: Message) -> bool:
        """Privacy mode: in a group the bot hears service messages, commands meant for it, replies to it."""
        if chat.type == "private":
            return True
        if chat.presence not in {"member", "administrator"}:
            return False
        if message.service is not None or not self.privacy or chat.presence == "administrator":
            return True
        target = chat.messages.get(message.reply_to) if message.reply_to else None
        if target is not None:
            if target.sender == self.world.bot.id:
                return True
            # A reply to somebody else goes to that somebody, unless a command names the bot.
        command = re.match(r"/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]+)?(?![\w@/])", message.text or "")
        if not command:
            return False
        if command.group(1):
            return command.group(1)[1:].lower() == self.world.bot.username.lower()
        return chat.bot_spoke

    def press(self, user_id: int, chat_id: int, message_id: int, data: str) -> CallbackQuery:
        """A person presses a button. The data is not compared with the message, as on the real server."""
        user = self.user(user_id)
        chat = self.place(user, chat_id)
        message = chat.messages.get(message_id)
        if not 1 <= len(data.encode()) <= 64:
            raise ImpossibleError("the data of a button has 1 to 64 bytes")
        if message is None or message.sender != self.world.bot.id:
            raise ImpossibleError(f"message {message_id} has no buttons of the bot")
        query = CallbackQuery(str(secrets.randbits(63)), user.id, chat.id, message.id, self.host())
        self.callbacks[query.id] = query
        self._forget_old_callbacks()
        payload: Json = {
            "id": query.id,
            "from": user_json(user),
            "chat_instance": str(hash((self.world.bot.id, chat.id)) & (2**63 - 1)),
            "data": data,
            "message": (
                inaccessible_json(self.world, chat, message.id)
                if message.deleted
                else message_json(self.world, message)
            ),
        }
        self.limits.credit(chat.id)
        self.update("callback_query", payload, chat.id, user.id)
        return query

    def _forget_old_callbacks(self) -> None:
        limit = self.host() - 10 * CALLBACK_LIFE
        for key in [key for key, query in self.callbacks.items() if query.made_at < limit]:
            del self.callbacks[key]

    def dump_callbacks(self) -> list[Json]:
        """Pressed buttons for the state file, with their age in host seconds."""
        return [vars(query) | {"made_at": self.host() - query.made_at} for query in self.callbacks.values()]

    def load_callbacks(self, data: list[Json]) -> None:
        now = self.host()
        queries = [from_json(CallbackQuery, item | {"made_at": now - item["made_at"]}) for item in data]
        self.callbacks = {query.id: query for query in queries}

    def edit(self, user_id: int, chat_id: int | None, message_id: int, text: str) -> Message:
        """A person changes an own message; the bot hears of it as edited_message."""
        user = self.user(user_id)
        chat = self.place(user, chat_id)
        message = self.world.find(chat, message_id)
        if message is None or message.sender != user.id:
            raise ImpossibleError("only an own message can be changed")
        formatted = plain(text)
        if not formatted.text:
            raise ImpossibleError("a message cannot become empty")
        if message.text is None:
            message.caption = formatted.text
        else:
            message.text = formatted.text
        message.entities, message.edited = formatted.entities, self.clock.stamp
        self.show("edit", message)
        if self.reaches_bot(chat, message):
            self.update("edited_message", message_json(self.world, message), chat.id, user.id)
        return message

    def delete(self, user_id: int, chat_id: int | None, message_id: int) -> None:
        """A person deletes a message; bots are told nothing."""
        user = self.user(user_id)
        chat = self.place(user, chat_id)
        message = self.world.find(chat, message_id)
        if message is None:
            raise ImpossibleError(f"message {message_id} is not there any more")
        if chat.type != "private" and message.sender != user.id and user.id not in chat.admins:
            raise ImpossibleError("only an own message can be deleted")
        self.remove(message)

    def remove(self, message: Message) -> None:
        self.world.delete(message)
        self.publish({"type": "delete", "chat_id": message.chat_id, "id": message.id})

    def start(self, user_id: int, payload: str | None) -> Message:
        """Pressing Start, or opening a deep link: unblocks and sends /start [payload]."""
        user = self.user(user_id)
        if user.deactivated:
            raise ImpossibleError(f"{user.first_name} has left the network")
        if payload and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload):
            raise ImpossibleError("a start parameter has 1 to 64 characters of A-Z a-z 0-9 _ -")
        if user.blocked:
            self.block(user_id, blocked=False)
        user.started = True
        chat = self.world.private(user.id)
        formatted = plain(f"/start {payload}" if payload else "/start")
        message = Message(0, chat.id, user.id, self.clock.stamp, formatted.text, formatted.entities)
        posted = self.arrive(chat, message)
        self.changed()
        return posted

    def block(self, user_id: int, *, blocked: bool) -> None:
        """A person blocks or unblocks the bot; it hears of it as my_chat_member."""
        user = self.user(user_id)
        if not user.started:
            raise ImpossibleError(f"{user.first_name} has not pressed Start yet")
        if user.blocked == blocked:
            return
        user.blocked = blocked
        chat = self.world.private(user.id)
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        self._my_chat_member(chat, user.id, _plain_status(old), _plain_status(new))
        self.changed()

    def deactivate(self, user_id: int) -> None:
        """An account is closed: it leaves its groups, and writing to it answers 403."""
        user = self.user(user_id)
        for chat in self.world.chats.values():
            if chat.type != "private" and user_id in chat.members:
                chat.members.remove(user_id)
                chat.admins = [admin for admin in chat.admins if admin != user_id]
        user.deactivated = True
        self.changed()

    # -- groups ---------------------------------------------------------------------------------------------

    def service(self, chat: Chat, sender: int, text: str, **fields: Any) -> Message:
        """A service message; always delivered to a bot that is there."""
        return self.arrive(chat, Message(0, chat.id, sender, self.clock.stamp, service=text, extra=fields))

    def new_group(self, title: str, members: list[int], admins: list[int]) -> Chat:
        for member in members:
            self.user(member)
        admins = admins or members[:1]
        chat = Chat(self.world.new_group_id(), "group", title, members=list(members), admins=list(admins))
        self.world.chats[chat.id] = chat
        if admins:
            self.service(chat, admins[0], f"新建了群组「{title}」", group_chat_created=True)
        self.changed()
        return chat

    def set_bot(self, chat_id: int, *, present: bool, by: int | None, admin: bool = False) -> None:
        """Somebody adds the bot to a group, takes it out, or makes it administrator."""
        chat = self.group(chat_id)
        actor = by if by is not None else next(iter(chat.admins or chat.members), None)
        if actor is None:
            raise ImpossibleError("nobody is there to add or remove the bot")
        self.user(actor)
        before = self.bot_status(chat)
        there = chat.presence in {"member", "administrator"}
        after: Presence = ("administrator" if admin else "member") if present else "kicked"
        if chat.presence == after or (not present and not there):
            return
        bot = sender_json(self.world, self.world.bot.id)
        if not present:
            # The leaving itself is the last thing the bot hears of the group.
            self.service(chat, actor, f"把 {self.world.bot.first_name} 移出了群组", left_chat_member=bot)
        chat.presence = after
        chat.bot_spoke = False
        self._my_chat_member(chat, actor, before, self.bot_status(chat))
        if present and not there:
            text = f"邀请 {self.world.bot.first_name} 进群"
            self.service(chat, actor, text, new_chat_members=[bot], new_chat_member=bot, new_chat_participant=bot)
        self.changed()

    def bot_leaves(self, chat: Chat) -> None:
        """The bot's own leaveChat."""
        before = self.bot_status(chat)
        bot = sender_json(self.world, self.world.bot.id)
        self.service(chat, self.world.bot.id, f"{self.world.bot.first_name} 退出了群组", left_chat_member=bot)
        chat.presence = "left"
        chat.bot_spoke = False
        self._my_chat_member(chat, self.world.bot.id, before, self.bot_status(chat))
        self.changed()

    def bot_status(self, chat: Chat) -> Json:
        """The bot's own ChatMember in a group."""
        status = {"none": "left"}.get(chat.presence, chat.presence)
        if status == "administrator":
            return {"status": status, **BOT_RIGHTS}
        return _plain_status(status)

    def _my_chat_member(self, chat: Chat, actor: int, old: Json, new: Json) -> None:
        bot = sender_json(self.world, self.world.bot.id)
        payload = {
            "chat": chat_json(self.world, chat),
            "from": sender_json(self.world, actor),
            "date": self.clock.stamp,
            "old_chat_member": {"user": bot, **old},
            "new_chat_member": {"user": bot, **new},
        }
        self.update("my_chat_member", payload, chat.id, actor)

    def change_members(self, chat_id: int, add: list[int], remove: list[int]) -> None:
        chat = self.group(chat_id)
        actor = next(iter(chat.admins or chat.members), None)
        for user_id in add:
            user = self.user(user_id)
            if user_id in chat.members:
                continue
            chat.members.append(user_id)
            person = user_json(user)
            by = actor if actor is not None else user_id
            self._chat_member(chat, by, person, "left", "member")
            self.service(chat, by, f"{user.first_name} 进群", new_chat_members=[person], new_chat_member=person)
        for user_id in remove:
            if user_id not in chat.members:
                continue
            person = user_json(self.user(user_id))
            chat.members.remove(user_id)
            chat.admins = [admin for admin in chat.admins if admin != user_id]
            by = actor if actor is not None else user_id
            self._chat_member(chat, by, person, "member", "left")
            self.service(chat, by, f"{person['first_name']} 离开了群组", left_chat_member=person)
        self.changed()

    def _chat_member(self, chat: Chat, actor: int, person: Json, old: str, new: str) -> None:
        if chat.presence != "administrator":
            return
        payload = {
            "chat": chat_json(self.world, chat),
            "from": sender_json(self.world, actor),
            "date": self.clock.stamp,
            "old_chat_member": {"user": person, **_plain_status(old)},
            "new_chat_member": {"user": person, **_plain_status(new)},
        }
        self.update("chat_member", payload, chat.id, actor)

    def migrate(self, chat_id: int) -> Chat:
        """A basic group becomes a supergroup: a new id for good, new message ids, two service messages."""
        old = self.group(chat_id)
        if old.type != "group" or old.migrated_to:
            raise ImpossibleError("only a basic group can become a supergroup, once")
        new_id = self.world.new_group_id(supergroup=True)
        new = replace(old, id=new_id, type="supergroup", messages={}, last_id=0, pinned=None, migrated_from=old.id)
        new.members, new.admins = list(old.members), list(old.admins)
        self.world.chats[new_id] = new
        actor = next(iter(old.admins or old.members), ANONYMOUS_ADMIN)
        self.service(old, actor, "群组升级为超级群组", migrate_to_chat_id=new_id)
        old.migrated_to = new_id
        self.service(new, ANONYMOUS_ADMIN, "由普通群组升级而来", migrate_from_chat_id=old.id)
        self.changed()
        return new

    def anonymous(self, chat_id: int, user_id: int, text: str, reply_to: int | None = None) -> Message:
        """An administrator speaks in the group's name: the bot sees GroupAnonymousBot and sender_chat."""
        chat = self.group(chat_id)
        if user_id not in chat.admins:
            raise ImpossibleError("only an administrator can be anonymous")
        formatted = plain(text)
        message = Message(0, chat.id, ANONYMOUS_ADMIN, self.clock.stamp, formatted.text, formatted.entities)
        message.reply_to = reply_to
        return self.arrive(chat, message)


def split_text(text: str) -> list[str]:
    """A long text in pieces of one message each, cut at a line end or a space where one is near."""
    pieces = []
    while utf16(text) > MAX_TYPED:
        end = MAX_TYPED
        while utf16(text[:end]) > MAX_TYPED:
            end -= 1
        near = max(text.rfind("\n", end * 3 // 4, end), text.rfind(" ", end * 3 // 4, end))
        end = near + 1 if near > 0 else end
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text] if text.strip() or not pieces else pieces


def _plain_status(status: str) -> Json:
    if status == "kicked":
        return {"status": "kicked", "until_date": 0}
    return {"status": status}


def _ids(file: File) -> Json:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
