"""The state of the toy network: who exists, which chats there are, what was said. Pure: no network, no tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sandbox.model import Chat, Json, Message, User, from_json, message_to_json

SUPERGROUP_BASE = -1_000_000_000_000
KEPT_MESSAGES = 5_000
"""Messages kept in one chat; the oldest go first."""


@dataclass
class Bot:
    """The bot's account."""

    token: str
    username: str
    first_name: str

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])


class World:
    """People, chats and messages by id, with the few rules that keep them consistent."""

    def __init__(self, people: Mapping[str, Any]) -> None:
        bot = people.get("bot") or {}
        self.bot = Bot(
            str(bot.get("token", "4242:demo")),
            str(bot.get("username", "waihu_demo_bot")),
            str(bot.get("first_name", "外呼管家")),
        )
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.menu_button: Json = {"type": "commands"}
        self.commands: dict[str, dict[str, list[Json]]] = {}
        self.profile: dict[str, dict[str, str]] = {"name": {}, "description": {}, "short_description": {}}
        self._next_user = 9_000
        self._next_group = 9_000
        for item in people.get("users", []):
            self.add_user(from_json(User, item))
        for item in people.get("groups", []):
            self._add_listed_group(item)

    def _add_listed_group(self, item: Mapping[str, Any]) -> None:
        supergroup = int(item["id"]) <= SUPERGROUP_BASE
        chat = Chat(
            id=int(item["id"]),
            type=item.get("type", "supergroup" if supergroup else "group"),
            title=str(item.get("title", "")),
            members=[int(member) for member in item.get("members", [])],
            admins=[int(admin) for admin in item.get("admins", [])],
            presence="member" if item.get("bot") else "none",
        )
        self.chats[chat.id] = chat

    def add_user(self, user: User) -> User:
        """Someone joins the network; who has started already gets the private chat at once."""
        self.users[user.id] = user
        if user.started:
            user.seen = True
            self.private(user.id)
        return user

    def new_user_id(self) -> int:
        while self._next_user in self.users:
            self._next_user += 1
        self._next_user += 1
        return self._next_user - 1

    def new_group_id(self, *, supergroup: bool = False) -> int:
        while True:
            self._next_group += 1
            candidate = SUPERGROUP_BASE - self._next_group if supergroup else -self._next_group
            if candidate not in self.chats:
                return candidate

    def private(self, user_id: int) -> Chat:
        """The private chat of a person with the bot, made when needed."""
        chat = self.chats.get(user_id)
        if chat is None:
            chat = self.chats[user_id] = Chat(id=user_id, type="private", user_id=user_id, presence="member")
        return chat

    def post(self, chat: Chat, message: Message) -> Message:
        """Put a message into a chat under the chat's next id."""
        chat.last_id += 1
        message = replace(message, id=chat.last_id, chat_id=chat.id)
        chat.messages[message.id] = message
        if len(chat.messages) > KEPT_MESSAGES:
            del chat.messages[min(chat.messages)]
        return message

    def find(self, chat: Chat, message_id: int) -> Message | None:
        """A message that is still there."""
        message = chat.messages.get(message_id)
        return None if message is None or message.deleted else message

    def delete(self, message: Message) -> None:
        """Take the contents away; the place stays, so that the page can show that something was here."""
        message.deleted = True
        message.text = message.caption = message.quote = message.inline = message.keyboard = None
        message.photo = message.document = message.voice = message.sticker = None
        message.entities, message.extra, message.reactions = [], {}, []
        chat = self.chats[message.chat_id]
        if chat.pinned == message.id:
            chat.pinned = None

    def dump(self) -> Json:
        """Everything, for the state file."""
        return {
            "bot": asdict(self.bot),
            "users": [asdict(user) for user in self.users.values()],
            "chats": [
                {
                    **{key: value for key, value in vars(chat).items() if key != "messages"},
                    "messages": [message_to_json(message) for message in chat.messages.values()],
                }
                for chat in self.chats.values()
            ],
            "commands": self.commands,
            "profile": self.profile,
            "menu_button": self.menu_button,
            "next": [self._next_user, self._next_group],
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> World:
        """The world as `dump` wrote it."""
        world = cls({"bot": data["bot"]})
        world.users = {item["id"]: from_json(User, item) for item in data["users"]}
        for item in data["chats"]:
            chat = from_json(Chat, {**item, "messages": {}})
            chat.messages = {m["id"]: from_json(Message, m) for m in item["messages"]}
            world.chats[chat.id] = chat
        world.commands = dict(data["commands"])
        world.profile = dict(data["profile"])
        world.menu_button = dict(data["menu_button"])
        world._next_user, world._next_group = data["next"]
        return world

    def join_missing(self, people: Mapping[str, Any]) -> None:
        """People and groups of people.json that the saved state does not know yet are added."""
        for item in people.get("users", []):
            if int(item["id"]) not in self.users:
                self.add_user(from_json(User, item))
        for item in people.get("groups", []):
            moved = any(chat.migrated_from == int(item["id"]) for chat in self.chats.values())
            if int(item["id"]) not in self.chats and not moved:
                self._add_listed_group(item)
