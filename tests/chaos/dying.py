"""The bot as it is, but for a process that kills itself at a named point: `python -m tests.chaos.dying run`.

WAIHU_DIE="point:n" kills it (SIGKILL) at the n-th passing of a point. WAIHU_BREAK names a guarantee that is broken on
purpose, for seeing that the harness notices. WAIHU_LEFT is a file in which each message is noted as it leaves: host
seconds and chat. The points are wrapped around the product's own functions; nothing else of it is touched.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.app import App
from bot.channels.telegram import Telegram
from bot.cli.app import main
from bot.dispatch import Dispatcher
from bot.jobs import registry as job_registry
from bot.jobs.outbox import Sender
from bot.jobs.runner import Runner, Work
from bot.work import Work as Handled
from core.store import inbox, migrate, outbox
from core.store.db import Plan, Tx
from tests.store.killing import Count

KEPT = "kept"  # updates are committed in the inbox, the network has not been told
HANDLED = "handled"  # an update is claimed and its effect written, nothing is committed
COMMITTED = "committed"  # the effect is committed, its answers have not left
SENDING = "sending"  # a message is leased, the network has not got it
SENT = "sent"  # the network has it, it is not marked
JOB = "job"  # an occurrence is claimed and worked out, nothing is committed
SETTLED = "settled"  # an occurrence is committed, its messages have not left
MIGRATION = "migration"  # that many statements of the upgrade are done, nothing is committed
POINTS = (KEPT, HANDLED, COMMITTED, SENDING, SENT, JOB, SETTLED)

CONFIRM_FIRST = "confirm first"  # the network may forget updates before the inbox has them
MARK_FIRST = "mark first"  # messages are marked before the network has them
NO_CLAIM = "no claim"  # an update's effect and its inbox mark are two transactions, without a key of its own
SETTLE_FIRST = "settle first"  # an occurrence and what it says are two transactions
HABITS = (CONFIRM_FIRST, MARK_FIRST, NO_CLAIM, SETTLE_FIRST)

Afterwards = Callable[[], None]


class Death:
    """Counts passings of one point and ends the process at the wanted one."""

    def __init__(self, wanted: str) -> None:
        self.point, _, number = wanted.partition(":")
        self.left = int(number or 1)

    def passes(self, point: str) -> None:
        """Here we are."""
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, *, before: Afterwards = lambda: None, after: Afterwards = lambda: None) -> None:
    """Call these around a coroutine function; `after` only where it ended well."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def wrapped(*args: Any, **named: Any) -> Any:
        before()
        result = await original(*args, **named)
        after()
        return result

    setattr(owner, name, wrapped)


def _receiving(death: Death, habit: str) -> None:
    deliver_for = App.deliver_for
    late: set[asyncio.Task[None]] = set()

    def wrapped(self: App, channel: Any) -> Any:
        deliver = deliver_for(self, channel)

        async def in_order(batch: Any) -> None:
            await deliver(batch)
            death.passes(KEPT)

        async def afterwards(batch: Any) -> None:
            await asyncio.sleep(0.2)  # the next getUpdates confirms meanwhile
            death.passes(KEPT)
            await deliver(batch)

        async def at_once(batch: Any) -> None:
            task = asyncio.create_task(afterwards(batch))
            late.add(task)
            task.add_done_callback(late.discard)

        return at_once if habit == CONFIRM_FIRST else in_order

    App.deliver_for = wrapped  # type: ignore[method-assign]


def _handling(death: Death, habit: str) -> None:
    _around(Dispatcher, "_handle", after=lambda: death.passes(HANDLED))
    go = Handled.go

    def leaves(self: Handled) -> None:
        if self.handled:
            death.passes(COMMITTED)
        go(self)

    Handled.go = leaves  # type: ignore[method-assign]
    if habit == NO_CLAIM:
        _handles_without_claiming()


