"""The published sending limits: watched always (violations), enforced with 429 in strict mode.

About one message a second into a private chat with short bursts, twenty a minute into one group, thirty a
second over all chats. Answering somebody who has just written counts much less.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

PRIVATE_BURST = 10.0
PRIVATE_RATE = 1.0
GROUP_PER_MINUTE = 20
ALL_PER_SECOND = 30


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True)
class Verdict:
    """`wait`: whole seconds to answer 429 with (0: go on); `broken`: what to note as a violation."""

    wait: int = 0
    broken: list[str] = field(default_factory=list)


class Limits:
    """Counts sends; `host` gives monotonic host seconds. `strict`: answer 429 instead of only noting."""

    def __init__(self, host: Callable[[], float], *, strict: bool) -> None:
        self._host = host
        self.strict = strict
        self._private: dict[int, _Bucket] = {}
        self._groups: dict[int, deque[float]] = {}
        self._all: deque[float] = deque()
        self._waits: dict[int | None, float] = {}

    def credit(self, chat_id: int) -> None:
        """A person wrote or pressed: one answer into their chat is free."""
        if chat_id > 0:
            bucket = self._bucket(chat_id)
            bucket.tokens = min(PRIVATE_BURST, bucket.tokens + 1)

    def impose(self, chat_id: int | None, seconds: float) -> None:
        """The bot was told to wait, for one chat or (None) altogether."""
        self._waits[chat_id] = max(self._waits.get(chat_id, 0.0), self._host() + seconds)

    def send(self, chat_id: int) -> Verdict:
        """One message goes out into a chat."""
        now = self._host()
        broken: list[str] = []
        left = max(self._waits.get(chat_id, 0.0), self._waits.get(None, 0.0)) - now
        if left > 0:
            broken.append(f"sent into chat {chat_id} with {left:.1f} s of a 429 wait left")
            return Verdict(math.ceil(left), broken) if self.strict else Verdict(0, broken)
        wait, reason = self._exceeded(chat_id, now)
        if wait > 0:
            if self.strict:
                seconds = math.ceil(wait)
                self.impose(None if reason.startswith("more than 30") else chat_id, seconds)
                return Verdict(seconds)
            broken.append(reason)
        self._count(chat_id, now)
        return Verdict(0, broken)

    def _exceeded(self, chat_id: int, now: float) -> tuple[float, str]:
        while self._all and self._all[0] <= now - 1.0:
            self._all.popleft()
        if len(self._all) >= ALL_PER_SECOND:
            return 1.0, "more than 30 messages in one second over all chats"
        if chat_id > 0:
            bucket = self._bucket(chat_id)
            if bucket.tokens < 1.0:
                wait = (1.0 - bucket.tokens) / PRIVATE_RATE
                return wait, f"more than one message a second into chat {chat_id}"
            return 0.0, ""
        sent = self._groups.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60.0:
            sent.popleft()
        if len(sent) >= GROUP_PER_MINUTE:
            return sent[0] + 60.0 - now, f"more than 20 messages a minute into group {chat_id}"
        return 0.0, ""

    def _count(self, chat_id: int, now: float) -> None:
        self._all.append(now)
        if chat_id > 0:
            bucket = self._bucket(chat_id)
            bucket.tokens = max(0.0, bucket.tokens - 1.0)
        else:
            self._groups.setdefault(chat_id, deque()).append(now)

    def _bucket(self, chat_id: int) -> _Bucket:
        now = self._host()
        bucket = self._private.setdefault(chat_id, _Bucket(PRIVATE_BURST, now))
        bucket.tokens = min(PRIVATE_BURST, bucket.tokens + (now - bucket.at) * PRIVATE_RATE)
        bucket.at = now
        return bucket
