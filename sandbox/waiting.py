"""What somebody at a phone waits for, on either network: the bot's answers, something to be seen, a changed message."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from sandbox.client import SandboxClient

PATIENCE = 60.0
"""Host seconds a wait lasts unless told otherwise."""


class Shown(Protocol):
    """A message as a phone shows it. A stream that is still growing is not finished."""

    @property
    def id(self) -> int: ...

    @property
    def by_bot(self) -> bool: ...

    @property
    def text(self) -> str: ...

    @property
    def finished(self) -> bool: ...


M = TypeVar("M", bound=Shown)
C = TypeVar("C")


class Watching(ABC, Generic[M, C]):
    """Somebody who looks at chats, which are named by C, and at messages M in them."""

    client: SandboxClient

    @property
    @abstractmethod
    def called(self) -> str:
        """Who that is, where a wait was in vain."""

    @abstractmethod
    def messages(self, chat: C | None = None) -> list[M]:
        """What is in a chat now, oldest first, without what was deleted."""

    @abstractmethod
    def place_of(self, message: M) -> C:
        """The chat of a message."""

    def replies(self, after: M | int = 0, chat: C | None = None) -> list[M]:
        """What the bot (on WeCom: bot, app or webhook) said later than `after`."""
        if isinstance(after, int):
            start = after
        else:
            start = after.id
            chat = self.place_of(after) if chat is None else chat
        return [message for message in self.messages(chat) if message.by_bot and message.id > start]

    async def answer(
        self, after: M | int = 0, containing: str = "", *, chat: C | None = None, patience: float = PATIENCE
    ) -> M:
        """The first finished one of these that contains a text."""

        def look() -> M | None:
            return next((m for m in self.replies(after, chat) if m.finished and containing in m.text), None)

        found: M = await self.client.until(look, f"an answer with {containing!r} for {self.called}", patience)
        return found

    async def answers(
        self, count: int, after: M | int = 0, *, chat: C | None = None, patience: float = PATIENCE
    ) -> list[M]:
        """All of them, once there are at least `count`."""

        def look() -> list[M] | None:
            found = self.replies(after, chat)
            return found if len(found) >= count else None

        found: list[M] = await self.client.until(look, f"{count} answers for {self.called}", patience)
        return found

    async def sees(self, containing: str, *, chat: C | None = None, patience: float = PATIENCE) -> M:
        """The newest message, changed since or not, that contains a text."""

        def look() -> M | None:
            return next((m for m in reversed(self.replies(0, chat)) if containing in m.text), None)

        found: M = await self.client.until(look, f"{containing!r} for {self.called}", patience)
        return found

    async def changed(self, message: M, containing: str, patience: float = PATIENCE) -> M:
        """Until an edit or an update has brought a text into a message."""
        await self.client.until(lambda: containing in message.text, f"a change to {containing!r}", patience)
        return message
