"""Counting calls: a day's figures, what a dialer says beside what was logged one by one, and the stage of a customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

INTERESTED, VISIT, SIGNED, NO_ANSWER, CALLBACK = "interested", "visit", "signed", "no_answer", "callback"
"""Outcomes that figures and follow-ups rely on; a company may rename and extend the list, not their codes."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Figures of a day or of a span. `singles`: how many of the dials were logged one by one."""

    dials: int = 0
    connected: int = 0
    intentions: int = 0
    visits: int = 0
    signed: int = 0
    singles: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.dials + other.dials,
            self.connected + other.connected,
            self.intentions + other.intentions,
            self.visits + other.visits,
            self.signed + other.signed,
            self.singles + other.singles,
        )

    @property
    def rate(self) -> Fraction | None:
        """接通率; None without a single dial."""
        return Fraction(self.connected, self.dials) if self.dials else None

    def stated(self, dials: int, connected: int | None, intentions: int | None) -> Tally:
        """This day's single entries under the totals somebody states for it: the larger counts, never the sum."""
        met = max(self.connected, connected or 0)
        return Tally(
            max(self.dials, dials, met),
            met,
            max(self.intentions, intentions or 0),
            self.visits,
            self.signed,
            self.singles,
        )


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of days, or of people."""
    return sum(tallies, Tally())


def next_stage(spoken: Iterable[int]) -> int:
    """The stage of the coming call, from the stages of the calls in which somebody was reached (001 doc 3: 陌开, then 回访).

    Nobody reached: 陌开 (0), however often it rang. A stage that was said counts: after a typed 回访2 comes 回访3.
    """
    stages = list(spoken)
    return max(len(stages), max(stages, default=-1) + 1)
