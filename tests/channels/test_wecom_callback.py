"""The callback address of the self-built app: forged ones never get in, authentic ones are kept in time or sent again."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs
from wechatpy.enterprise.crypto import WeChatCrypto
from yarl import URL

from bot import unreadable
from bot.channels.port import Envelope
from bot.channels.wecom.callback import REFUSAL, Callback
from bot.channels.wecom.crypto import Cipher, key_of
from bot.channels.wecom.xml_fields import text_of
from core.store import inbox
from core.store import models as m
from tests.abreast import Which, asked_for, databases, own, side_by_side
from tests.office import Office, furnish

TOKEN, CORP, AGENT = "QDG6eKxyzABC0123456789", "wx5823bf96d3bd56c7", "1000002"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
MUTATIONS = 10_000
DEADLINE = 5.0  # host seconds after which WeCom hangs up
LOAD_SECONDS = float(os.environ.get("WAIHU_LOAD_SECONDS", "30"))
STALLS, BREATH = (2.0, 2.0, 5.5), 2.0  # host seconds
LOADED = "test_fifty_a_second_with_a_stalling_database_none_late_and_none_lost"


def update(number: int, text: str = "记 李总 约回电", sender: str = "zhangsan") -> str:
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>1795426800</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId><AgentID>{AGENT}</AgentID></xml>"
    )


@dataclass(frozen=True)
class Post:
    """A callback as WeCom sends it, made by another implementation of the cipher."""

    query: dict[str, str]
    body: str
    head: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plain: str, *, stamp: int | None = None, nonce: str | None = None, agent: str = AGENT) -> Post:
        nonce = nonce or f"{random.getrandbits(31)}"
        made = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(plain, nonce, str(stamp or int(time.time())))
        read: Callable[[str], str] = lambda name: made.split(f"<{name}>")[1].split(f"</{name}>")[0]  # noqa: E731
        bare: Callable[[str], str] = lambda name: read(name).removeprefix("<![CDATA[").removesuffix("]]>")  # noqa: E731
        body = (
            f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[{agent}]]></AgentID>"
            f"<Encrypt><![CDATA[{bare('Encrypt')}]]></Encrypt></xml>"
        )
        return cls({"msg_signature": bare("MsgSignature"), "timestamp": bare("TimeStamp"), "nonce": nonce}, body)


def envelope(raw: Any) -> Envelope:
    number = text_of(raw, "MsgId")
    if not number:
        raise ValueError("no id")
    return Envelope(number, text_of(raw, "FromUserName"))


@dataclass
class Door:
    """A callback address on a real socket, and an inbox that the test holds open or shut."""

    url: str = ""
    kept: list[tuple[Any, Any]] = field(default_factory=list)
    commits: int = 0
    shut: asyncio.Event = field(default_factory=asyncio.Event)  # set: open
    broken: Exception | None = None
    clock: float = 0.0  # host seconds that the test added
    session: Any = None

    async def deliver(self, batch: list[tuple[Any, Any]]) -> None:
        await self.shut.wait()
        if self.broken is not None:
            raise self.broken
        self.commits += 1
        self.kept += batch

    async def post(self, post: Post, **changes: Any) -> tuple[int, str]:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in post.query.items())
        async with self.session.post(f"{self.url}?{changes.get('query', query)}", data=post.body.encode()) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def opened(deliver: Any = None, **options: Any) -> AsyncIterator[Door]:
    door = Door()
    door.shut.set()
    options.setdefault("clocks", (lambda: time.time() + door.clock,))
    options.setdefault("monotonic", lambda: time.monotonic() + door.clock)
    callback = Callback(Cipher(TOKEN, key_of(AES_KEY), CORP), AGENT, envelope, deliver or door.deliver, **options)
    app = web.Application()
    app.add_routes(callback.routes())
    runner = web.AppRunner(app, access_log=None, logger=unreadable.log)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}/wecom/callback"
    async with ClientSession(timeout=ClientTimeout(total=60), connector=TCPConnector(limit=0)) as session:
        door.session = session
        yield door
    await callback.close()
    await runner.cleanup()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as it:
        yield it


REFUSED = (403, REFUSAL)

# --- the console saves the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("echo", ["1616140317555161061", "a+b/c=", "企业微信", " "])
async def test_the_console_gets_the_plain_echo_and_nothing_else(door: Door, echo: str) -> None:
    made = Post.of(echo)
    sealed = made.body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    params = made.query | {"echostr": sealed}
    async with door.session.get(door.url, params=params) as answer:
        assert (answer.status, await answer.read()) == (200, echo.encode())
    async with door.session.get(door.url, params=params | {"nonce": "1"}) as answer:
        assert (answer.status, await answer.text()) == REFUSED
    assert not door.kept


# --- updates ---------------------------------------------------------------------------------------------------------


async def test_an_update_is_answered_empty_after_it_was_kept(door: Door) -> None:
    door.shut.clear()
    asked = asyncio.create_task(door.post(Post.of(update(7, "<!DOCTYPE html> & ]] \x0b 😀"))))
    await asyncio.wait({asked}, timeout=0.1)
    assert not asked.done()
    door.shut.set()

    assert await asked == (200, "")
    ((known, raw),) = door.kept
    assert known == Envelope("7", "zhangsan")
    assert text_of(raw, "Content") == "<!DOCTYPE html> & ]]  😀"


async def test_what_was_answered_is_refused_when_it_comes_again(door: Door) -> None:
    post = Post.of(update(1))

    assert await door.post(post) == (200, "")
    assert await door.post(post) == REFUSED
    door.clock = 299
    assert await door.post(post) == REFUSED
    assert len(door.kept) == 1


async def test_a_retry_in_a_new_envelope_is_welcome(door: Door) -> None:
    """The same plaintext: the inbox knows it by its id."""
    for _ in range(3):
        assert await door.post(Post.of(update(1))) == (200, "")
    assert {known for known, _ in door.kept} == {Envelope("1", "zhangsan")}


@pytest.mark.parametrize(("age", "taken"), [(0, True), (290, True), (-290, True), (310, False), (-310, False)])
async def test_an_envelope_may_be_five_minutes_from_our_clock(door: Door, age: int, *, taken: bool) -> None:
    post = Post.of(update(1), stamp=int(time.time()) - age)

    assert await door.post(post) == ((200, "") if taken else REFUSED)
    assert len(door.kept) == taken


async def test_in_a_played_company_its_own_clock_counts_too() -> None:
    async with opened(clocks=(time.time, lambda: 1795426800.0), patience=1.2) as door:
        assert await door.post(Post.of(update(1), stamp=1795426800 + 100)) == (200, "")
        assert await door.post(Post.of(update(2))) == (200, "")
        assert await door.post(Post.of(update(3), stamp=1795426800 - 400)) == REFUSED


async def test_what_is_stamped_after_the_companys_clock_has_leapt_waits_until_we_know_of_it() -> None:
    company = [1795426800.0]
    async with opened(clocks=(time.time, lambda: company[0])) as door:
        asked = asyncio.create_task(door.post(Post.of(update(1), stamp=1795426800 + 7200)))
        await asyncio.wait({asked}, timeout=0.2)
        assert not asked.done()
        company[0] += 7200
        assert await asked == (200, "")
        assert await door.post(Post.of(update(2), stamp=1795426800)) == REFUSED  # the old ones do not


async def test_a_clock_that_goes_wrong_is_said_once(door: Door) -> None:
    door.clock = 3600
    with capture_logs() as lines:
        for number in range(5):
            await door.post(Post.of(update(number)))
    assert [line["log_level"] for line in lines] == ["warning"]


# --- the database does not keep up --------------------------------------------------------------------------------


async def test_what_cannot_be_kept_in_time_is_answered_503_and_is_welcome_again() -> None:
    async with opened(patience=0.15) as door:
        post = Post.of(update(1))
        door.shut.clear()
        began = time.monotonic()
        assert (await door.post(post))[0] == 503
        assert time.monotonic() - began < 2
        assert not door.kept
        door.shut.set()
        assert await door.post(post) == (200, "")  # the same envelope: nothing says that WeCom makes a new one
        assert await door.post(post) == REFUSED
        assert {known.key for known, _ in door.kept} == {"1"}


async def test_what_the_database_refuses_is_answered_503() -> None:
    async with opened() as door:
        door.broken = RuntimeError("secret text")
        with capture_logs() as lines:
            assert await door.post(Post.of(update(1))) == (503, "")
        assert "secret" not in str(lines)
        door.broken = None
        assert await door.post(Post.of(update(1))) == (200, "")


async def test_those_that_wait_together_are_kept_in_one_go() -> None:
    async with opened() as door:
        door.shut.clear()
        asked = [asyncio.create_task(door.post(Post.of(update(number)))) for number in range(100)]
        await asyncio.wait(asked, timeout=0.5)
        door.shut.set()
        answers = await asyncio.gather(*asked)

        assert answers == [(200, "")] * 100
        assert len(door.kept) == 100
        assert door.commits <= 10


async def test_a_body_that_trickles_in_is_given_up_in_time() -> None:
    async with opened(patience=0.2) as door:

        async def trickle() -> AsyncIterator[bytes]:
            yield b"<xml>"
            await asyncio.Event().wait()

        query = Post.of(update(1)).query
        async with door.session.post(door.url, params=query, data=trickle()) as answer:
            assert answer.status == 503


# --- hostile -----------------------------------------------------------------------------------------------------------


def mutated(rng: random.Random, good: Post, other: Post, heard: Post) -> tuple[str, Post]:
    """One thing about a good callback changed, as somebody without the secrets could; or one that was `heard` already."""
    query, body, head = dict(good.query), good.body, dict[str, str]()
    name = rng.choice(list(query))
    sealed = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    kind = rng.choice(
        ["flip query", "flip body", "flip cipher", "drop query", "double query", "cut", "empty", "old", "other", "swap",
         "blocks", "corp", "agent", "twice", "grow", "garbage", "upper", "space", "bomb", "bytes", "percent",
         "coding", "replay", "token", "padding"]
    )  # fmt: skip
    value, at = query[name], rng.randrange(len(query[name]))
    match kind:
        case "flip query":
            query[name] = value[:at] + rng.choice([c for c in "0123456789abcdef" if c != value[at]]) + value[at + 1 :]
        case "flip body":
            place = rng.randrange(len(body))
            body = body[:place] + rng.choice([c for c in "<>&]Aa0\u3000" if c != body[place]]) + body[place + 1 :]
        case "flip cipher":
            place = rng.randrange(len(sealed))
            other_letter = rng.choice([c for c in "ABCabc012+/=" if c != sealed[place]])
            body = body.replace(sealed, sealed[:place] + other_letter + sealed[place + 1 :])
        case "drop query":
            del query[name]
        case "double query":
            query[name] = f"{value}&{name}={value}"
        case "cut":
            body = body[: rng.randrange(len(body))]
        case "empty":
            body = ""
        case "old":
            query["timestamp"] = str(int(query["timestamp"]) - rng.randrange(1, 10**6))
        case "other":
            query = dict(other.query)
        case "swap":
            body = other.body
        case "blocks":
            body = body.replace(sealed, sealed[64:] + sealed[:64])
        case "corp":
            body = body.replace(f"[{CORP}]", f"[{CORP}{rng.choice('xyz')}]")
        case "agent":
            body = body.replace(f"[{AGENT}]", f"[{rng.randrange(10**6)}]")
        case "twice":
            body = body.replace("</xml>", f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>")
        case "grow":
            body = body.replace("</xml>", "<a/>" * rng.choice([17_000, 20_000]) + "</xml>")
        case "garbage":
            body = rng.randbytes(rng.randrange(1, 400)).decode("latin-1")
        case "upper":
            query["msg_signature"] = query["msg_signature"].upper() + "0" * (value.upper() == value)
        case "space":
            query[name] = value + rng.choice([" ", "\n", "\x00", "\u200b"])
        case "bomb":
            body = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]>' + body.replace(sealed, f"&a;{sealed}")
        case "percent":
            query[name] = rng.choice(["%ff", "%00", "%", "%F0%9F%98", "+"]) + value
        case "bytes":
            body = body.encode("utf-16").decode("latin-1")
        case "coding":
            head = {"Content-Encoding": rng.choice(["gzip", "deflate"])}
        case "replay":
            query, body = dict(heard.query), heard.body
        case "token":  # a right envelope under a token that is not ours
            parts = sorted([rng.choice(["", "other", TOKEN[:-1]]), query["timestamp"], query["nonce"], sealed])
            query["msg_signature"] = hashlib.sha1("".join(parts).encode()).hexdigest()
        case "padding":
            body = body.replace(sealed, sealed.rstrip("=") + rng.choice(["", "=", "==="]) + "A")
    return kind, Post(query, body, head)


class Wire:
    """A caller who writes HTTP by hand: ten thousand calls of a client library would cost more than their answers."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._reader = asyncio.StreamReader()
        self._writer: asyncio.StreamWriter | None = None

    @classmethod
    def to(cls, door: Door) -> Wire:
        """A line to a callback address."""
        place = URL(door.url)
        return cls(str(place.host), int(place.port or 0))

    async def post(self, post: Post) -> tuple[int, str, str]:
        """Status, body and the names of the headers of what is answered."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._place)
        query = "&".join(
            f"{name}={value if set('&%+') & set(value) else quote(value)}" for name, value in post.query.items()
        )
        body = post.body.encode()
        head = {"Host": "x", "Content-Length": str(len(body))} | post.head
        lines = [f"POST /wecom/callback?{query} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        first, *others = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        told = dict(line.split(": ", 1) for line in others)
        text = (await self._reader.readexactly(int(told["Content-Length"]))).decode()
        if told.pop("Connection", "") == "close":
            self.close()
        return int(first.split()[1]), text, " ".join(told)

    def close(self) -> None:
        """The next call opens another connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


