"""Contacts with one customer: the stage of the coming call, and the outcomes that figures and follow-ups rely on."""

from __future__ import annotations

from collections.abc import Iterable

INTERESTED, VISIT, SIGNED, NO_ANSWER, CALLBACK, REFUSED = (
    "interested", "visit", "signed", "no_answer", "callback", "refused",
)  # fmt: skip
"""A company may rename and extend its outcomes; these codes are the contract's."""


def next_stage(spoken: Iterable[int]) -> int:
    """The stage of the coming call, from the stages of the calls in which the customer was reached (001 doc 3).

    Nobody reached yet: 陌开 (0), however often it rang. A stage that was said counts: after a typed 回访2 comes 回访3.
    """
    stages = list(spoken)
    return max(len(stages), max(stages, default=-1) + 1)
