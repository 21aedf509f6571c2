"""WeCom's limits are kept ahead of time: what is too much waits here, and is neither refused nor dropped there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.port import File, NotSent, Outgoing
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.app import CalledApp
from core.store import models as m
from sandbox.files import made_photo
from tests.channels.test_wecom_app import Wired, wired
from tests.channels.test_wecom_company import app_world, ask
from tests.contract.world import World, open_world, userid
from tests.sandbox.wecom import LIN, ZHOU

ANA = "林晓燕"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ana is on WeCom, by the AI bot."""
    async with open_world(tmp_path, on={ANA: ["wecom"]}, networks=["wecom"]) as opened:
        yield opened


@pytest.fixture
async def wire() -> AsyncIterator[Wired]:
    """The app alone, with host seconds set by hand."""
    async with wired() as it:
        yield it


def test_no_hour_and_no_minute_sees_more_than_is_allowed() -> None:
    now = [0.0]
    allowance = Allowance(25, lambda: now[0], hour=60)
    made: list[float] = []
    while now[0] < 4 * 3600:
        if wait := allowance.wait("a", 2):
            now[0] += wait
            continue
        for _ in range(2):
            allowance.count("a")
            made.append(now[0])
            now[0] += 0.5
    for moment in made:
        assert sum(moment - 60 < other <= moment for other in made) <= 25
        assert sum(moment - 3600 < other <= moment for other in made) <= 60
    assert len(made) == 240
    assert allowance.wait("b", 25) == 0


async def test_a_conversation_that_had_its_hour_waits_without_asking(world: World) -> None:
    ana = world.wecom(ANA)
    world.channel.allowance = Allowance(28, hour=4)
    await ana.answer(await ana.say("帮助"))
    before = world.sent("aibot_respond_msg") + world.sent("aibot_send_msg")
    for number in range(6):
        await world.tell(ANA, f"notice {number}", once=f"n{number}")
    await world.until(lambda: world.sent("aibot_send_msg") + world.sent("aibot_respond_msg") >= 4)
    await world.until(lambda: world.app.sender.pace.waits(f"wecom:{userid(world.colleague(ANA))}"))
    await world.app.sender.finish(20)  # one that was on its way when the hour was over goes back to wait

    assert world.sent("aibot_respond_msg") + world.sent("aibot_send_msg") == 4
    waiting = [row for row in await world.rows(m.outbox, state="new") if row.once.startswith("n")]
    assert len(waiting) == 6 - (4 - before)
    assert {row.attempts for row in waiting} == {0}
    assert not world.violations()


async def test_pictures_wait_when_the_bot_had_its_uploads(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    world.channel.uploads = Allowance(1)
    out = Outgoing("send", ana.userid, file=File("board.png", made_photo(), picture=True))
    await world.channel.send(out)

    with pytest.raises(NotSent) as raised:
        await world.channel.send(out)
    assert raised.value.delay is not None
    assert timedelta(seconds=50) < raised.value.delay <= timedelta(seconds=60)
    assert world.sent("aibot_upload_media_init") == 1


async def test_a_member_never_gets_more_from_the_app_than_an_hour_may_bring(wire: Wired) -> None:
    wire.app._allowance = Allowance(25, lambda: wire.seconds[0], hour=5)
    for number in range(5):
        await wire.say(f"第 {number} 条")
        wire.seconds[0] += 60
    with pytest.raises(NotSent) as raised:
        await wire.say("第 5 条")

    assert raised.value.delay == timedelta(seconds=3600 - 5 * 60)
    await wire.say("别人的", chat=ZHOU)
    wire.seconds[0] += raised.value.delay.total_seconds()
    await wire.say("第 5 条")
    assert len(await wire.client.line.calls("message/send")) == 7


async def test_a_member_gets_no_more_in_a_minute_although_another_process_says_it(wire: Wired) -> None:
    for number in range(20):
        await wire.say(f"第 {number} 条")
    await wire.another()
    wire.app.begin([(LIN, timedelta(seconds=second)) for second in range(12, 0, -1)])
    await wire.say("再一条")
    with pytest.raises(NotSent) as raised:
        await wire.say("又一条")
    await wire.say("别人的", chat=ZHOU)

    assert raised.value.delay == timedelta(seconds=60 - 12)
    wire.seconds[0] += 48
    await wire.say("又一条")
    assert await wire.client.violations() == []


async def test_who_begins_to_send_for_the_app_knows_what_went_out_in_the_last_hour(tmp_path: Path) -> None:
    async with app_world(tmp_path) as world:
        for _ in range(2):
            await ask(world, ANA, "今日")
        await world.settled()
        app = world.app.channels["wecom_app"]
        assert isinstance(app, CalledApp)
        app._allowance = Allowance(5, hour=900)
        async with world.db.transaction() as tx:
            await world.app.sender.take_over(tx, "wecom_app")

        assert app._allowance.wait(userid(world.colleague(ANA)).casefold(), 2) > 0
        assert app._allowance.wait("wx-nobody", 5) == 0


async def test_an_app_that_is_refused_for_longer_than_a_minute_rests_an_hour(wire: Wired) -> None:
    await wire.client.line.fault("errcode", "message/send", code=45009, count=3)
    asked = []
    for _ in range(2):
        with pytest.raises(NotSent) as raised:
            await wire.say("在")
        asked.append(raised.value.delay)
    wire.seconds[0] += 60
    with pytest.raises(NotSent) as raised:
        await wire.say("在")
    asked.append(raised.value.delay)

    assert asked == [timedelta(minutes=1), timedelta(minutes=1), timedelta(hours=1)]
    wire.seconds[0] += 3000
    with pytest.raises(NotSent) as raised:
        await wire.say("在", chat=LIN)
    assert raised.value.delay == timedelta(seconds=600)
    assert len(await wire.client.line.calls("message/send")) == 3
    wire.seconds[0] += 600
    await wire.say("在")
    assert await wire.texts(1) == ["在"]
