"""A look into the bot beside the phones: the bot says in a file where it may be asked, the page asks through here.

The page asks only the address it came from; whatever the bot shows is handed on as it is. What kind of update an inbox
row was is added here, because the bot forgets it with the content.
"""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.model import Json
from sandbox.updates import UpdateQueue

PATIENCE = aiohttp.ClientTimeout(total=3)


class Inside:
    """Asks the bot what it holds. `notice`: the file in which the bot says {"url", "key"}."""

    def __init__(self, notice: Path | None, queue: UpdateQueue) -> None:
        self._notice = notice
        self._queue = queue

    def routes(self) -> list[web.RouteDef]:
        """The one page."""
        return [web.get("/api/inside", self._view)]

    async def _view(self, _request: web.Request) -> web.Response:
        found = await self.look()
        if found is None:
            return web.json_response({"there": False})
        return web.json_response({"there": True, **found})

    async def look(self) -> Json | None:
        """What the bot shows; None while it does not run, or shows nothing."""
        try:
            if self._notice is None:
                return None
            where = json.loads(self._notice.read_text("utf-8"))
            async with (
                aiohttp.ClientSession(timeout=PATIENCE) as session,
                session.get(where["url"], headers={"Authorization": f"Bearer {where['key']}"}) as response,
            ):
                if response.status != web.HTTPOk.status_code:
                    return None
                shown: Json = await response.json()
        except (TimeoutError, OSError, ValueError, KeyError, aiohttp.ClientError):
            return None
        kinds = {str(item.id): _kind(item.update) for item in [*self._queue.confirmed, *self._queue.pending]}
        for row in shown.get("inbox", []):
            row["kind"] = kinds.get(row.get("key"))
        return shown


def _kind(update: Json) -> str | None:
    return next((name for name in update if name != "update_id"), None)
