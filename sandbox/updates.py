"""The bot's updates: numbered, kept 24 hours of host time, confirmed by the offset of the next getUpdates."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError

Json = dict[str, Any]
KEPT = 24 * 3600.0
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "guest_message",
    ]
)
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass
class Pending:
    """An update not yet confirmed. `chat` orders webhook deliveries; `made_at` are host seconds.

    `again`: put back by `redeliver`; it is handed out once more whatever the offset says.
    """

    update: Json
    chat: int
    made_at: float
    again: bool = False

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class UpdateQueue:
    """Undelivered updates and the one long poll that may wait for them."""

    def __init__(self, host: Callable[[], float], first_id: int) -> None:
        self._host = host
        self.next_id = first_id
        self.pending: list[Pending] = []
        self.confirmed: deque[Pending] = deque(maxlen=1_000)
        self.allowed: list[str] | None = None
        self.on_change: list[Callable[[], None]] = []
        self.dirty = False
        self._waiting: asyncio.Future[None] | None = None

    def wanted(self, kind: str) -> bool:
        """Whether updates of this kind are queued under the present allowed_updates."""
        if not self.allowed:
            return kind not in NOT_BY_DEFAULT
        return kind in self.allowed

    def add(self, kind: str, payload: Json, chat: int) -> int | None:
        """Queue an update; answers its id, or None when the bot does not want this kind."""
        if not self.wanted(kind):
            return None
        update_id = self.next_id
        self.next_id += 1
        self.pending.append(Pending({"update_id": update_id, kind: payload}, chat, self._host()))
        self._changed()
        return update_id

    def inject(self, update: Json) -> int:
        """Queue a raw update, malformed ones too; it gets the next id unless it brings one."""
        if not isinstance(update.get("update_id"), int):
            update = {**update, "update_id": self.next_id}
        self.next_id = max(self.next_id, int(update["update_id"]) + 1)
        self.pending.append(Pending(update, 0, self._host()))
        self._changed()
        return int(update["update_id"])

    def redeliver(self, last: int) -> list[int]:
        """Queue the last confirmed updates again, with their old ids, before everything else."""
        again = list(self.confirmed)[-last:] if last > 0 else []
        present = {item.id for item in self.pending}
        again = [item for item in again if item.id not in present]
        for item in again:
            self.confirmed.remove(item)
            item.made_at = self._host()
            item.again = True
        self.pending = again + self.pending
        self._changed()
        return [item.id for item in again]

    def confirm_below(self, offset: int) -> None:
        """Forget what the bot confirmed by calling getUpdates with this offset."""
        self._drop([item for item in self.pending if item.id < offset and not item.again])

    def confirm(self, item: Pending) -> None:
        """Forget one update (the webhook took it)."""
        if item in self.pending:
            self._drop([item])

    def keep_last(self, count: int) -> None:
        """Negative offset: forget all but the last `count`."""
        self._drop(self.pending[:-count])

    def clear(self) -> None:
        self._drop(list(self.pending))

    def _drop(self, items: list[Pending]) -> None:
        if not items:
            return
        gone = {id(item) for item in items}
        self.pending = [item for item in self.pending if id(item) not in gone]
        self.confirmed.extend(items)
        self._changed()

    def expire(self) -> None:
        """Updates older than 24 hours are lost, as on the real server."""
        limit = self._host() - KEPT
        fresh = [item for item in self.pending if item.made_at > limit]
        if len(fresh) < len(self.pending):
            self.pending = fresh
            self._changed()

    async def poll(self, offset: int, limit: int, wait: float) -> list[Json]:
        """One getUpdates: confirms, then answers at once or waits up to `wait` seconds.

        Raises:
            ApiError: 409 when a newer getUpdates or a setWebhook ends this one.
        """
        self.expire()
        if offset < 0:
            self.keep_last(-offset)
        elif offset > 0:
            self.confirm_below(offset)
        found = self._batch(offset, limit)
        if found or wait <= 0:
            return found
        self.abort(OTHER_POLLER)
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = waiting
        self._tell()
        try:
            async with asyncio.timeout(wait):
                await waiting
        except TimeoutError:
            return []
        finally:
            if self._waiting is waiting:
                self._waiting = None
                self._tell()
        return self._batch(offset, limit)

    def _batch(self, offset: int, limit: int) -> list[Json]:
        batch = [item for item in self.pending if item.again or item.id >= offset][:limit]
        for item in batch:
            item.again = False
        return [item.update for item in batch]

    @property
    def polled(self) -> bool:
        """Whether a long poll is waiting right now."""
        return self._waiting is not None

    def abort(self, description: str) -> None:
        """End a waiting long poll with 409."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ApiError(409, description))
        self._waiting = None

    def shut(self) -> None:
        """The server ends: a waiting long poll is answered with nothing."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        self._waiting = None

    def _changed(self) -> None:
        self.dirty = True
        if self.pending and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
            self._waiting = None
        self._tell()

    def _tell(self) -> None:
        for listener in self.on_change:
            listener()

    def dump(self) -> Json:
        now = self._host()
        return {
            "next_id": self.next_id,
            "allowed": self.allowed,
            "pending": [_item(item, now) for item in self.pending],
            "confirmed": [_item(item, now) for item in list(self.confirmed)[-100:]],
        }

    def load(self, data: Json) -> None:
        self.next_id = int(data["next_id"])
        self.allowed = data.get("allowed")
        now = self._host()
        self.pending = [_pending(item, now) for item in data.get("pending", [])]
        self.confirmed = deque((_pending(item, now) for item in data.get("confirmed", [])), maxlen=1_000)


def _item(item: Pending, now: float) -> Json:
    return {"update": item.update, "chat": item.chat, "age": now - item.made_at}


def _pending(item: Json, now: float) -> Pending:
    return Pending(item["update"], int(item["chat"]), now - float(item["age"]))
