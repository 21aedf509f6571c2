"""How many calls may still reach one member or group: WeCom drops what is too much without a word (reliability D7)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

MINUTE, HOUR = 60.0, 3600.0  # host seconds


class Allowance:
    """At most `most` calls in any minute for each address, and `hour` in any hour. `clock`: host seconds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic, *, hour: int | None = None) -> None:
        self._spans = [(most, MINUTE)] + ([(hour, HOUR)] if hour is not None else [])
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}

    def wait(self, address: str, calls: int = 1) -> float:
        """Host seconds until so many calls fit (no more than a span allows are ever asked for); 0 when they fit now."""
        made, now = self._within(address), self._clock()
        return max(self._left(made, most, span, calls, now) for most, span in self._spans)

    def count(self, address: str) -> None:
        """One call is being made."""
        self._within(address).append(self._clock())

    def begin(self, made: Iterable[tuple[str, float]], calls: int) -> None:
        """Forget all counts but these: address, and how many host seconds ago `calls` calls were made; oldest first."""
        now = self._clock()
        self._calls = {}
        for address, ago in made:
            self._calls.setdefault(address, deque()).extend([now - ago] * calls)

    def _left(self, made: deque[float], most: int, span: float, calls: int, now: float) -> float:
        """Until the newest call that has to leave the span is out of it."""
        keeps = most - min(calls, most)  # so many of the calls made may still be in the span
        if len(made) <= keeps:
            return 0.0
        at = made[-1 - keeps]
        return max(at + span - now, 0.001) if at > now - span else 0.0

    def _within(self, address: str) -> deque[float]:
        before = self._clock() - self._spans[-1][1]
        if len(self._calls) > 10_000:
            self._calls = {name: made for name, made in self._calls.items() if made and made[-1] > before}
        made = self._calls.setdefault(address, deque())
        while made and made[0] <= before:
            made.popleft()
        return made
