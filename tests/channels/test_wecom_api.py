"""The app's access token and its calls, against the emulated server over HTTP: what became of each call is never wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.channels.port import Gone, Locked, MaybeSent, NotSent, Rejected
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.api import Api
from bot.channels.wecom.codes import Refusal, outcome
from sandbox import Sandbox
from sandbox.client import SandboxClient
from tests.sandbox.wecom import AGENT_ID, CORP_ID, LIN, PEOPLE, SECRET, START


@dataclass
class Peer:
    """The emulated server and our client, whose host seconds are set by hand."""

    sandbox: Sandbox
    client: SandboxClient
    api: Api
    seconds: list[float]

    async def send(self, text: str = "在") -> dict[str, Any]:
        body = {"touser": LIN, "msgtype": "text", "agentid": AGENT_ID, "text": {"content": text}}
        return await self.api.call("/cgi-bin/message/send", body)

    async def asked(self, path: str) -> int:
        return len(await self.client.line.calls(path))

    def said(self) -> list[str]:
        return [m.text for m in self.client.wecom(LIN).replies(0, "app")]


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    seconds = [1000.0]
    async with Sandbox(PEOPLE, clock=START) as sandbox, SandboxClient(sandbox.url) as client:
        api = Api(f"{sandbox.url}/wecom", CORP_ID, SECRET, monotonic=lambda: seconds[0])
        yield Peer(sandbox, client, api, seconds)
        await api.close()


async def test_one_token_serves_everybody_who_asks_at_once(peer: Peer) -> None:
    await asyncio.gather(*(peer.send(f"第{n}条") for n in range(20)))

    assert await peer.asked("gettoken") == 1
    assert await peer.asked("message/send") == 20


async def test_who_hears_late_that_the_old_token_ended_takes_the_new_one(peer: Peer) -> None:
    await peer.send("一")
    await peer.client.line.spoil_token()
    await peer.client.line.fault("delay", "message/send", delay=0.2)

    await asyncio.gather(*(peer.send(f"第{n}条") for n in range(3)))

    assert await peer.asked("gettoken") == 2


@pytest.mark.parametrize("how", ["expire", "invalidate"])
async def test_a_token_that_ends_early_is_replaced_once_for_all_and_every_call_made_once_more(
    peer: Peer, how: str
) -> None:
    await peer.send("一")
    await peer.client.line.spoil_token(how)

    await asyncio.gather(*(peer.send(f"第{n}条") for n in range(10)))

    assert await peer.asked("gettoken") == 2
    await peer.client.until(lambda: len(peer.said()) == 11)
    assert len(set(peer.said())) == 11


async def test_a_token_is_replaced_five_minutes_before_its_end(peer: Peer) -> None:
    await peer.send("一")
    peer.seconds[0] += 7200 - 301
    await peer.send("二")
    assert await peer.asked("gettoken") == 1
    peer.seconds[0] += 2
    await peer.send("三")
    assert await peer.asked("gettoken") == 2


async def test_a_token_that_is_refused_again_is_not_tried_for_ever(peer: Peer) -> None:
    await peer.client.line.fault("errcode", "message/send", code=42001, count=50)

    with pytest.raises(Refusal) as raised:
        await peer.send()

    assert isinstance(outcome(raised.value), NotSent)
    assert await peer.asked("message/send") == 2


async def test_a_wrong_secret_is_asked_about_once_however_many_want_to_speak(peer: Peer) -> None:
    wrong = Api(f"{peer.sandbox.url}/wecom", CORP_ID, "wrong", monotonic=lambda: peer.seconds[0])

    ended = await asyncio.gather(*(wrong.token() for _ in range(20)), return_exceptions=True)

    assert {e.code for e in ended if isinstance(e, Refusal)} == {40001}
    assert await peer.asked("gettoken") == 1
    peer.seconds[0] += 11
    with pytest.raises(Refusal):
        await wrong.token()
    assert await peer.asked("gettoken") == 2
    await wrong.close()


@pytest.mark.parametrize(
    ("kind", "arrives"),
    [("drop_request", 0), ("drop_answer", 1), ("malformed", 1), ("http", 0)],
)
async def test_a_lost_answer_is_told_as_lost_whether_or_not_the_call_arrived(
    peer: Peer, kind: str, arrives: int
) -> None:
    await peer.send("一")
    await peer.client.line.fault(kind, "message/send", code=502)

    with pytest.raises(MaybeSent):
        await peer.send("二")

    await peer.client.until(lambda: len(peer.said()) == 1 + arrives)


async def test_without_a_token_nothing_was_sent_however_it_failed(peer: Peer) -> None:
    for kind in ("drop_answer", "malformed", "http"):
        await peer.client.line.fault(kind, "gettoken", code=502, count=5)  # HTTP libraries may repeat a GET
        with pytest.raises(NotSent):
            await peer.send()
        await peer.client.line.mend()
    assert await peer.asked("message/send") == 0


async def test_where_nobody_listens_nothing_was_sent() -> None:
    api = Api("http://127.0.0.1:9", CORP_ID, SECRET)
    with pytest.raises(NotSent):
        await api.token()
    await api.close()


async def test_a_proxys_page_says_nothing_about_us(peer: Peer) -> None:
    await peer.client.line.fault("http", "message/send", code=407)
    with pytest.raises(NotSent):
        await peer.send()


async def test_no_secret_is_in_anything_that_is_raised(peer: Peer) -> None:
    await peer.client.line.fault("drop_request", "gettoken", count=5)
    with pytest.raises(NotSent) as raised:
        await peer.send()

    chain: BaseException | None = raised.value
    while chain is not None:
        assert SECRET not in f"{chain!r}{chain.__suppress_context__ or chain.__context__!r}"
        chain = None if chain.__suppress_context__ else chain.__context__


@pytest.mark.parametrize(
    ("code", "ended", "seconds"),
    [
        (-1, NotSent, None), (45009, NotSent, 60), (45033, NotSent, 5), (42001, NotSent, None), (40001, Locked, None),
        (40013, Locked, None), (42009, Locked, None), (60020, Locked, None), (60011, Locked, None),
        (48002, Locked, None), (81013, Gone, None), (60111, Gone, None), (93000, Gone, None), (40007, Rejected, None),
        (40008, Rejected, None), (40058, Rejected, None), (45002, Rejected, None), (99999999, Rejected, None),
    ],
)  # fmt: skip
def test_every_code_is_one_of_the_ports_classes(code: int, ended: type[Exception], seconds: float | None) -> None:
    found = outcome(Refusal(code, "whatever"))

    assert type(found) is ended
    if isinstance(found, NotSent):
        assert (found.delay.total_seconds() if found.delay else None) == seconds


def test_no_minute_sees_more_than_is_allowed() -> None:
    now = [0.0]
    allowance = Allowance(25, lambda: now[0])
    made: list[float] = []
    while now[0] < 600:
        wait = allowance.wait("a", 3)
        if wait:
            assert wait <= 60
            now[0] += wait
            continue
        for _ in range(3):
            allowance.count("a")
            made.append(now[0])
            now[0] += 0.1
    for moment in made:
        assert sum(moment - 60 < other <= moment for other in made) <= 25
    assert len(made) > 200
    assert allowance.wait("b", 25) == 0
    assert allowance.wait("b", 200) == 0
