"""One person's /pay, 如果 and 为什么: what they take from the database to their words, in a large company and a small one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.render import pay as words
from core.rules.calendar import Month
from core.rules.pay import Component, DealKind
from core.rules.people import Person
from core.store import people
from core.store.db import Database, Tx
from core.usecases import pay, pay_ahead

MONTH = Month(2026, 11)
LOOKS = 40  # people who look, a round
ROUNDS = 5
MOST = 1.5  # what the product promises for a card, as a ratio
IMAGINED = 800_000  # fen

View = Callable[[Tx, Person], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Looked:
    """One view, milliseconds: the median over rounds of the rounds' medians, and of their ratios."""

    name: str
    small: float
    large: float
    ratio: float

    @property
    def kept(self) -> bool:
        """Is the promise kept?"""
        return self.ratio <= MOST


@dataclass(frozen=True, slots=True)
class Cards:
    """The card, and what stands behind its buttons. `small`, `large`: how many people the companies have."""

    views: tuple[Looked, ...]
    small: int
    large: int

    @property
    def kept(self) -> bool:
        """The promise is about the card; the others are reported beside it."""
        return self.views[0].kept

    def __str__(self) -> str:
        return "\n".join(
            f"{one.name:10} {one.large:.1f} ms in a company of {self.large:,}, {one.small:.1f} ms in one of {self.small}: "
            f"ratio {one.ratio:.2f} (at most {MOST:g})"
            for one in self.views
        )


async def _card(tx: Tx, person: Person) -> object:
    found = await pay.earn(tx, person, MONTH)
    return words.card(found, tx.today, "zh", await pay_ahead.beside(tx, found, person), person)


async def _what_if(tx: Tx, person: Person) -> object:
    found = await pay.earn(tx, person, MONTH)
    made = pay.imagine(found, IMAGINED, DealKind.OWN)
    ahead = pay.ahead_of(found, IMAGINED, DealKind.OWN)
    return words.what_if(IMAGINED, DealKind.OWN, made, None, ahead, "zh")


async def _why(tx: Tx, person: Person) -> object:
    found = await pay.earn(tx, person, MONTH)
    visits = await pay.behind(tx, found, Component.SHARES) if found.statement.shares else []
    return words.why(found, visits, "zh")


VIEWS: dict[str, View] = {"/pay": _card, "如果": _what_if, "为什么": _why}


async def looked(small: Database, few: int, large: Database, many: int) -> Cards:
    """Every view in both companies in turn."""
    views = []
    for name, view in VIEWS.items():
        rounds = [(await _median(small, few, view), await _median(large, many, view)) for _ in range(ROUNDS)]
        views.append(
            Looked(
                name,
                statistics.median(one for one, _ in rounds),
                statistics.median(one for _, one in rounds),
                statistics.median(much / little for little, much in rounds),
            )
        )
    return Cards(tuple(views), few, many)


async def _median(db: Database, count: int, view: View) -> float:
    """Milliseconds."""
    spent = []
    async with db.snapshot() as tx:
        for number in range(LOOKS):
            person = await people.by_id(tx, number * (count // LOOKS) + 1)
            if person is None:
                raise RuntimeError("nobody there")
            began = time.perf_counter()
            await view(tx, person)
            spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000
