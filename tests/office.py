"""The office: the whole bot on a real database with a hand-set clock. Only the clock and the wire are ours.

`ana = await office.agent("Ana")`, `await ana.says("周报")`, `ana.sees("…")`, `await ana.presses("发送")`,
`await office.moves_to(...)`, `await office.restart()`.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from bot.channels.port import Document, Envelope, Event, Gone, Kind, Limits, Outgoing
from bot.clock import HandClock
from bot.dispatch import Dispatcher
from bot.jobs import registry as job_registry
from bot.jobs.outbox import Sender
from bot.jobs.pace import Pace
from bot.jobs.runner import Runner
from core import holidays
from core.rules import policy as policy_rules
from core.rules.people import Role, Status
from core.rules.sounds import sound
from core.store import migrate, sealed
from core.store import models as m
from core.store import people as people_store
from core.store.db import Company, Database, Tx

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = Path(__file__).resolve().parent.parent / "policies" / "sample.toml"
STATEMENTS = 3000  # more than the program has
START = datetime(2026, 11, 20, 17, 20, tzinfo=ZONE)  # a Friday


@cache
def company() -> Company:
    """The sample company; frozen, so every office may share it."""
    return Company(ZONE, policy_rules.load(POLICY.read_text("utf-8")), holidays.load())


@dataclass
class Said:
    """A message of the bot as a phone shows it."""

    id: int
    chat: str
    text: str
    buttons: list[tuple[str, str]]  # label, token
    reply_to: str | None
    keyboard: Any = None
    edits: int = 0
    file: Any = None


@dataclass
class Wire:
    """A channel whose other end is the test: it keeps what was sent, and can fail as a network does."""

    name: str = "telegram"
    username: str = "office_bot"
    limits: Limits = field(default_factory=lambda: Limits(text=4096, caption=1024, can_edit=True, can_reply=True))
    sent: list[Said] = field(default_factory=list)
    toasts: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    fail: Callable[[Outgoing], None] = lambda _: None
    last_heard: Any = None
    alarm: str | None = None
    _ids: Any = field(default_factory=lambda: itertools.count(1000))

    def envelope(self, raw: Any) -> Envelope:
        return Envelope(raw["key"], raw["sender"], raw.get("dedupe"))

    def parse(self, raw: Any) -> Event | None:
        values = dict(raw)
        values.pop("dedupe", None)
        values["kind"] = Kind(values["kind"])
        if values.get("document"):
            name, content = values["document"]
            values["document"] = Document(name, len(bytes.fromhex(content)), bytes.fromhex(content))
        if values.get("at"):
            values["at"] = datetime.fromisoformat(values["at"])
        return Event(channel=self.name, **values)

    async def send(self, out: Outgoing) -> str | None:
        self.fail(out)
        if out.chat in self.blocked and out.verb == "send":
            raise Gone("blocked")
        buttons = [(b.label, b.token) for row in out.buttons for b in row]
        match out.verb:
            case "send":
                said = Said(next(self._ids), out.chat, out.text, buttons, out.reply_to, out.keyboard, 0, out.file)
                self.sent.append(said)
                return str(said.id)
            case "edit":
                for said in self.sent:
                    if str(said.id) == out.message_id and said.chat == out.chat:
                        said.text, said.buttons, said.edits = out.text or said.text, buttons, said.edits + 1
                        said.file = out.file or said.file
                return out.message_id
            case "strip":
                for said in self.sent:
                    if str(said.id) == out.message_id and said.chat == out.chat:
                        said.buttons, said.edits = [], said.edits + 1
            case "answer":
                self.toasts.append((out.chat, out.text))
            case "leave":
                self.left.append(out.chat)
        return None


class Unpaced(Pace):
    """A network without limits, whatever its clocks say; what it asks for itself is kept."""

    def span(self, channel: str) -> timedelta:
        """Nothing counts."""
        return timedelta(0)

    def begin(self, channel: str, gone: Iterable[tuple[str, datetime]]) -> None:
        """Nothing counts."""

    def may(self, channel: str, chat: str) -> bool:
        """Always."""
        return True

    async def take(self, channel: str, chat: str) -> None:
        """At once."""


class Phone:
    """One person's private chat with the bot."""

    def __init__(self, office: Office, person_id: int, user: str, name: str) -> None:
        self.office, self.id, self.user, self.name = office, person_id, user, name

    @property
    def messages(self) -> list[Said]:
        """What the bot said here, oldest first."""
        return [said for said in self.office.wire.sent if said.chat == self.user]

    @property
    def last(self) -> Said:
        """The newest message."""
        assert self.messages, f"{self.name} has heard nothing"
        return self.messages[-1]

    @property
    def text(self) -> str:
        """The newest message's text."""
        return self.last.text

    @property
    def labels(self) -> list[str]:
        """The buttons of the newest message."""
        return [label for label, _ in self.last.buttons]

    @property
    def toast(self) -> str:
        """The newest answer to a press."""
        return next(text for chat, text in reversed(self.office.wire.toasts) if chat == self.user)

    def sees(self, *pieces: str) -> bool:
        """Does some message here hold all these pieces?"""
        return any(all(piece in said.text for piece in pieces) for said in self.messages)

    def finds(self, piece: str) -> Said:
        """The newest message with this piece."""
        return next(said for said in reversed(self.messages) if piece in said.text)

    async def says(self, *texts: str, reply_to: Said | None = None, at: datetime | None = None, **more: Any) -> None:
        """Type lines; each is handled and answered before the next."""
        for text in texts:
            await self.office.receive(
                kind="message", sender=self.user, chat=self.user, private=True, text=text, at=at,
                reply_to=str(reply_to.id) if reply_to else None, reply_to_us=reply_to is not None,
                quoted=reply_to.text if reply_to else "", **more,
            )  # fmt: skip

    async def sends(self, name: str, content: bytes, **more: Any) -> None:
        """Send a file that the network has handed out already."""
        await self.office.receive(
            kind="message", sender=self.user, chat=self.user, private=True, attachment="document",
            document=[name, content.hex()], **more,
        )  # fmt: skip

    async def presses(self, label: str, on: Said | None = None, times: int = 1) -> None:
        """Press the newest button of that label (or that button on a given message)."""
        places = [on] if on else list(reversed(self.messages))
        for said in places:
            for name, token in said.buttons:
                if name == label:
                    for _ in range(times):
                        await self.press(token, said)
                    return
        raise AssertionError(f"{self.name} sees no button {label!r}; the newest are {self.labels}")

    async def press(self, token: str, said: Said) -> None:
        """Press with a token, whoever it was made for."""
        await self.office.receive(
            kind="press", sender=self.user, chat=said.chat, private=not said.chat.startswith("-"), token=token,
            message_id=str(said.id), press_id=f"p{next(self.office.ids)}",
        )  # fmt: skip

    async def in_group(self, chat: str, text: str, reply_to: Said | None = None) -> None:
        """Say something in a group."""
        await self.office.receive(
            kind="message", sender=self.user, chat=chat, private=False, text=text, chat_title="群",
            reply_to=str(reply_to.id) if reply_to else None, reply_to_us=reply_to is not None,
        )  # fmt: skip


