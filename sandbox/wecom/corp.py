"""The state of the toy corporation: members, groups, what was said, what was uploaded. Pure: no network, no tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.model import Json, from_json
from sandbox.wecom.cipher import Envelopes
from sandbox.wecom.model import Group, Media, Member, Message

OFFLINE = ("lost", "kept")
KEPT_MESSAGES = 5_000
"""Messages kept in one chat; the oldest go first."""
MEDIA_LIFE = 3 * 24 * 3600
"""Seconds of the company for which something uploaded can be used."""


@dataclass
class Console:
    """What an administrator sets: the app's and the bot's credentials, the callback address."""

    corp_id: str = "ww0demo0demo0demo0"
    agent_id: int = 1_000_002
    secret: str = "demo-app-secret"  # noqa: S105
    token: str = "demotoken"  # noqa: S105
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    callback_url: str = ""
    app_name: str = "外呼管家"
    bot_id: str = "aib-demo"
    bot_secret: str = "demo-bot-secret"  # noqa: S105
    bot_name: str = "外呼管家"
    trusted: bool = True
    """The caller's address is among the trusted ones."""
    offline: str = "lost"
    """What becomes of messages while no bot is connected: `lost`, or `kept` for the next connection. Not documented."""
    quote_cut: int = 400
    """Characters of a quoted text that reach the bot. Not documented; the bot must find what it needs at the start."""

    def __post_init__(self) -> None:
        Envelopes(self.token, self.aes_key, self.corp_id)  # a wrong key is told at once, not with the first callback
        if self.offline not in OFFLINE:
            raise ValueError(f"offline is one of {', '.join(OFFLINE)}")


@dataclass
class CardPlace:
    """An interactive card by its task_id: who sent it, and under which messages it stands."""

    owner: str
    places: list[tuple[str, int]] = field(default_factory=list)
    made: int = 0


@dataclass
class ResponseCode:
    """A right to update a card once within 72 hours of the company."""

    task_id: str
    made: int
    used: bool = False


class Corp:
    """Members, groups and messages by id."""

    def __init__(self, people: Mapping[str, Any]) -> None:
        given = people.get("wecom") or {}
        self.console = from_json(Console, given)
        self.members: dict[str, Member] = {}
        self.groups: dict[str, Group] = {}
        self.chats: dict[str, dict[int, Message]] = {}
        self.last: dict[str, int] = {}
        self.media: dict[str, Media] = {}
        self.cards: dict[str, CardPlace] = {}
        self.codes: dict[str, ResponseCode] = {}
        self.menu: Json | None = None
        self.join_missing(people)

    def join_missing(self, people: Mapping[str, Any]) -> None:
        """People and groups of people.json that are not known yet are added."""
        given = people.get("wecom") or {}
        for user in people.get("users", []):
            if userid := user.get("wecom"):
                full = f"{user.get('last_name') or ''}{user['first_name']}"
                self.add(from_json(Member, {**user, "userid": userid, "name": full, "telegram": user.get("id")}))
        for item in given.get("users", []):
            self.add(from_json(Member, {"name": item["userid"], **item}))
        for item in given.get("groups", []):
            if item["id"] not in self.groups:
                self.groups[item["id"]] = from_json(Group, item)

    def add(self, member: Member) -> None:
        """Somebody joins, unless they are there already."""
        self.members.setdefault(member.userid, member)

    def member(self, userid: str) -> Member | None:
        """A member by userid in any case, as the app's API reads it."""
        exact = self.members.get(userid)
        if exact is not None:
            return exact
        return next((member for member in self.members.values() if member.userid.lower() == userid.lower()), None)

    def seen_as(self, userid: str) -> Member | None:
        """A member by the very userid the AI bot was told."""
        return next((member for member in self.members.values() if member.seen_as == userid), None)

    def robot(self, key: str) -> Group | None:
        """The group of a webhook key."""
        return next((group for group in self.groups.values() if key in group.robots), None)

    def post(self, message: Message) -> Message:
        """Put a message into its chat under the chat's next id."""
        message.id = self.last[message.chat] = self.last.get(message.chat, 0) + 1
        chat = self.chats.setdefault(message.chat, {})
        chat[message.id] = message
        if len(chat) > KEPT_MESSAGES:
            del chat[min(chat)]
        return message

    def find(self, chat: str, message_id: int) -> Message | None:
        return self.chats.get(chat, {}).get(message_id)

    def usable(self, media_id: str, owner: str, kind: str, now: int) -> Media | None:
        """Something uploaded by this owner as this kind, while it can be used."""
        media = self.media.get(media_id)
        if media is None or media.owner != owner or media.kind != kind or now - media.made > MEDIA_LIFE:
            return None
        return media

    def dump(self) -> Json:
        """Everything, for the state file."""
        return {
            "console": asdict(self.console),
            "members": [asdict(member) for member in self.members.values()],
            "groups": [asdict(group) for group in self.groups.values()],
            "messages": [
                {key: value for key, value in vars(message).items() if value or key in {"finished", "heard"}}
                for chat in self.chats.values()
                for message in chat.values()
            ],
            "last": self.last,
            "media": [asdict(media) for media in self.media.values()],
            "cards": {task: asdict(place) for task, place in self.cards.items()},
            "codes": {code: asdict(right) for code, right in self.codes.items()},
            "menu": self.menu,
        }

    def load(self, data: Mapping[str, Any]) -> None:
        """The state as `dump` wrote it; credentials stay as people.json gives them, switches as they were left."""
        saved = data["console"]
        self.console.callback_url = self.console.callback_url or saved["callback_url"]
        self.console.trusted, self.console.offline = saved["trusted"], saved["offline"]
        self.members = {item["userid"]: from_json(Member, item) for item in data["members"]}
        self.groups = {item["id"]: from_json(Group, item) for item in data["groups"]}
        self.chats = {}
        for item in data["messages"]:
            self.chats.setdefault(item["chat"], {})[item["id"]] = from_json(Message, item)
        self.last = dict(data["last"])
        self.media = {item["id"]: from_json(Media, item) for item in data["media"]}
        self.cards = {
            task: CardPlace(item["owner"], [(chat, number) for chat, number in item["places"]], item["made"])
            for task, item in data["cards"].items()
        }
        self.codes = {code: from_json(ResponseCode, item) for code, item in data["codes"].items()}
        self.menu = data["menu"]
