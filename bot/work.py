"""What one transaction of the dispatcher has done: updates handled, answers and buttons to write, answers that leave.

Answers are written together at the end: of several people's updates there are several, and one statement takes them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from core.store import buttons, inbox, outbox
from core.store.db import BESIDE, REPLY, Tx, lane_of


class Express(Protocol):
    """Whoever can send an answer the moment it is committed (`bot.jobs.outbox.Sender`)."""

    def admits(self, verb: str, channel: str, chat: str) -> datetime | None:
        """Until when (host time) an answer may be written as leased; None when it must queue. Keeps the chat free."""
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
    failures: list[tuple[inbox.Row, Exception]] = field(default_factory=list)
    _replies: list[dict[str, Any]] = field(default_factory=list)
    _buttons: list[Mapping[str, Any]] = field(default_factory=list)
    _leaving: list[outbox.Row] = field(default_factory=list)
    _more: bool = False

    def mark(self) -> tuple[int, int, int]:
        """Where we are, before somebody's update."""
        return len(self.handled), len(self._replies), len(self._buttons)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """That update was rolled back."""
        del self.handled[mark[0] :], self._replies[mark[1] :], self._buttons[mark[2] :]

    def reply(
        self,
        *,
        once: str,
        channel: str,
        chat: str,
        verb: str,
        payload: Any,
        person_id: int | None = None,
        subject: str | None = None,
        expires_at: datetime | None = None,
        with_buttons: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """An answer to what is being handled, with the rows of its buttons."""
        self._replies.append(
            {
                "once": once, "channel": channel, "chat": chat, "verb": verb, "payload": payload, "person_id": person_id,
                "subject": subject, "expires_at": expires_at, "lane": lane_of(verb, person_id, channel, chat),
            }
        )  # fmt: skip
        self._buttons.extend(with_buttons)

    async def write(self, tx: Tx) -> None:
        """Everything that was said: as ours to send at once where the chat is free, else into the queue."""
        await buttons.keep(tx, self._buttons)
        if not self._replies:
            return
        taken: set[str] = set()
        if self.express is not None and (lanes := {row["lane"] for row in self._replies} - {""}):
            taken = await outbox.lanes_taken(tx, lanes)
        for row in self._replies:
            until = None
            if self.express is not None and row["lane"] not in taken:
                until = self.express.admits(row["verb"], row["channel"], row["chat"])
            if row["verb"] not in BESIDE:
                taken.add(row["lane"])
            row |= {"state": "leased" if until else "new", "lease_until": until, "attempts": 1 if until else 0}
            if until is not None:
                self._leaving.append(_row(row, tx.now))
        ids = await outbox.replies(tx, self._replies)
        leaving, self._leaving = self._leaving, []
        for row_out, once in zip(leaving, (r["once"] for r in self._replies if r["lease_until"]), strict=True):
            if once in ids:
                self._leaving.append(replace(row_out, id=ids[once]))
            elif self.express is not None:
                self.express.forget(row_out)
        tx.noted += sum(row["lease_until"] is None for row in self._replies)
        self._more = tx.noted > 0

    def forget(self) -> None:
        """Everything was rolled back."""
        if self.express is not None:
            for row in self._leaving:
                self.express.forget(row)
        self._leaving = []

    def go(self) -> None:
        """It is committed: what was written as leased leaves now."""
        if self.express is not None:
            for row in self._leaving:
                self.express.go(row, more=self._more)


def _row(row: Mapping[str, Any], now: datetime) -> outbox.Row:
    return outbox.Row(
        id=0, channel=row["channel"], chat=row["chat"], person_id=row["person_id"], rank=REPLY, verb=row["verb"],
        notice=None, payload=row["payload"], guard=None, subject=row["subject"], repeatable=True, due_at=now,
        expires_at=row["expires_at"], attempts=1, created_at=now, reason=None,
    )  # fmt: skip