class Office:
    """A company with its bot."""

    def __init__(self, folder: Path, *, start: datetime = START, url: str | None = None) -> None:
        self.folder = folder
        self.url = url or f"sqlite+aiosqlite:///{folder}/office.db"
        self.clock = HandClock(start)
        self.host = HandClock(start)  # the host's own time: leases and back-off; it stands until a test lets it pass
        self.wire = Wire()
        self.ids = itertools.count(1)
        self.company = company()
        self._numbers = itertools.count(1)

    async def open(self) -> None:
        """Open the database and build the bot around it."""
        sealed.install(_ring())
        self.db = Database(self.url, self.company, self.clock.now)
        await self.db.refresh()
        _share_what_is_compiled(self.db)
        self.sender = Sender(self.db, {"telegram": self.wire}, host=self.host.now)
        self.dispatcher = Dispatcher(self.db, {"telegram": self.wire}, self.sender)
        self.sender.pace = Unpaced({}, self.host.now)
        self.runner = Runner(self.db, job_registry.jobs)
        await self.runner.begin()
        await self.sender.recover()

    async def restart(self) -> None:
        """The process ends and starts again; nothing but the database survives."""
        await self.db.close()
        await self.open()

    async def close(self) -> None:
        """Shut the office."""
        await self.db.close()

    @property
    def now(self) -> datetime:
        """Company time."""
        return self.clock.at

    # --- time ----------------------------------------------------------------------------------------------

    async def moves_to(self, when: datetime) -> None:
        """Time goes on; everything due on the way happens in its turn."""
        while True:
            upcoming = await self.runner.next_due(self.clock.at)
            if upcoming is None or upcoming > when:
                break
            self.clock.at = max(upcoming, self.clock.at + timedelta(microseconds=1))
            await self.runner.fire_due(self.clock.at)
            await self.sender.drain(60)  # jobs write nothing that is to be handled
        self.clock.at = when
        await self.runner.fire_due(when)
        await self.settle()

    async def waits(self, seconds: float) -> None:
        """The host's own time passes: what was to be tried again is."""
        self.host.at += timedelta(seconds=seconds)
        await self.settle()

    async def sleeps_until(self, when: datetime) -> None:
        """The bot is off until `when`, then starts again."""
        self.clock.at = when
        await self.restart()
        await self.runner.fire_due(when)
        await self.settle()

    # --- wire --------------------------------------------------------------------------------------------------

    async def receive(self, *, deliveries: int = 1, key: str | None = None, **event: Any) -> None:
        """An update arrives (perhaps more than once), is handled and answered."""
        number = next(self.ids)
        raw = {k: v for k, v in event.items() if v is not None}
        raw["key"] = key or str(number)
        if raw["kind"] != "press":
            at = event.get("at") or self.clock.at
            raw["at"] = at.isoformat()
            raw.setdefault("message_id", str(number))
        from core.store import inbox

        for _ in range(deliveries):
            async with self.db.transaction() as tx:
                await inbox.put(tx, "telegram", raw["key"], raw["sender"], raw.get("dedupe"), raw)
        await self.settle()

    async def settle(self) -> None:
        """Handle and send until nothing is left to do."""
        while True:
            worked = await self.dispatcher.handle_next()
            await self.sender.drain(60)
            if not worked:
                return

    # --- people ------------------------------------------------------------------------------------------------

    async def team(self, name: str, alias: str | None = None) -> int:
        """A team's id; made when it is new."""
        async with self.db.transaction() as tx:
            known = await people_store.team_named(tx, name)
            if known is not None:
                return known.id
            return await tx.insert(m.teams, name=name, alias=alias, created_at=tx.now)

    async def hires(
        self,
        name: str,
        role: Role = Role.CLERK,
        team: str | None = "领航组",
        *,
        status: Status = Status.REGULAR,
        hired_on: date = date(2024, 3, 1),
        number: str | None = None,
        **more: Any,
    ) -> Phone:
        """Somebody of the company, bound to a phone."""
        team_id = await self.team(team) if team else None
        number = number or f"{next(self._numbers):03d}"
        async with self.db.transaction() as tx:
            person_id = await tx.insert(
                m.people, employee_no=number, name=name, pinyin=sound(name), role=role.value, status=status.value,
                team_id=team_id, hired_on=hired_on, created_at=tx.now, **more,
            )  # fmt: skip
            await people_store.assign(tx, person_id, hired_on, role=role, status=status, team_id=team_id)
            user = str(5000 + person_id)
            await people_store.bind(tx, "telegram", user, person_id)
        return Phone(self, person_id, user, name)

    async def agent(self, name: str = "林晓燕", **more: Any) -> Phone:
        """A clerk of 领航组."""
        return await self.hires(name, Role.CLERK, **more)

    async def rep(self, name: str = "吴海涛", **more: Any) -> Phone:
        """A rep of 领航组."""
        return await self.hires(name, Role.REP, **more)

    async def supervisor(self, name: str = "周启明", **more: Any) -> Phone:
        """The supervisor of 领航组."""
        return await self.hires(name, Role.SUPERVISOR, **more)

    async def manager(self, name: str = "梁文静", **more: Any) -> Phone:
        """The manager."""
        return await self.hires(name, Role.MANAGER, None, **more)

    async def assistant(self, name: str = "何小满", **more: Any) -> Phone:
        """The assistant."""
        return await self.hires(name, Role.ASSISTANT, None, **more)

    def stranger(self, user: str = "99999") -> Phone:
        """Somebody the company does not know."""
        return Phone(self, 0, user, "stranger")

    def in_chat(self, chat: str) -> list[Said]:
        """What the bot said in a group."""
        return [said for said in self.wire.sent if said.chat == chat]

    async def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of a table."""
        statement = select(table)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        async with self.db.snapshot() as tx:
            return list(await tx.all(statement))

    async def tx(self, work: Callable[[Tx], Any]) -> Any:
        """Run something in a transaction."""
        async with self.db.transaction() as tx:
            return await work(tx)


_RING: list[sealed.KeyRing] = []


def _ring() -> sealed.KeyRing:
    if not _RING:
        _RING.append(sealed.KeyRing.fresh())
    return _RING[0]


_COMPILED: dict[str, tuple[Dialect, Any]] = {}


def _share_what_is_compiled(db: Database) -> None:
    """An engine compiles each statement once, but every office has engines of its own: those of one kind go by the
    dialect of the first that has seen its database, and by what was compiled for it."""
    first = db.reader.sync_engine
    dialect, compiled = _COMPILED.setdefault(first.dialect.name, (first.dialect, LRUCache[Any, Any](STATEMENTS)))
    for engine in (db.reader.sync_engine, db.writer.sync_engine):
        engine.dialect, engine._compiled_cache = dialect, compiled


async def template(folder: Path) -> Path:
    """A migrated, empty SQLite file: copied for each test."""
    file = folder / "template.db"
    if not file.exists():
        sealed.install(_ring())
        await migrate.upgrade(f"sqlite+aiosqlite:///{file}")
    return file


async def furnish(folder: Path, source: Path, *, url: str | None = None) -> Office:
    """An open office on a copy of the template, or on the migrated database at `url`."""
    if url is None:
        shutil.copy(source, folder / "office.db")
    office = Office(folder, url=url)
    await office.open()
    return office


def lines(text: str) -> Iterable[str]:
    """The lines of a text."""
    return text.splitlines()
