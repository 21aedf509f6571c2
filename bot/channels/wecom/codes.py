"""WeCom's error codes in the port's classes (reliability D6). HTTP says 200 whatever happened: the code decides."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.port import Gone, Locked, NotSent, Rejected

BUSY = -1
TOKEN_OVER = frozenset({40014, 42001})  # invalid early, or expired: fetch a new one once, then call once more
MEDIA_OVER = 40007
TOO_OFTEN = 45009
WAITS = {TOO_OFTEN: 60.0, 45033: 5.0, 846607: 60.0}  # host seconds: too often; too many at once
# Secret, corp, agent, address, rights: nothing of ours goes through until somebody mends it in the console.
CREDENTIALS = frozenset({40001, 40013, 40056, 40091, 41001, 42009, 48002, 50001, 60011, 60020, 301002})
# This person is none of the app's: left, out of its visible range, never there.
NOBODY = frozenset({40003, 40031, 60111, 81013})
WEBHOOK_GONE = frozenset({93000, 93008, 93017})  # the robot or its group is not there any more


class Refusal(Exception):
    """An answer with an errcode. `said` is WeCom's errmsg: for the log and `waihu check`, never for a chat."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"errcode {code}")
        self.code = code
        self.said = said


def outcome(problem: Refusal) -> Exception:
    """What a refused call means for the message. Whatever was refused was certainly not sent."""
    code = problem.code
    if code == BUSY or code in TOKEN_OVER:  # a fresh token refused again: it settles, or the next 40001 says why not
        return NotSent(str(problem))
    if code in WAITS:
        return NotSent(str(problem), timedelta(seconds=WAITS[code]))
    if code in CREDENTIALS:
        return Locked(str(problem))
    if code in NOBODY or code in WEBHOOK_GONE:
        return Gone(str(problem))
    return Rejected(str(problem))
