"""Messages into a network that fails in every way reliability D6 knows, in seeded random order.

The adapter, the sender, the outbox and the emulated network are the real ones, over loopback HTTP. Only the host's clock
is ours: waits and back-off pass at once. What must become of each message is said here in the words of the table.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from bot.channels.port import Outgoing
from bot.channels.telegram import Telegram
from bot.clock import HandClock
from bot.jobs.outbox import Sender
from core.store import models as m
from core.store import outbox
from core.store.db import BULK, NOTICE, Tx
from sandbox.server import Sandbox
from tests.chaos.doors import closed_port, deaf_port, hasty
from tests.office import START, Office, Phone, Unpaced

TOKEN = "4242:chaos"
RECEIPT, REMINDER, BOARD, EDIT = "receipt", "reminder", "board", "edit"
PERSONS, GROUPS = 30, 12  # at least; a queue of thousands goes to more chats, as life's queues do
PEOPLE = (RECEIPT, REMINDER, EDIT)
ONCE, TWICE, NEVER = 1, 2, 0
LEAPS = (
    timedelta(0),
    timedelta(minutes=1),
)  # beyond the end of the first wait; a minute is the longest that is asked for
OK = "ok"


@dataclass(frozen=True)
class Fate:
    """What a class of failure makes of a message.

    `calls`: how each call ends, an exception's name or "ok". `copies`: how often the person sees it. `state`: of its row.
    """

    calls: tuple[str, ...]
    copies: int
    state: str


SENT = Fate((OK,), ONCE, "sent")


def waits(error: str) -> dict[str, Fate]:
    """Certainly not sent, and may go out later: everybody sees it once."""
    return dict.fromkeys((*PEOPLE, BOARD), Fate((error, OK), ONCE, "sent"))


def unknown(*, done: bool) -> dict[str, Fate]:
    """The answer was lost: reminders and boards are not said again, receipts once more, edits change nothing twice."""
    once = Fate(("MaybeSent",), int(done), "maybe")
    return {
        RECEIPT: Fate(("MaybeSent", OK), 1 + done, "sent"),
        REMINDER: once,
        BOARD: once,
        EDIT: Fate(("MaybeSent", OK), ONCE, "sent"),
    }


REFUSED = Fate(("Rejected",), NEVER, "dead")
UNTAKEN: dict[str, Fate] = {RECEIPT: REFUSED, REMINDER: REFUSED, BOARD: REFUSED}
# The table of reliability D6, class by class: what is ordered -> kind of message -> its fate.
TABLE: dict[str, dict[str, Fate]] = {
    "429": waits("NotSent"),
    "refused": waits("NotSent"),  # nobody listens
    "silent": waits("NotSent"),  # connecting takes for ever
    "tls": waits("NotSent"),  # the line cannot be sealed
    "page": waits("NotSent"),  # a proxy's own page
    "500": unknown(done=False),
    "502": unknown(done=False),
    "drop_request": unknown(done=False),
    "drop_answer": unknown(done=True),
    "malformed": unknown(done=True),
    "stall": unknown(done=True),  # read timeout after the server took it
    "lost twice": {
        RECEIPT: Fate(("MaybeSent", "MaybeSent"), TWICE, "maybe"),
        EDIT: Fate(("MaybeSent", "MaybeSent", OK), ONCE, "sent"),
    },
    "403": {RECEIPT: Fate(("Gone",), NEVER, "dropped"), REMINDER: Fate(("Gone",), NEVER, "dropped")},
    "400": UNTAKEN | {EDIT: Fate(("Rejected", OK), ONCE, "sent")},  # the edit becomes a new message
    "too_long": UNTAKEN,
    "413": UNTAKEN,
    "moved": {BOARD: Fate(("Moved", OK), ONCE, "sent")},
    "401": waits("Locked"),
    "409": waits("Locked"),
}
DOORS = ("refused", "silent", "tls", "stall")  # where the first call goes through an adapter of its own


@dataclass
class Letter:
    """One message of the plan."""

    text: str
    trouble: str
    kind: str
    fate: Fate
    chat: str
    calls: list[str] = field(default_factory=list)


class Witness:
    """The channel as the sender sees it: passes each call on, to the door that the plan says, and writes down its end."""

    name = "telegram"

    def __init__(self, sandbox: Sandbox, doors: dict[str, Telegram], letters: Sequence[Letter]) -> None:
        self.doors = doors
        self.limits = doors["open"].limits
        self.letters = {letter.text: letter for letter in letters}
        self.others: list[Outgoing] = []
        self._sandbox = sandbox

    async def send(self, out: Outgoing) -> str | None:
        letter = self.letters.get(out.text)
        if letter is None:
            self.others.append(out)
            return await self.doors["open"].send(out)
        first = not letter.calls
        door = letter.trouble if first and letter.trouble in DOORS else "open"
        if first and letter.trouble == "moved":
            self._sandbox.net.migrate(int(out.chat))
        letter.calls.append("…")
        try:
            answer = await self.doors[door].send(out)
        except Exception as problem:
            letter.calls[-1] = type(problem).__name__
            raise
        letter.calls[-1] = OK
        return answer

    def envelope(self, raw: Any) -> Any:
        raise AssertionError("nothing is received here")

    def parse(self, raw: Any) -> Any:
        raise AssertionError("nothing is received here")


class Storm:
    """An office's company on a network, and the letters that meet every trouble `each` times."""

    def __init__(self, office: Office, seed: int, each: int, troubles: Sequence[str] = tuple(TABLE)) -> None:
        self.office = office
        self.each = each
        self.rng = random.Random(seed)
        self.host = HandClock(START)
        self.troubles = troubles
        self.letters: list[Letter] = []
        self.persons: list[Phone] = []
        self.victims: list[Phone] = []
        self.base: dict[str, int] = {}  # chat -> the message that edits change

    @asynccontextmanager
    async def network(self) -> AsyncIterator[Storm]:
        """People, groups, the emulated network, the adapters and the sender."""
        office = self.office
        self.head = await office.supervisor()
        self.persons = [await office.agent(f"林{number}") for number in range(max(PERSONS, self.each))]
        if "403" in self.troubles:
            self.victims = [await office.agent(f"王{number}") for number in range(self.each)]
        moving = self.each if "moved" in self.troubles else 0
        self.groups = [-2000 - number for number in range(max(GROUPS, self.each // 2))]
        self.moving = [-900_000 - number for number in range(moving)]
        users = [self.head, *self.persons, *self.victims]
        self._ids = {one.user: one.id for one in users}
        people = {
            "bot": {"token": TOKEN, "username": "chaos_bot", "first_name": "外呼管家"},
            "users": [{"id": int(one.user), "first_name": one.name, "started": True} for one in users],
            "groups": [
                {"id": chat, "title": str(chat), "members": [int(self.head.user)], "admins": [], "bot": True}
                for chat in (*self.groups, *self.moving)
            ],
        }
        with closed_port() as closed, deaf_port() as deaf:
            async with Sandbox(people, clock=START, host=lambda: self.host.at.timestamp()) as self.sandbox:
                url = self.sandbox.url
                doors = {
                    "open": Telegram(TOKEN, url, read_timeout=60, host=self.host.now),
                    "refused": hasty(TOKEN, f"http://127.0.0.1:{closed}"),
                    "silent": hasty(TOKEN, f"http://127.0.0.1:{deaf}", connect_timeout=0.1),
                    "tls": hasty(TOKEN, url.replace("http:", "https:")),
                    "stall": hasty(TOKEN, url, read_timeout=0.3),
                }
                await doors["open"].start()
                self.adapter = doors["open"]
                self.witness = Witness(self.sandbox, doors, ())
                self.sender = Sender(
                    office.db, {"telegram": self.witness}, rng=random.Random(self.rng.random()), host=self.host.now
                )
                self.sender.pace = Unpaced({}, self.host.now)  # limits have tests of their own
                try:
                    yield self
                finally:
                    for door in doors.values():
                        await door.bot.shutdown()

    # --- the plan ---------------------------------------------------------------------------------------------

    async def post(self) -> None:
        """Every letter into the outbox, in random order, with its trouble waiting for it on the network."""
        for person in self.persons:
            self.base[person.user] = int(await self.adapter.send(Outgoing("send", person.user, "0")) or 0)
        wanted = [trouble for trouble in self.troubles for _ in range(self.each)] + [OK] * (3 * self.each)
        self.rng.shuffle(wanted)
        victims, moving = list(self.victims), list(self.moving)
        for number, trouble in enumerate(wanted):
            fates = TABLE.get(trouble) or dict.fromkeys((*PEOPLE, BOARD), SENT)
            kind = self.rng.choice(sorted(fates))
            if trouble == "403":
                chat = victims.pop().user
            elif trouble == "moved":
                chat = str(moving.pop())
            elif kind == BOARD:
                chat = str(self.rng.choice(self.groups))
            else:
                chat = self.rng.choice(self.persons).user
            self.letters.append(Letter(f"{trouble} {kind} {number:05d}", trouble, kind, fates[kind], chat))
        for chat in [victim.user for victim in self.victims]:
            after = Fate((), NEVER, "dropped")  # once somebody is unreachable nothing more is tried
            self.letters.append(Letter(f"after 403 {chat}", "after", REMINDER, after, chat))
        self.letters += [Letter(f"after moved {chat}", OK, BOARD, SENT, str(chat)) for chat in self.moving]
        self.witness.letters = {letter.text: letter for letter in self.letters}
        for letter in self.letters:
            self._order(letter)
        async with self.office.db.transaction() as tx:
            for letter in self.letters:
                await self._write(tx, letter)

    def _order(self, letter: Letter) -> None:
        if letter.trouble in {OK, "after", "moved", "refused", "silent", "tls"}:
            return
        kind, count = ("drop_answer", 2) if letter.trouble == "lost twice" else (letter.trouble, 1)
        method = "editMessageText" if letter.kind == EDIT else "sendMessage"
        fault = {"kind": kind, "method": method, "text": letter.text, "count": count}
        self.sandbox.api.faults.add(fault | {"retry_after": self.rng.randint(1, 60)})

    async def _write(self, tx: Tx, letter: Letter) -> None:
        data = {"text": letter.text}
        if letter.kind == BOARD:
            await tx.post("telegram", letter.chat, "test_note", data, once=letter.text)
        elif letter.kind == EDIT:
            payload = data | {"message_id": str(self.base[letter.chat])}
            await outbox.reply(
                tx, once=letter.text, channel="telegram", chat=letter.chat, verb="edit", payload=payload,
                person_id=self._ids[letter.chat],
            )  # fmt: skip
        else:
            rank = BULK if letter.kind == REMINDER else NOTICE
            await tx.notify(self._ids[letter.chat], "test_note", data, once=letter.text, rank=rank)

    # --- what happens -----------------------------------------------------------------------------------------

    async def settle(self, limit: timedelta = timedelta(days=3)) -> None:
        """Send until nothing is left to send; the host's time leaps over the waits: to the end of the first, or of all."""
        end = self.host.at + limit
        while True:
            await self.sender.drain(600)
            waiting = await self._next()
            if waiting is None:
                return
            assert self.host.at < end, "something waits for ever"
            locked = self.sender._locked.get("telegram", self.host.at)
            self.host.at = max(waiting, locked, self.host.at + timedelta(seconds=1)) + self.rng.choice(LEAPS)

    async def _next(self) -> Any:
        """When the first open row may be tried again; the present when one may be tried now; None: all is settled."""
        c = m.outbox.c
        async with self.office.db.snapshot() as tx:
            row = await tx.first(
                select(func.count(), func.min(func.coalesce(c.retry_at, self.host.at))).where(
                    c.state.in_(("new", "leased"))
                )
            )
        assert row is not None
        return row[1] if row[0] else None

    async def rows(self) -> dict[str, Any]:
        """The outbox by its keys."""
        return {row.once: row for row in await self.office.rows(m.outbox)}

    def chat(self, chat: int | str) -> list[str]:
        """What a chat shows, in order, without the message that edits change."""
        place = self.sandbox.net.world.chats.get(int(chat))
        messages = [message for message in place.messages.values() if message.text] if place else []
        return [str(message.text) for message in messages if message.id != self.base.get(str(chat))]

    def moved_to(self, chat: int) -> int:
        """Where a group went."""
        place = self.sandbox.net.world.chats[chat]
        return int(place.migrated_to or chat)

    def expected(self) -> dict[str, list[str]]:
        """What each chat must show: replies before notices before bulk, each in the order it was written."""
        ranks = {EDIT: 0, RECEIPT: 1, REMINDER: 2, BOARD: 2}
        shown: dict[str, list[str]] = defaultdict(list)
        for letter in sorted(self.letters, key=lambda one: ranks[one.kind]):
            instead = letter.kind == EDIT and "Rejected" in letter.fate.calls
            if letter.kind != EDIT or instead:
                shown[letter.chat] += [letter.text] * letter.fate.copies
        return shown

    def last_edits(self) -> dict[str, str]:
        """What the edited message of each chat must say in the end."""
        return {
            letter.chat: letter.text
            for letter in self.letters
            if letter.kind == EDIT and "Rejected" not in letter.fate.calls
        }
