"""Contacts with one customer: what is said about a call, the stage of the coming one, when the next one may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

INTERESTED, VISIT, SIGNED, NO_ANSWER, CALLBACK, REFUSED = (
    "interested", "visit", "signed", "no_answer", "callback", "refused",
)  # fmt: skip
"""A company may rename and extend its outcomes; these codes are the contract's."""


def next_stage(spoken: Iterable[int]) -> int:
    """The stage of the coming call, from the stages of the calls in which the customer was reached (001 doc 3).

    Nobody reached yet: 陌开 (0), however often it rang. A stage that was said counts: after a typed 回访2 comes 回访3.
    """
    stages = list(spoken)
    return max(len(stages), max(stages, default=-1) + 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says about one call, from a line, a form or a button. None: nothing was said.

    `wants` is what the outcome asks for next (policy `calls.outcomes`): "intention", "next" or None.
    """

    customer_id: int | None = None
    name: str | None = None
    phone: str | None = None  # E.164
    outcome: str | None = None
    intention: int | None = None  # 0–100
    stage: int | None = None
    next_contact: datetime | None = None
    note: str | None = None
    wants: str | None = None

    def packed(self) -> dict[str, Any]:
        """As a draft or a button keeps it: what was not said is left out."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.next_contact is not None:
            values["next_contact"] = self.next_contact.isoformat()
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def unpacked(cls, values: Mapping[str, Any]) -> Entry:
        """Back from a draft or a button."""
        known = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        if known.get("next_contact"):
            known["next_contact"] = datetime.fromisoformat(known["next_contact"])
        return cls(**known)

    def completed_by(self, later: Entry) -> Entry:
        """This and what was said afterwards: the later word wins, notes are put together."""
        said = {name: value for name in self.__dataclass_fields__ if (value := getattr(later, name)) is not None}
        if self.note and later.note and self.note != later.note:
            said["note"] = f"{self.note} {later.note}"
        return replace(self, **said)

    @property
    def says_something(self) -> bool:
        """Anything beyond whom it was with."""
        return any(
            value is not None for value in (self.outcome, self.intention, self.stage, self.next_contact, self.note)
        )


def offers(now: datetime, morning: time, is_off: Callable[[date], bool]) -> list[tuple[str, datetime]]:
    """Times worth a button for the next contact, the soonest first: (afternoon, tomorrow, after, monday, week; moment).

    `now` is in the company's zone; days that are not worked are not offered. At most four.
    """
    today = now.date()
    found: list[tuple[str, datetime]] = []

    def offer(name: str, day: date, at: time) -> None:
        moment = datetime.combine(day, at, now.tzinfo)
        if moment > now and not is_off(day) and all(moment.date() != other.date() for _, other in found):
            found.append((name, moment))

    offer("afternoon", today, time(15) if now.time() < time(13, 30) else time(17))
    offer("tomorrow", today + timedelta(days=1), morning)
    offer("after", today + timedelta(days=2), morning)
    monday = today + timedelta(days=7 - today.weekday())
    offer("monday", monday, morning)
    offer("tuesday", monday + timedelta(days=1), morning)
    offer("week", today + timedelta(days=7), morning)
    return found[:4]
