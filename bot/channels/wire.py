"""How a call to the Bot API ended, in the port's classes (reliability D6)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.absent import not_looked_for
from bot.channels.port import Gone, Locked, MaybeSent, Moved, NotSent, Rejected

not_looked_for("sniffio")  # the HTTP client asks for it half a dozen times with each call

# The HTTP client's errors before a byte of the call was written. Anything later may have arrived.
NOT_CONNECTED = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}


class Request(HTTPXRequest):
    """The library's client, which would write an answer it cannot read into the log, with what people typed."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as JSON. Raises TelegramError without quoting it."""
        try:
            answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            raise TelegramError("Invalid server response") from None
        return answer


def seconds(value: int | timedelta) -> float:
    """A retry_after, whichever way the library is set."""
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def foreign(problem: TelegramError) -> bool:
    """A 4xx page that the Bot API did not write: a proxy's 404 says nothing about our token or a chat."""
    refusal = isinstance(problem, Forbidden | InvalidToken | BadRequest | Conflict)
    return refusal and isinstance(problem.__cause__, TelegramError)


def outcome(problem: TelegramError) -> Exception:
    """The port's class of a call that failed: what became of the message, and what may be done."""
    if foreign(problem):
        return NotSent("not the Bot API")
    match problem:
        case RetryAfter():
            return NotSent("flood", timedelta(seconds=seconds(problem.retry_after)))
        case ChatMigrated():
            return Moved(str(problem.new_chat_id))
        case Forbidden():
            return Gone(problem.message)
        case InvalidToken() | Conflict():
            return Locked(type(problem).__name__)
        case BadRequest():
            return Rejected(problem.message)
        case TimedOut():
            return NotSent("not connected") if _cause(problem) in NOT_CONNECTED else MaybeSent("timed out")
        case NetworkError():
            return _network(problem)
        case _:
            return MaybeSent(type(problem).__name__)


def _network(problem: NetworkError) -> Exception:
    text = problem.message.casefold()
    if _cause(problem) in NOT_CONNECTED:
        return NotSent("not connected")
    if text.startswith("too many requests"):
        return NotSent("flood without a time")
    if "too large" in text:  # 413: the upload, as it is, never gets in
        return Rejected(problem.message)
    return MaybeSent(type(problem).__name__)


def _cause(problem: TelegramError) -> str:
    return type(problem.__cause__).__name__
