"""The app's access_token: one at a time, 7200 seconds of the company, sometimes ended early."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal

from sandbox.model import Json
from sandbox.wecom.codes import BAD_TOKEN, NO_TOKEN, TOKEN_EXPIRED, RefusalError

LIFE = 7200


class Tokens:
    """Hands out the token and checks it; `stamp` gives whole seconds of the company."""

    def __init__(self, stamp: Callable[[], int]) -> None:
        self._stamp = stamp
        self._token = ""
        self._made = 0
        self._expired: set[str] = set()

    def take(self) -> tuple[str, int]:
        """The living token and the seconds it has left; a new one where there is none."""
        if not self._token or self._stamp() - self._made >= LIFE:
            self._end()
            self._token, self._made = secrets.token_urlsafe(160), self._stamp()
        return self._token, LIFE - (self._stamp() - self._made)

    def check(self, given: str) -> None:
        """Whether a call may go on with this token.

        Raises:
            RefusalError: 41001, 42001 or 40014.
        """
        if not given:
            raise RefusalError(NO_TOKEN, "access_token missing")
        if given == self._token and self._stamp() - self._made < LIFE:
            return
        expired = given == self._token or given in self._expired
        code, what = (TOKEN_EXPIRED, "access_token expired") if expired else (BAD_TOKEN, "invalid access_token")
        raise RefusalError(code, what, noted=False)

    def spoil(self, how: Literal["expire", "invalidate"]) -> None:
        """The living token ends early: from now on 42001, or 40014."""
        if how == "expire":
            self._end()
        self._token = ""

    def _end(self) -> None:
        if self._token:
            self._expired.add(self._token)

    def dump(self) -> Json:
        return {"token": self._token, "made": self._made}

    def load(self, data: Json) -> None:
        self._token, self._made = data["token"], data["made"]
