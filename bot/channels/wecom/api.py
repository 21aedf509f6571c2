"""Calls to WeCom's server: one app's access token, and what became of each call."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog

from bot.channels.port import MaybeSent, NotSent
from bot.channels.wecom.codes import TOKEN_OVER, Refusal

log = structlog.get_logger("wecom")

EARLY = 300.0  # host seconds before its end at which a token is replaced
REFUSED = 10.0  # host seconds for which a refused secret is not tried again, whoever asks
CONNECT, CALL, UPLOAD = 5.0, 10.0, 40.0  # host seconds
ANSWER = 1 << 20  # bytes of an answer that are read
# Nothing of the call was written yet. Anything later may have arrived.
NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Client:
    """HTTP to one server. Addresses hold secrets: nothing here logs or raises one."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, path: str, query: Mapping[str, str], *, body: Any = None, form: aiohttp.FormData | None = None
    ) -> dict[str, Any]:
        """GET, or POST with a body: the answer with errcode 0.

        Raises Refusal for another errcode, NotSent when nothing was sent, MaybeSent when the answer was lost.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession()
        data: Any = form
        headers = {}
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            headers = {"Content-Type": "application/json; charset=utf-8"}
        patience = aiohttp.ClientTimeout(total=CALL if form is None else UPLOAD, connect=CONNECT)
        ask = self._session.get if data is None else self._session.post
        try:
            async with ask(
                f"{self.root}{path}", params=query, data=data, headers=headers, timeout=patience, allow_redirects=False
            ) as answer:
                status, said = answer.status, await answer.content.read(ANSWER)
        except NOT_CONNECTED:
            raise NotSent("not connected") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            raise MaybeSent(type(problem).__name__) from None
        return _read(status, said)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _read(status: int, said: bytes) -> dict[str, Any]:
    try:
        found = json.loads(said)
        code = int(found.get("errcode", 0))
    except (ValueError, TypeError, AttributeError):
        if 300 <= status < 500:
            raise NotSent("not WeCom's server") from None  # a proxy's page: the call never got there
        raise MaybeSent(f"HTTP {status}") from None
    if code:
        raise Refusal(code, str(found.get("errmsg", ""))[:200])
    if status != 200:
        raise MaybeSent(f"HTTP {status}")
    return dict(found)


class Api:
    """One self-built app: every call carries its token, which is fetched once for all who wait for it."""

    def __init__(
        self, root: str, corp_id: str, secret: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.client = Client(root)
        self._corp_id = corp_id
        self._secret = secret
        self._monotonic = monotonic
        self._token = ""
        self._until = 0.0  # host seconds
        self._refusal: tuple[Refusal, float] | None = None  # the last one, and until when it stands
        self._fetching = asyncio.Lock()

    async def token(self, stale: str = "") -> str:
        """The access token; another one than `stale`. Raises as `Client.ask` does."""
        async with self._fetching:
            if self._token and self._token != stale and self._monotonic() < self._until:
                return self._token
            asked = self._monotonic()
            if self._refusal is not None and asked < self._refusal[1]:
                raise self._refusal[0]
            try:
                answer = await self.client.ask(
                    "/cgi-bin/gettoken", {"corpid": self._corp_id, "corpsecret": self._secret}
                )
            except Refusal as refused:
                self._refusal = refused, asked + REFUSED
                raise
            except MaybeSent as lost:  # asking for a token sends nothing to anybody
                raise NotSent(f"no token: {lost}") from None
            token, lasts = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(lasts, int):
                raise NotSent("no token in the answer")
            self._token = token
            self._until = asked + max(lasts - EARLY, lasts / 2)
            return token

    async def call(
        self,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        form: Callable[[], aiohttp.FormData] | None = None,
    ) -> dict[str, Any]:
        """One call. A token that WeCom no longer takes is replaced once, and the call made once more: it was refused.

        Raises as `Client.ask` does.
        """
        token = await self.token()
        for last in (False, True):
            given = {"access_token": token, **(query or {})}
            try:
                return await self.client.ask(path, given, body=body, form=form() if form else None)
            except Refusal as refused:
                if refused.code not in TOKEN_OVER or last:
                    raise
                log.info("wecom token replaced", code=refused.code)
            token = await self.token(stale=token)
        raise AssertionError("unreachable")

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Upload for three days: the media_id. `kind`: image or file; `name` is what people see.

        Raises as `Client.ask` does, but never MaybeSent: nobody sees an upload.
        """

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData(quote_fields=False)  # WeCom shows the name as it comes: UTF-8, not %E5…
            data.add_field("media", content, filename=name, content_type="application/octet-stream")
            return data

        try:
            answer = await self.call("/cgi-bin/media/upload", query={"type": kind}, form=form)
        except MaybeSent as lost:
            raise NotSent(f"upload: {lost}") from None
        media_id = answer.get("media_id")
        if not isinstance(media_id, str):
            raise NotSent("no media_id in the answer")
        return media_id

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()