def _handles_without_claiming() -> None:
    """The mark follows in a transaction of its own, and what is done bears no key by which a repeat is known."""
    handle, handle_next = Dispatcher._handle, Dispatcher.handle_next
    finish, done = inbox.finish, list[int]()

    async def keyless(self: Dispatcher, tx: Tx, row: inbox.Row, *rest: Any) -> None:
        work = rest[-1]
        work.handled.append(row.id)
        shown = replace(row, id=int.from_bytes(os.urandom(6), "big"))
        await handle(self, tx, shown, *rest)
        work.handled.remove(shown.id)

    async def later(tx: Tx, row_ids: Any) -> None:
        done.extend(row_ids)

    async def afterwards(self: Dispatcher) -> int:
        count = await handle_next(self)
        if done:
            async with self.db.transaction() as tx:
                await finish(tx, done)
            done.clear()
        return count

    Dispatcher._handle = keyless  # type: ignore[method-assign, assignment]
    Dispatcher.handle_next = afterwards  # type: ignore[method-assign]
    inbox.finish = later


def _sending(death: Death, habit: str, left: str) -> None:
    call = Telegram.send
    notes = os.open(left, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if left else -1

    async def noted(self: Telegram, out: Any) -> str | None:
        death.passes(SENDING)
        if out.verb == "send" and left:
            os.write(notes, f"{time.monotonic():.6f} {out.chat}\n".encode())
        done = await call(self, out)
        death.passes(SENT)
        return done

    Telegram.send = noted  # type: ignore[method-assign]
    if habit == MARK_FIRST:
        _marks_first()


def _marks_first() -> None:
    send = Sender._send

    async def marked(self: Sender, row: Any, out: Any, channel: str, chat: str) -> None:
        done = outbox.Sent(row.id, row.attempts, channel, chat, None, row.subject, row.person_id, self.host())
        async with self.db.transaction() as tx:
            await outbox.sent(tx, [done])
        await send(self, row, out, channel, chat)

    Sender._send = marked  # type: ignore[method-assign]


def _working(death: Death, habit: str) -> None:
    def dies_after(work: Work) -> Work:
        async def wrapped(tx: Tx, slot: Any) -> None:
            await work(tx, slot)
            if not isinstance(tx, Plan):  # a plan is carried out afterwards
                death.passes(JOB)

        return wrapped

    for name, job in list(job_registry.jobs.all.items()):
        job_registry.jobs.all[name] = replace(job, work=dies_after(job.work))
    carry_out, runs = Tx.carry_out, Runner._run

    async def carried(self: Tx, plan: Plan) -> None:
        if habit == SETTLE_FIRST:
            await self.conn.commit()
            death.passes(JOB)
            await self.conn.begin()
        await carry_out(self, plan)
        death.passes(JOB)

    async def run(self: Runner, *args: Any) -> bool | None:
        done = await runs(self, *args)
        if done:
            death.passes(SETTLED)
        return done

    Tx.carry_out = carried  # type: ignore[method-assign]
    Runner._run = run  # type: ignore[method-assign, assignment]


def _migrating(death: Death) -> None:
    """What changes something is counted from the begin of the upgrade, not in the backup before it."""
    apply = migrate.apply

    def counted(conn: Any, revision: str = "head") -> None:
        count = Count(f"{death.left}a")
        try:
            apply(conn, revision)
        finally:
            count.leave()

    migrate.apply = counted


def install(wanted: str, habit: str = "", left: str = "") -> None:
    """Put the points, or bad habits, around the product's functions of this process."""
    death = Death(wanted)
    _receiving(death, habit)
    _handling(death, habit)
    _sending(death, habit, left)
    _working(death, habit)
    if death.point == MIGRATION:
        _migrating(death)


def live() -> None:
    """Be `waihu` with the words of the command line, until the point is reached."""
    install(*(os.environ.get(name, "") for name in ("WAIHU_DIE", "WAIHU_BREAK", "WAIHU_LEFT")))
    main()


if __name__ == "__main__":
    live()
