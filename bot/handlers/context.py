"""What a handler may know, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.channels.port import Button, Event, Kind, Message, Rows, Toast
from bot.render.months import month_said
from bot.render.texts import t
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import Person

if TYPE_CHECKING:
    from core.store.db import Tx

Reply = Message | Toast | Sequence[Message | Toast] | None


@dataclass(slots=True)
class Ctx:
    """One event, one person, one transaction."""

    tx: Tx
    event: Event
    once: str  # unique for this event: the idempotency key of whatever it causes
    person: Person | None
    lang: str
    args: Mapping[str, Any] = field(default_factory=dict)  # of the pressed button
    rest: str = ""  # what stood behind a command word
    received: datetime | None = None  # when the update reached us
    known: dict[Any, Any] = field(default_factory=dict)  # what was worked out about this event already

    @property
    def me(self) -> Person:
        """The person who acts. Handlers of bound people only."""
        if self.person is None:
            raise Refusal("common.stranger")
        return self.person

    @property
    def pressed(self) -> bool:
        """Was a button pressed (or its word typed)?"""
        return self.event.kind is Kind.PRESS

    @property
    def at(self) -> datetime:
        """When the person acted: the platform's stamp of a message, our receipt for a press (D5)."""
        return self.event.at or self.received or self.tx.now

    @property
    def at_source(self) -> str:
        """Who says so: platform or received."""
        return "platform" if self.event.at is not None else "received"

    def t(self, key: str, **params: object) -> str:
        """A text in this person's language; a `Month` in it as people say months."""
        said = {
            name: month_said(value, self.tx.today, self.lang) if isinstance(value, Month) else value
            for name, value in params.items()
        }
        return t(self.lang, key, **said)

    def button(self, key: str, action: str, *, once: bool = True, **args: Any) -> Button:
        """A button whose label is the text `key`."""
        return Button(self.t(key), action, args, once=once)

    def turns(self, labels: tuple[str, str], action: str, page: int, *, more: bool, **args: Any) -> list[Button]:
        """The buttons that turn a list's pages: back and on, as far as there is something. `labels` are text keys."""
        back, on = labels
        found = [self.button(back, action, once=False, page=page - 1, **args)] if page > 0 else []
        return found + ([self.button(on, action, once=False, page=page + 1, **args)] if more else [])

    def say(self, key: str, rows: Rows = (), **params: object) -> Message:
        """A message whose text is `key`; it replaces the pressed message when a button brought us here."""
        return Message(self.t(key, **params), rows, edit=self.pressed)
