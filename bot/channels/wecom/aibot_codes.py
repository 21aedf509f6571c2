"""What the gateway's error codes mean for a message (reliability D6; the facts: docs/wecom.md)."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.port import Gone, Locked, NotSent, Rejected

UNKNOWN_REQUEST, ANSWERED, TOO_OFTEN, STREAM_TOO_OLD = 846605, 846606, 846607, 846608
BUSY = {-1}
OFTEN = {TOO_OFTEN, 45009, 45033}
NOBODY = {93006, 81013, 60111, 40003}  # this conversation takes nothing from us
STRANGERS = {40001, 40013, 40014, 42001, 40091, 853000}
STALE = {UNKNOWN_REQUEST, ANSWERED, STREAM_TOO_OLD}  # this request cannot be answered any more; a push still can
MINUTE = timedelta(seconds=60)  # how long the network leaves a conversation alone that had too much


class Refused(Exception):
    """The gateway answered with an error code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}")
        self.code = code
        self.text = text[:200]


def outcome(refused: Refused) -> Exception:
    """The port's class for a refused message."""
    if refused.code in OFTEN:
        return NotSent(str(refused), MINUTE)
    if refused.code in BUSY:
        return NotSent(str(refused))
    if refused.code in NOBODY:
        return Gone(str(refused))
    if refused.code in STRANGERS:
        return Locked(str(refused))
    return Rejected(str(refused))
