"""Sliding windows of host seconds: how many messages went where within a minute and an hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

MINUTE, HOUR = 60.0, 3600.0


class Limits:
    """Counts by any key; `host` gives monotonic host seconds."""

    def __init__(self, host: Callable[[], float]) -> None:
        self._host = host
        self._sent: dict[tuple[str, ...], deque[float]] = {}

    def take(self, *key: str, minute: int, hour: int | None = None) -> bool:
        """Count one more; False, and nothing counted, where that would be too many."""
        now = self._host()
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - HOUR:
            sent.popleft()
        if sum(1 for moment in reversed(sent) if moment > now - MINUTE) >= minute:
            return False
        if hour is not None and len(sent) >= hour:
            return False
        sent.append(now)
        return True
