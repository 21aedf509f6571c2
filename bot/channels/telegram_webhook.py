"""What Telegram says about our webhook: is it still ours, and does it get through? Silence alone tells neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from telegram import WebhookInfo

LOOK = 30.0  # host seconds between two questions: shorter than what ends an alarm (credentials.QUIET)
PATIENCE = timedelta(seconds=60)  # a restart or a hand-over fails a delivery or two
STALE = timedelta(minutes=5)  # Telegram tries again after two minutes at most: an older failure is over


class Deliveries:
    """Whether Telegram gets through to us. `host` is the host's own time; Telegram's dates are only compared with each
    other, for its clock may be another."""

    def __init__(self, host: Callable[[], datetime]) -> None:
        self._host = host
        self._first = True
        self._failure: datetime | None = None  # Telegram's date of the newest one
        self._seen: tuple[datetime, datetime] | None = None  # host time of the first and the newest of these failures

    def stuck(self, info: WebhookInfo, *, called: bool) -> bool:
        """Has nothing come through for a while although updates wait? `called`: Telegram reached us since the last look."""
        now = self._host()
        fresh = not self._first and info.last_error_date not in {None, self._failure}
        self._first, self._failure = False, info.last_error_date
        if called or not info.pending_update_count:
            self._seen = None
            return False
        if fresh:
            self._seen = (self._seen[0] if self._seen else now, now)
        elif self._seen and now - self._seen[1] > STALE:
            self._seen = None
        return self._seen is not None and now - self._seen[0] >= PATIENCE
