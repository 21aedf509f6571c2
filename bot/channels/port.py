"""The narrow port between the bot and a chat network. Adapters translate; they decide nothing (D4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

SMALL_FILE = 64 * 1024  # bytes of a file that is fetched when somebody sends it


class Kind(StrEnum):
    """What happened on the network."""

    MESSAGE = "message"
    PRESS = "press"
    EDITED = "edited"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    OPENED = "opened"  # somebody opened the private chat and said nothing
    ADDED = "added"  # the bot came into a group
    REMOVED = "removed"  # the bot was put out of a group
    MIGRATED = "migrated"  # a group got a new id
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the inbox must know before anything is understood."""

    key: str  # the network's id of the update
    sender: str  # order is kept per sender
    dedupe: str | None = None  # a second identity: update ids may restart
    carries_file: bool = False  # a small one that somebody may want read: it is fetched before the update is handled


@dataclass(frozen=True, slots=True)
class Document:
    """A file that somebody sent. `content` is None where it was too big or could not be fetched."""

    name: str
    size: int  # bytes, as the network says
    content: bytes | None = None


def is_group(chat: str) -> bool:
    """Is this the address of a group? Adapters see to it that a group's begins with "-" and no person's does."""
    return chat.startswith("-")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did, in our words."""

    channel: str
    kind: Kind
    key: str
    sender: str
    chat: str
    private: bool
    at: datetime | None = None  # the platform's stamp of the act; None for a press
    message_id: str | None = None
    text: str = ""
    attachment: str | None = None  # photo, voice, document, sticker, ... when that was sent instead of text
    document: Document | None = None  # with an attachment "document"
    token: str | None = None  # of a pressed button
    press_id: str | None = None  # to answer the press
    reply_to: str | None = None  # message id in the same chat
    reply_to_us: bool = False
    quoted: str = ""  # text of the message replied to, as far as the network tells
    sender_name: str = ""
    lang: str = "zh"
    anonymous: bool = False  # an administrator or a channel without a name
    by_bot: bool = False
    chat_title: str = ""
    migrated_to: str | None = None
    addressed: bool = False  # a command with our name, or a mention


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says and what it does. On the wire it is an opaque token (D9)."""

    label: str
    action: str
    args: Mapping[str, Any] = field(default_factory=dict)
    once: bool = True  # one use; False for looking at something
    shared: bool = False  # anybody in the group may press it


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class File:
    """Something to look at or keep. `drawing`: a picture as data, drawn just before it is sent (bot.render.pictures)."""

    name: str
    content: bytes = b""
    picture: bool = False
    drawing: Mapping[str, Any] | None = None
    hidden: bool = False  # covered until it is tapped: pay
    otherwise: str = ""  # what is said instead of the message's words when it cannot be drawn

    def packed(self) -> list[Any]:
        """As JSON keeps it: of a picture that is drawn later, only what it shows."""
        return [self.name, self.content.hex(), self.picture, self.drawing, self.hidden, self.otherwise]

    @classmethod
    def unpacked(cls, kept: Sequence[Any]) -> File:
        """What `packed` made, by this version or an earlier one."""
        name, content, *rest = kept
        return cls(name, bytes.fromhex(content), *rest)


@dataclass(frozen=True, slots=True)
class Message:
    """What the bot says. Plain text: nothing to escape, nothing to break (S7)."""

    text: str
    rows: Rows = ()
    edit: bool = False  # replace the message whose button was pressed
    subject: str | None = None  # what it carries (report:12): replies to it find that
    reply_to_subject: str | None = None  # shown as a reply to the last message that carries this
    keyboard: tuple[tuple[str, ...], ...] | None = None  # the words under the typing line
    file: File | None = None
    silent: bool = False
    protect: bool = False  # not to be forwarded: pay, customers


@dataclass(frozen=True, slots=True)
class Toast:
    """A short answer to a press, seen by the presser alone; nothing is posted."""

    text: str
    alert: bool = False


@dataclass(frozen=True, slots=True)
class WireButton:
    """A button as the network gets it."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to make on the network."""

    verb: str  # send, edit, strip, answer, delete, leave, menu
    chat: str
    text: str = ""
    buttons: tuple[tuple[WireButton, ...], ...] = ()
    message_id: str | None = None  # of the message to edit or strip
    reply_to: str | None = None
    answers: str | None = None  # key of the event that this is the first answer to
    press_id: str | None = None
    alert: bool = False
    keyboard: tuple[tuple[str, ...], ...] | None = None
    file: File | None = None
    silent: bool = False
    protect: bool = False
    menu: tuple[tuple[str, str], ...] = ()
    lang: str = "zh"
    mark: int = 0  # of the message, however often and by whichever process it is tried


@dataclass(frozen=True, slots=True)
class Budget:
    """So many messages at once, refilled evenly over `seconds`: any window sees at most capacity plus refill.

    `strict`: never more than `capacity` within any `seconds`, all of them at once if need be.
    """

    capacity: float
    seconds: float
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network can carry. Its budgets hold for one account of ours there (D7); Telegram's are the defaults
    (the Bot API notes: under 30/s over all, under 20/min in a group, 1/s in a chat with short bursts)."""

    text: int  # UTF-16 units
    caption: int
    can_edit: bool
    can_reply: bool
    toasts: bool = True  # a press may be answered by words that only the presser sees
    cards: bool = False  # buttons hang on cards of a few lines, pictures carry no words (bot.channels.layout)
    overall: Budget = Budget(14, 1)
    person: Budget = Budget(8, 8)
    group: Budget = Budget(7, 35)
    menu: bool = False  # keeps a list of commands (verb "menu")


class NotSent(Exception):
    """Certainly not sent; try again later. `delay` is how long the network asked us to wait, if it did."""

    def __init__(self, why: str, delay: timedelta | None = None) -> None:
        super().__init__(why)
        self.delay = delay


class MaybeSent(Exception):
    """The answer was lost: it may be out."""


class Gone(Exception):
    """This person or group cannot be reached: blocked, kicked, deactivated."""


class Rejected(Exception):
    """The network will never take this message as it is."""


class Moved(Exception):
    """The group has a new id."""

    def __init__(self, chat: str) -> None:
        super().__init__("moved")
        self.chat = chat


class Locked(Exception):
    """Our credentials are refused, or somebody else uses them: stop and tell the holder."""


class Channel(Protocol):
    """A chat network, as the dispatcher and the outbox see it. What the process around them needs to know of one is
    in `bot.channels.line`."""

    name: str
    limits: Limits

    def envelope(self, raw: Any) -> Envelope:
        """Key, sender and second identity of a raw update. Raises ValueError when it has no key."""
        ...

    def parse(self, raw: Any) -> Event | None:
        """The update in our words; None for what does not concern us."""
        ...

    async def send(self, out: Outgoing) -> str | None:
        """Make the call once; the new message's id, if there is one.

        Raises NotSent, MaybeSent, Gone, Rejected, Moved or Locked.
        """
        ...


@runtime_checkable
class Remembering(Channel, Protocol):
    """A network that has to know what was said there before we began to send."""

    memory: timedelta  # how far back

    def begin(self, gone: Iterable[tuple[str, timedelta]]) -> None:
        """We begin to send, and nobody else does. `gone`: chat, and how long ago something went there; oldest first."""
        ...


@runtime_checkable
class Fetching(Channel, Protocol):
    """A network that hands out what people send."""

    async def fetch(self, raw: Any) -> bytes:
        """The small file that a raw update carries. Raises NotSent (later again) or Rejected (never)."""
        ...
