"""What the webhook is given side by side is kept by its numbers, and nothing waits for ever (D7)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.channels.telegram_order import InOrder
from core.store import models as m
from tests.channels.conftest import Post, eventually
from tests.channels.test_receiving import knock, update

LONG = 600.0  # host seconds: who waits so long has failed


class Desk:
    """An inbox with its doorkeeper: what is kept here, in that order, and by others."""

    def __init__(self, *others: int, hold: float = LONG) -> None:
        self.kept_here: list[int] = []
        self.others = set(others)
        self.broken: set[int] = set()
        self.asked = 0
        self.order = InOrder(self.kept, hold=hold, look=0)

    async def kept(self, keys: Collection[str]) -> set[str]:
        self.asked += 1
        return {str(one) for one in (*self.kept_here, *self.others)} & set(keys)

    async def takes(self, number: int) -> None:
        async with self.order.turn(number):
            await asyncio.sleep(0)
            if number in self.broken:
                self.broken.remove(number)
                raise OSError("disk full")
            self.kept_here.append(number)

    async def takes_all(self, *numbers: int) -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(*map(self.takes, numbers))


async def test_what_comes_side_by_side_is_kept_in_its_order() -> None:
    desk = Desk(10)
    await desk.takes_all(14, 12, 13, 11, 15)

    assert desk.kept_here == [11, 12, 13, 14, 15]


async def test_in_order_nobody_is_asked() -> None:
    desk = Desk(10)
    await desk.takes(11)
    before = desk.asked
    for number in range(12, 40):
        await desk.takes(number)

    assert desk.asked == before


async def test_one_that_is_missing_is_waited_for_until_another_process_has_it() -> None:
    desk = Desk(10)
    late = asyncio.create_task(desk.takes(12))
    await eventually(lambda: desk.asked > 3)
    assert not desk.kept_here
    desk.others.add(11)
    async with asyncio.timeout(60):
        await late

    assert desk.kept_here == [12]


async def test_one_that_does_not_come_is_waited_for_no_longer_than_that() -> None:
    desk = Desk(10, hold=0)
    await desk.takes_all(12)
    await desk.takes_all(11)

    assert desk.kept_here == [12, 11]


async def test_numbers_that_begin_anew_wait_for_nothing() -> None:
    desk = Desk(1_000_000)
    await desk.takes_all(7)
    await desk.takes_all(500_000)
    await desk.takes_all(0)

    assert desk.kept_here == [7, 500_000, 0]


async def test_one_that_could_not_be_kept_is_missing_until_it_comes_again() -> None:
    desk = Desk(10)
    desk.broken.add(11)
    after = asyncio.create_task(desk.takes(12))
    with pytest.raises(OSError, match="full"):
        await desk.takes(11)
    await eventually(lambda: desk.asked > 3)
    assert not desk.kept_here
    await desk.takes_all(11)
    async with asyncio.timeout(60):
        await after

    assert desk.kept_here == [11, 12]


async def test_copies_of_one_update_do_not_wait_for_each_other() -> None:
    desk = Desk(10)
    await desk.takes_all(12, 11, 11, 12)

    assert sorted(desk.kept_here) == [11, 11, 12, 12]
    assert desk.kept_here[0] == 11


async def test_the_inbox_has_updates_of_the_webhook_by_their_numbers(hooked: Post) -> None:
    assert await knock(hooked, update(900_001)) == 200
    later = [asyncio.create_task(knock(hooked, update(number))) for number in (900_004, 900_003)]
    assert await knock(hooked, update(900_002)) == 200
    assert [await one for one in later] == [200, 200]

    assert [row.key for row in await hooked.rows(m.inbox)] == ["900001", "900002", "900003", "900004"]
