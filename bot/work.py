"""What one transaction of the dispatcher has done: the updates handled, and the answers that leave after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.store import inbox, outbox
from core.store.db import REPLY, Tx


class Express(Protocol):
    """Whoever can send an answer the moment it is committed (`bot.jobs.outbox.Sender`)."""

    async def admits(self, tx: Tx, verb: str, person_id: int | None, channel: str, chat: str) -> datetime | None:
        """Until when (host time) an answer may be written as leased; None when it must queue."""
        ...

    def forget(self, row: outbox.Row) -> None:
        """What was admitted is not going to be sent: it was never written."""
        ...

    def go(self, row: outbox.Row, *, more: bool) -> None:
        """What was admitted is committed: send it. `more`: others were queued in the same transaction."""
        ...


@dataclass(slots=True)
class Work:
    """The state that must not survive a rollback."""

    express: Express | None
    handled: list[int] = field(default_factory=list)  # inbox rows
    leaving: list[outbox.Row] = field(default_factory=list)
    failures: list[tuple[inbox.Row, Exception]] = field(default_factory=list)
    more: bool = False

    def mark(self) -> tuple[int, int]:
        """Where we are, before somebody's update."""
        return len(self.handled), len(self.leaving)

    def back_to(self, mark: tuple[int, int]) -> None:
        """That update was rolled back."""
        del self.handled[mark[0] :]
        dropped = self.leaving[mark[1] :]
        del self.leaving[mark[1] :]
        self._forget(dropped)

    def forget(self) -> None:
        """Everything was rolled back."""
        self._forget(self.leaving)
        self.leaving = []

    def _forget(self, rows: list[outbox.Row]) -> None:
        if self.express is not None:
            for row in rows:
                self.express.forget(row)

    def go(self) -> None:
        """It is committed: what was written as leased leaves now."""
        if self.express is not None:
            for row in self.leaving:
                self.express.go(row, more=self.more)

    async def reply(
        self,
        tx: Tx,
        *,
        once: str,
        channel: str,
        chat: str,
        verb: str,
        payload: Any,
        person_id: int | None = None,
        subject: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Write an answer: as ours to send at once when the chat is free, else into the queue."""
        until = await self.express.admits(tx, verb, person_id, channel, chat) if self.express else None
        new = await outbox.reply(
            tx, once=once, channel=channel, chat=chat, verb=verb, payload=payload, person_id=person_id,
            subject=subject, expires_at=expires_at, leased_until=until,
        )  # fmt: skip
        if until is not None:
            row = outbox.Row(
                id=new or 0, channel=channel, chat=chat, person_id=person_id, rank=REPLY, verb=verb, notice=None,
                payload=payload, guard=None, subject=subject, repeatable=True, due_at=tx.now, expires_at=expires_at,
                attempts=0, created_at=tx.now, reason=None,
            )  # fmt: skip
            if new is None:
                assert self.express is not None
                self.express.forget(row)
            else:
                self.leaving.append(row)
        self.more = tx.noted > 0
