"""The company's clock: runs at normal speed and can be moved forward, never back.

While it is being moved it stops at every moment the bot has announced (`next`), so that jobs fire in their
order on the way; it goes on when the bot asks again with a later moment, or has been silent for five seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SILENCE = 5.0
"""Host seconds without a question after which the bot counts as absent."""
NEWCOMER = 20.0
"""Host seconds that a bot whose process has just started is waited for, until it says what it has planned."""
STALL = 20.0
"""Host seconds the clock waits at one moment for a bot that asks but does not get on with its work."""


class CannotGoBackError(ValueError):
    """The clock was asked to move to an earlier moment."""


@dataclass
class Report:
    """What the bot said last: the moment of its next job (None: nothing planned), and when it asked."""

    next: datetime | None
    asked_at: float


class Clock:
    """The company's time; `host` gives monotonic host seconds, so tests can set both by hand."""

    def __init__(self, start: datetime, host: Callable[[], float]) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs a start with a time zone")
        self._host = host
        self._zone = start.tzinfo
        self._base = start.astimezone(UTC)
        self._base_host = host()
        self._target: datetime | None = None
        self._report: Report | None = None
        self._held_since = 0.0
        self._expected_until = 0.0
        self.stalls = 0

    def now(self) -> datetime:
        """Company time, aware, in the zone of the start. Frozen while a move waits for the bot."""
        if self._target is not None:
            return self._base.astimezone(self._zone)
        return (self._base + timedelta(seconds=self._host() - self._base_host)).astimezone(self._zone)

    @property
    def stamp(self) -> int:
        """Whole unix seconds, as the Bot API dates its messages."""
        return int(self.now().timestamp())

    @property
    def moving(self) -> bool:
        return self._target is not None

    @property
    def target(self) -> datetime | None:
        return None if self._target is None else self._target.astimezone(self._zone)

    def move(self, to: datetime) -> None:
        """Start moving to `to`. A bot that is there is heard once more first: its plan may have changed.

        Raises:
            CannotGoBackError: `to` lies before the present moment or before the target of a running move.
        """
        if to.tzinfo is None:
            to = to.replace(tzinfo=self._zone)
        now = self.now()
        if to < now:
            raise CannotGoBackError(f"it is already {now.isoformat()}: the clock only moves forward")
        if self._target is not None:
            self._target = max(self._target, to.astimezone(UTC))
            return
        self._set(now)
        self._target = to.astimezone(UTC)
        self._held_since = self._host()
        self.tick()

    def ask(self, planned: datetime | None) -> datetime:
        """The bot's question, with its next planned moment; answers the time after any step this allows."""
        if planned is not None and planned.tzinfo is None:
            planned = planned.replace(tzinfo=self._zone)
        self._report = Report(planned, self._host())
        if planned is not None:
            self._expected_until = 0.0
        if self._target is not None and not self._expecting:
            self._step()
        return self.now()

    def expect(self, *, bot: bool) -> None:
        """A bot's process has come up, or gone: who has just started asks for the time before it knows its plans."""
        self._report = None
        self._expected_until = self._host() + NEWCOMER if bot else 0.0

    def tick(self) -> bool:
        """Go on without the bot where it is silent or stuck. True when the time or the move changed."""
        if self._target is None:
            return False
        if not self._present():
            self._arrive(self._target)
            return True
        if self._host() - self._held_since >= STALL:
            self.stalls += 1
            self._arrive(self._target)
            return True
        return False

    @property
    def _expecting(self) -> bool:
        return self._host() < self._expected_until

    def _present(self) -> bool:
        if self._expecting:
            return True
        return self._report is not None and self._host() - self._report.asked_at < SILENCE

    def _step(self) -> None:
        assert self._target is not None
        report = self._report
        planned = report.next if report else None
        if planned is None or planned >= self._target:
            self._arrive(self._target)
        elif planned > self._base:
            self._set(planned)
            self._held_since = self._host()

    def _set(self, moment: datetime) -> None:
        self._base = moment.astimezone(UTC)
        self._base_host = self._host()

    def _arrive(self, moment: datetime) -> None:
        self._target = None
        self._set(moment)

    def view(self) -> dict[str, object]:
        """The clock object of the control API."""
        target = self.target
        return {
            "now": self.now().isoformat(timespec="milliseconds"),
            "moving": self.moving,
            "target": target.isoformat() if target else None,
        }
