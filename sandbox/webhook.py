"""Delivery to a webhook as the official server does it: in parallel over chats, in order within one.

Whatever is not answered with 2xx is repeated: at once, then after 2 seconds doubling to 60; a Retry-After
header is honoured up to an hour. An update is given up when its 24 hours are over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from sandbox.network import Network
from sandbox.updates import Pending

Json = dict[str, Any]
LONGEST_PAUSE = 60.0
LONGEST_RETRY_AFTER = 3600.0
ANSWER_TIMEOUT = 60.0


def pause_before(attempt: int) -> float:
    """Seconds before the attempt with this number: the first retry (1) at once, then 2, 4, ... 60."""
    return 0.0 if attempt <= 1 else min(LONGEST_PAUSE, 2.0 ** (attempt - 1))


@dataclass
class Settings:
    """What setWebhook set; an empty url means there is none."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    last_error_date: int | None = None
    last_error_message: str = ""


class Webhook:
    """Takes updates from the queue and posts them until the bot's server accepts them."""

    def __init__(self, net: Network, pause: Callable[[int], float] = pause_before) -> None:
        self.net = net
        self.settings = Settings()
        self._pause = pause
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(40)

    @property
    def active(self) -> bool:
        return bool(self.settings.url)

    def set(self, settings: Settings) -> None:
        """Start delivering to another address; what is under way is repeated there."""
        self._stop_tasks()
        self.settings = settings
        self._slots = asyncio.Semaphore(max(1, settings.max_connections))
        self.wake()

    def wake(self) -> None:
        """Deliver whatever waits, one worker a chat."""
        if not self.active:
            return
        self.net.queue.expire()
        for item in self.net.queue.pending:
            if item.chat not in self._chats:
                self._chats[item.chat] = asyncio.create_task(self._work(item.chat))

    async def _work(self, chat: int) -> None:
        try:
            while item := next((i for i in self.net.queue.pending if i.chat == chat), None):
                await self._deliver(item)
        finally:
            if self._chats.get(chat) is asyncio.current_task():
                del self._chats[chat]

    async def _deliver(self, item: Pending) -> None:
        attempt = 0
        while item in self.net.queue.pending:
            if attempt and (pause := self._pause(attempt)):
                await asyncio.sleep(pause)
            attempt += 1
            try:
                async with self._slots:
                    status, retry_after = await self._post(item.update)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._failed(f"Connection failed: {type(error).__name__}")
                self.net.queue.expire()
                continue
            if 200 <= status < 300:
                self.net.queue.confirm(item)
                return
            self._failed(f"Wrong response from the webhook: {status}")
            self.net.queue.expire()
            if retry_after:
                await asyncio.sleep(min(retry_after, LONGEST_RETRY_AFTER))

    async def _post(self, update: Json) -> tuple[int, float]:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        headers = {"Content-Type": "application/json"}
        if self.settings.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.settings.secret
        body = json.dumps(update, ensure_ascii=False).encode()
        async with self._session.post(self.settings.url, data=body, headers=headers, allow_redirects=False) as response:
            await response.read()
            given = response.headers.get("Retry-After", "")
            return response.status, float(given) if re.fullmatch(r"\d+", given) else 0.0

    def _failed(self, message: str) -> None:
        self.settings.last_error_date = self.net.clock.stamp
        self.settings.last_error_message = message

    def info(self) -> Json:
        """Bot API WebhookInfo."""
        settings = self.settings
        data: Json = {
            "url": settings.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.net.queue.pending),
        }
        if settings.url:
            data["max_connections"] = settings.max_connections
            data["ip_address"] = settings.ip_address or "127.0.0.1"
        if settings.last_error_date is not None:
            data["last_error_date"] = settings.last_error_date
            data["last_error_message"] = settings.last_error_message
        if self.net.queue.allowed:
            data["allowed_updates"] = self.net.queue.allowed
        return data

    def dump(self) -> Json:
        return asdict(self.settings)

    def load(self, data: Json) -> None:
        self.settings = Settings(**data)

    def _stop_tasks(self) -> None:
        for task in self._chats.values():
            task.cancel()
        self._chats.clear()

    async def close(self) -> None:
        tasks = list(self._chats.values())
        self._stop_tasks()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._session is not None:
            await self._session.close()
            self._session = None
