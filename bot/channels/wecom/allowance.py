"""How many calls may still reach one member or group: WeCom drops what is too much without a word (reliability D7)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0  # host seconds


class Allowance:
    """At most `most` calls in any minute for each address."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def wait(self, address: str, calls: int) -> float:
        """Host seconds until so many calls fit (no more than `most` are ever asked for); 0 when they fit now."""
        made = self._within(address)
        over = len(made) + min(calls, self.most) - self.most
        return max(made[over - 1] + MINUTE - self._clock(), 0.001) if over > 0 else 0.0

    def count(self, address: str) -> None:
        """One call is being made."""
        self._within(address).append(self._clock())

    def _within(self, address: str) -> deque[float]:
        if len(self._calls) > 10_000:
            before = self._clock() - MINUTE
            self._calls = {name: made for name, made in self._calls.items() if made and made[-1] > before}
        made = self._calls.setdefault(address, deque())
        while made and made[0] <= self._clock() - MINUTE:
            made.popleft()
        return made
