"""Error codes as the real server uses them, and the one way in which anything here refuses.

Codes marked (ours) are not documented for that case: a bot must not rely on them.
"""

from __future__ import annotations

OK = 0
BUSY = -1
BAD_SECRET = 40001
BAD_MEDIA_KIND = 40004
BAD_MEDIA = 40007
BAD_KIND = 40008
MEDIA_SIZE = 40009
BAD_CORP = 40013
BAD_TOKEN = 40014
BAD_PARAMETER = 40058
NO_TOKEN = 41001
TOKEN_EXPIRED = 42001
OTHER_APP = 42009
EMPTY = 44004
TOO_LONG = 45002
TOO_OFTEN = 45009
NO_SUCH_API = 40066
BAD_ADDRESS = 60020
NOBODY = 81013
BAD_KEY = 93000
BAD_CHAT = 93006
BOT_REFUSED = 853000  # (ours): the documents name no code for a wrong bot id or secret
UNKNOWN_REQUEST = 846605
ANSWERED = 846606
BOT_TOO_OFTEN = 846607
STREAM_TOO_OLD = 846608


class RefusalError(Exception):
    """A refusal as the real server words it: errcode and errmsg. `noted`: also a violation, the bot's own mistake."""

    def __init__(self, code: int, message: str, *, noted: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.noted = noted
