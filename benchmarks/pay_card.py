"""One person's /pay, 如果 and 为什么, and a supervisor's: what they take from the database to their words, in a large company and a small one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from bot.render import pay as words
from core.rules.calendar import Month
from core.rules.pay import Component, DealKind
from core.rules.people import Person, Role, Status
from core.store import models as m
from core.store import people
from core.store.db import Database, Tx
from core.usecases import pay, pay_ahead

MONTH = Month(2026, 11)
LOOKS = 40  # people who look, a round
ROUNDS = 5
MOST = 1.5  # what the product promises for a card, as a ratio
IMAGINED, TARGET = 800_000, 50_000_00  # fen

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


async def _why_leading(tx: Tx, person: Person) -> object:
    found = await pay.earn(tx, person, MONTH)
    return words.why(found, [], "zh"), await pay.sellers_of(tx, found)


VIEWS: dict[str, View] = {"/pay": _card, "如果": _what_if, "为什么": _why}
LEADING: dict[str, View] = {"/pay 主管": _card, "为什么 主管": _why_leading}


async def looked(small: Database, few: int, large: Database, many: int) -> Cards:
    """Every view in both companies in turn; of those who lead a group too, who come into the companies for it."""
    for db in (small, large):
        await _supervise(db)
    views = [await _view(name, view, (small, few), (large, many)) for name, view in VIEWS.items()]
    views += [await _view(name, view, (small, None), (large, None)) for name, view in LEADING.items()]
    return Cards(tuple(views), few, many)


async def _supervise(db: Database) -> None:
    """A supervisor for each of some groups, and every group's target."""
    async with db.transaction() as tx:
        teams = [team.id for team in await people.teams(tx)]
        await tx.insert_many(
            m.targets,
            [
                {"team_id": team, "month": MONTH.key, "amount_fen": TARGET, "set_by": 1, "set_at": tx.now}
                for team in teams
            ],
        )
        for team in teams[:LOOKS]:
            await people.add(
                tx, employee_no=f"S{team:05d}", name=f"主管{team}", pinyin=f"zhuguan{team}", role=Role.SUPERVISOR,
                status=Status.REGULAR, team_id=team, hired_on=date(2024, 1, 1),
            )  # fmt: skip


async def _view(
    name: str, view: View, small: tuple[Database, int | None], large: tuple[Database, int | None]
) -> Looked:
    rounds = [(await _median(*small, view), await _median(*large, view)) for _ in range(ROUNDS)]
    return Looked(
        name,
        statistics.median(one for one, _ in rounds),
        statistics.median(one for _, one in rounds),
        statistics.median(much / little for little, much in rounds),
    )


async def _median(db: Database, count: int | None, view: View) -> float:
    """Milliseconds. `count`: agents evenly spread over so many people; None: the supervisors."""
    spent = []
    async with db.snapshot() as tx:
        if count is None:
            lookers = await people.everybody(tx, roles=[Role.SUPERVISOR])
        else:
            known = await people.by_ids(tx, range(1, count + 1, count // LOOKS))
            lookers = list(known.values())
        for person in lookers:
            began = time.perf_counter()
            await view(tx, person)
            spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000
