"""What a picture costs: time after the first, the longest hold of the event loop meanwhile, size."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

from bot.render.pictures import boards
from bot.render.pictures.drawing import Press
from core.rules.people import COMPOUND_SURNAMES
from core.usecases.boards import Place

ROWS = 20
ROUNDS = 15
MS_MOST, STALL_MOST, BYTES_MOST = 150, 50, 300_000  # what the product promises on a quiet machine
BEAT = 0.001  # seconds between two looks at the loop


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds and bytes. `stall` is what a picture alone may add to the loop's longest pause."""

    first: float
    median: float
    stall_first: float
    stall: float
    size: int

    @property
    def kept(self) -> bool:
        """Are the promises kept?"""
        return self.median <= MS_MOST and max(self.stall, self.stall_first) <= STALL_MOST and self.size <= BYTES_MOST

    def __str__(self) -> str:
        return (
            f"pictures   {ROWS}-row board: first {self.first:.0f} ms, then median {self.median:.0f} ms; event loop held "
            f"at most {self.stall_first:.0f} ms by the first, {self.stall:.0f} ms after; {self.size // 1000} kB"
        )


def _places(round_: int) -> list[Place]:
    """Other figures each round: nothing comes off the shelf."""
    surnames = sorted(COMPOUND_SURNAMES) + list("赵钱孙李周吴郑王冯陈褚卫")
    return [
        Place(n + 1, f"{surnames[n]}晓{'燕明华'[n % 3]}", f"{n:03d}", "领航组", (99 - n) * 13_700 + round_, 3, 2 - n % 5, new=False)
        for n in range(ROWS)
    ]  # fmt: skip


class _Watch:
    """How long the event loop was kept from its next turn, beyond the beat itself."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def look(self) -> None:
        """Until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(BEAT)
            self.longest = max(self.longest, time.perf_counter() - before - BEAT)


async def _draw(press: Press, round_: int) -> tuple[float, float, int]:
    """Seconds, the loop's longest hold in seconds, bytes."""
    watch = _Watch()
    looking = asyncio.create_task(watch.look())
    await asyncio.sleep(10 * BEAT)
    began = time.perf_counter()
    made = await press.picture(boards.everyone(_places(round_), 0, "11-15 至 11-21", "全公司", "zh"))
    spent = time.perf_counter() - began
    await asyncio.sleep(2 * BEAT)
    looking.cancel()
    return spent, watch.longest, len(made)


async def _measure() -> Measured:
    press = Press()
    first, stall_first, _ = await _draw(press, 0)
    rounds = [await _draw(press, n) for n in range(1, ROUNDS + 1)]
    return Measured(
        first=first * 1000,
        median=statistics.median(spent for spent, _, _ in rounds) * 1000,
        stall_first=stall_first * 1000,
        stall=max(stall for _, stall, _ in rounds) * 1000,
        size=max(size for _, _, size in rounds),
    )


def measure() -> Measured:
    """A 20-row board, drawn as the bot draws it."""
    return asyncio.run(_measure())


if __name__ == "__main__":
    print(measure())  # noqa: T201