async def test_none_of_ten_thousand_mutated_callbacks_gets_in_and_all_hear_the_same(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(20261123)
    heard, *goods = [Post.of(update(number)) for number in range(20)]
    assert await door.post(heard) == (200, "")
    door.kept.clear()
    answers: dict[tuple[int, str, str], Counter[str]] = {}  # status, body, names of headers -> kinds
    left = iter(range(MUTATIONS))

    async def attack() -> None:
        line = Wire.to(door)
        for _ in left:
            good, other = rng.sample(goods, 2)
            kind, post = mutated(rng, good, other, heard)
            answers.setdefault(await line.post(post), Counter())[kind] += 1
        line.close()

    with capture_logs() as lines:
        await asyncio.gather(*(attack() for _ in range(16)))

    ((status, text, _),) = answers  # one uniform error
    (kinds,) = answers.values()
    assert (status, text) == REFUSED
    assert kinds.total() == MUTATIONS
    assert len(kinds) == 25
    assert min(kinds.values()) > MUTATIONS / 40
    assert not door.kept
    assert not lines
    assert "Traceback" not in caplog.text
    assert len(caplog.records) <= 1  # that some cannot be read is said once a minute
    for good in goods:  # nor did they spoil the good ones
        assert await door.post(good) == (200, "")


def raw(head: str, body: bytes) -> bytes:
    """Bytes as they are, for what no client library would send."""
    return (
        f"POST /wecom/callback?{urlencode(Post.of(update(1)).query)} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body
    )


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 30\r\nContent-Encoding: gzip\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
        "X: " + "secret words " * 900 + "\r\n",
        "Content-Length: 5\r\nContent-Encoding: br\r\n",
    ],
    ids=["coding", "negative", "two lengths", "no chunks", "long", "unknown coding"],
)
async def test_what_is_no_http_leaves_no_traceback_and_none_of_its_words(
    door: Door, head: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = URL(door.url)
    for _ in range(3):
        reader, writer = await asyncio.open_connection(place.host, place.port)
        writer.write(raw(head, b"secret words, secret words, zz"))
        async with asyncio.timeout(60):
            answer = await reader.read(1 << 16)
        writer.close()
        assert answer.split(b" ", 2)[1] in {b"400", b"403"}
    assert not door.kept
    assert "Traceback" not in caplog.text
    assert "secret" not in caplog.text
    assert len(caplog.records) <= 1


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]><xml><MsgId>&a11;</MsgId></xml>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 30_000}">]><xml><MsgId>{"&a;" * 5_000}</MsgId></xml>',
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><MsgId>&a;</MsgId></xml>',
    "address": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]><xml><MsgId>&a;</MsgId></xml>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><xml><MsgId>1</MsgId></xml>',
    "external dtd": '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><MsgId>1</MsgId></xml>',
    "empty dtd": "<!DOCTYPE xml><xml><MsgId>1</MsgId></xml>",
    "deep": "<xml>" + "<a>" * 9_000 + "</a>" * 9_000 + "<MsgId>1</MsgId></xml>",
    "wide": "<xml>" + "<a/>" * 16_500 + "<MsgId>1</MsgId></xml>",
    "attributes": "<xml " + " ".join(f'a{n}="{n}"' for n in range(4_000)) + "><MsgId>1</MsgId></xml>",
    "large token": "<xml><MsgId>" + "1" * 66_000 + "</MsgId></xml>",
    "unfinished": "<xml><MsgId>1</MsgId>",
    "two roots": "<xml><MsgId>1</MsgId></xml><xml/>",
    "other root": "<html><MsgId>1</MsgId></html>",
    "namespace": '<x:xml xmlns:x="urn:x"><MsgId>1</MsgId></x:xml>',
    "mixed": "<xml>text<MsgId>1</MsgId></xml>",
    "nothing": "",
    "no id": "<xml><Content>1</Content></xml>",
    "id twice": "<xml><MsgId>1</MsgId><MsgId>2</MsgId></xml>",
    "id in parts": "<xml><MsgId><a>1</a></MsgId></xml>",
}


@pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside"])
@pytest.mark.parametrize("attack", ATTACKS)
async def test_xml_made_to_hurt_is_refused_fast_also_in_a_right_envelope(
    door: Door, attack: str, *, inside: bool
) -> None:
    post = Post.of(ATTACKS[attack]) if inside else Post(Post.of(update(1)).query, ATTACKS[attack])
    began = time.process_time()

    assert await door.post(post) == REFUSED
    assert time.process_time() - began < 0.25
    assert not door.kept


async def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length(door: Door) -> None:
    async def flood() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 4096

    post = Post.of(update(1))
    for data in (post.body.encode() + b" " * (64 << 10), flood()):
        async with door.session.post(door.url, params=post.query, data=data) as answer:
            assert (answer.status, await answer.text()) == REFUSED


# --- under load, with a database that stalls ---------------------------------------------------------------------------


def stall(office: Office, seconds: float, over: threading.Event) -> None:
    """Nobody writes into the inbox for so long, or until it is over. Blocks: to be run in a thread."""
    url = make_url(office.db.url)
    if office.db.sqlite:
        other = sqlite3.connect(str(url.database), timeout=5, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        over.wait(seconds)
        other.execute("ROLLBACK")
        other.close()
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as conn:
        conn.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        over.wait(seconds)
        conn.rollback()


def starved() -> float:
    """Host seconds for which this thread could have run and a busy machine ran others: no fault of the bot's. Whatever
    the bot itself does or waits for is not in it. 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


async def fifty_a_second(office: Office) -> None:
    """Stalls of two seconds, and now and then one of five and a half that no callback can outlast. What is not answered
    200 is told again, in a new envelope, as WeCom does it: three times in all."""
    loop = asyncio.get_running_loop()
    late: list[float] = []
    lost: list[int] = []
    statuses: Counter[int] = Counter()
    over = threading.Event()

    async def deliver(batch: list[tuple[Envelope | None, Any]]) -> None:
        async with office.db.transaction() as tx:
            await inbox.put_all(
                tx, "wecom_app", [(known.key, known.sender, None, raw) for known, raw in batch if known is not None]
            )

    async with opened(deliver) as door:
        idle: list[Wire] = []

        def envelope_of(number: int) -> Post:
            return Post.of(update(number, sender=f"user{number % 37}"))

        async def wecom(number: int, post: Post) -> None:
            for again in range(3):
                post = envelope_of(number) if again else post
                line = idle.pop() if idle else Wire.to(door)
                began, kept_waiting = loop.time(), starved()
                status, _, _ = await line.post(post)
                idle.append(line)
                statuses[status] += 1
                took = loop.time() - began - (starved() - kept_waiting)
                if took >= DEADLINE:
                    late.append(took)
                if status == 200:
                    return
            lost.append(number)

        def stalls() -> None:
            for each in itertools.cycle(STALLS):
                stall(office, each, over)
                if over.wait(BREATH):
                    return

        posts = [envelope_of(number) for number in range(int(50 * LOAD_SECONDS))]  # WeCom's work is not ours
        stalling = asyncio.create_task(asyncio.to_thread(stalls))
        begun = loop.time()
        tasks = []
        for number, post in enumerate(posts):
            await asyncio.sleep(max(begun + number / 50 - loop.time(), 0))
            tasks.append(asyncio.create_task(wecom(number, post)))
        over.set()
        await asyncio.gather(*tasks, stalling)
        for line in idle:
            line.close()

    async with office.db.snapshot() as tx:
        kept = await tx.scalar(select(func.count()).select_from(m.inbox).where(m.inbox.c.channel == "wecom_app"))
    assert not late
    assert not lost
    assert kept == len(tasks)
    assert statuses.pop(200) == len(tasks)
    assert set(statuses) == {503}  # the longest stalls were felt


@pytest.fixture(scope="module")
def addresses(request: pytest.FixtureRequest) -> Iterator[Mapping[Which, str]]:
    """The databases that are to stall."""
    with databases(request, asked_for(request, LOADED, "kind")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loads(
    addresses: Mapping[Which, str], migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[Which, asyncio.Task[None]]]:
    """Each kind of database under the load of half a minute."""

    async def load(which: Which) -> None:
        office = await furnish(tmp_path_factory.mktemp("load"), migrated, url=addresses[which] or None)
        await fifty_a_second(office)
        await office.close()

    async with side_by_side({which: load(which) for which in addresses}) as tasks:
        yield tasks


@pytest.mark.asyncio(loop_scope="module")
async def test_fifty_a_second_with_a_stalling_database_none_late_and_none_lost(
    kind: str, request: pytest.FixtureRequest, loads: Mapping[Which, asyncio.Task[None]]
) -> None:
    await own(request, loads, kind)
