"""Scenes: read and written as JSON, cast by what was said, played through the network, stuck with a sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.network import ImpossibleError
from sandbox.player import Player, StuckError
from sandbox.scenes import CAST, DAYTIME, Cast, Said, Scene, Step, daytime, dump, load, pick
from tests.sandbox.conftest import Api

START = "2026-11-20T17:20:00+08:00"
PEOPLE: dict[str, Any] = {
    "users": [
        {"id": 1, "first_name": "林晓燕", "started": True, "language_code": "zh-hans"},
        {"id": 2, "first_name": "周启明", "started": True, "language_code": "zh-hans"},
    ],
    "groups": [],
}
ASK = Step("say", CAST, text=("报单 {amount}", "deal {amount}"), then=("{amount}",))
SCENE = Scene(
    "deal",
    ("一单", "A deal"),
    ("", ""),
    ("看这里", "Look here"),
    (ASK,),
    (
        Cast({"who": "1", "amount": "3800"}, unless=(Said(1, ("3800 好",)),)),
        Cast({"who": "2", "amount": "5800"}, after=(Said(1, ("3800 好",)),), unless=(Said(2, ("5800 好",)),)),
    ),
    before="2026-12-01T00:00:00+08:00",
)


@pytest.fixture
async def stage() -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START, scenes=json.loads(json.dumps(dump([SCENE])))) as made:
        made.stage.pause = lambda _: 0.0
        yield made


async def bot_answers(sandbox: Sandbox, *texts: str) -> None:
    """The bot's side: each update is answered with the next text."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        api = Api(session, f"{sandbox.url}/bot{sandbox.token}")
        offset = 0
        for text in texts:
            update = (await api.result("getUpdates", offset=offset, timeout=10))[0]
            offset = update["update_id"] + 1
            await api.result("sendMessage", chat_id=update["message"]["from"]["id"], text=text)
        await api.result("getUpdates", offset=offset)


def test_what_is_written_as_json_is_read_back() -> None:
    assert load(json.loads(json.dumps(dump([SCENE])))) == (SCENE,)


def test_an_unknown_deed_is_refused() -> None:
    wrong = dump([SCENE])
    wrong[0]["steps"][0]["do"] = "dance"
    with pytest.raises(ValueError, match="dance"):
        load(wrong)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-20T17:20:00+08:00", "2026-11-20T17:20:00+08:00"),
        ("2026-11-20T20:00:00+08:00", "2026-11-23T09:30:00+08:00"),
        ("2026-11-21T21:25:00+08:00", "2026-11-23T09:30:00+08:00"),
        ("2026-11-23T08:59:00+08:00", "2026-11-23T09:30:00+08:00"),
        ("2026-11-22T08:00:00+08:00", "2026-11-23T09:30:00+08:00"),
    ],
)
def test_daytime_is_now_or_the_next_weekdays_morning(now: str, then: str) -> None:
    assert daytime(datetime.fromisoformat(now)) == datetime.fromisoformat(then)


def test_words_are_picked_by_language_and_one_entry_serves_both() -> None:
    assert [pick(("发送", "Send"), "en"), pick(("5800",), "en"), pick((), "en")] == ["Send", "5800", ""]


def test_the_first_cast_that_fits_is_taken_and_none_when_all_was_played() -> None:
    said: set[int] = set()
    now = datetime.fromisoformat(START)

    def was_said(one: Said) -> bool:
        return one.chat in said

    assert SCENE.cast(was_said) is SCENE.casts[0]
    said = {1}
    assert SCENE.cast(was_said) is SCENE.casts[1]
    assert SCENE.obstacle(now, was_said) is None
    said = {1, 2}
    assert SCENE.obstacle(now, was_said) == "played"
    assert SCENE.obstacle(datetime.fromisoformat("2026-12-01T00:00:00+08:00"), was_said) == "late"


async def test_a_scene_plays_through_the_network_and_its_next_time_with_the_next_cast(stage: Sandbox) -> None:
    client = stage.client
    for answers, place, typed in ((["3800 好"], 1, "报单 3800"), (["5800 好"], 2, "报单 5800")):
        mark = client.now
        bot = asyncio.create_task(bot_answers(stage, *answers))
        await client.post("/api/scenes/deal?lang=zh")
        with pytest.raises(ImpossibleError, match="being played"):
            stage.stage.begin("deal")
        over = await client.event(lambda e: e["type"] == "scene" and e["state"] != "playing", since=mark)
        await bot
        assert (over["state"], over["look"]) == ("done", ["看这里", "Look here"])
        assert typed in [message.text for message in client.person(place).messages()]
    (scene,) = (await client.get("/api/scenes"))["scenes"]
    assert scene["obstacle"] == "played"
    with pytest.raises(ValueError, match="past this scene"):
        await client.post("/api/scenes/deal")


async def test_a_step_that_leads_elsewhere_is_rescued_once_and_then_tells_what_was_waited_for(stage: Sandbox) -> None:
    step = Step("say", 1, text=("报单 3800",), then=("3800",), rescue=("取消",))
    bot = asyncio.create_task(bot_answers(stage, "还开着周报", "好", "3800 好"))
    await Player(stage.client).play([step])
    await bot
    assert [m.text for m in stage.client.person(1).messages() if not m.by_bot] == ["报单 3800", "取消", "报单 3800"]
    with pytest.raises(StuckError, match="没有这个按钮"):
        await Player(stage.client, patience=0.2).play([Step("press", 1, text=("没有这个按钮",), on=("3800",))])


async def test_what_should_not_be_said_is_noticed(stage: Sandbox) -> None:
    player = Player(stage.client)
    never = Step("never", 1, text=("50.00",))
    await player.play([never])
    bot = asyncio.create_task(bot_answers(stage, "记了 50.00"))
    await player.play([Step("say", 1, text=("在吗",), then=("记了",))])
    await bot
    with pytest.raises(StuckError, match="should not have been said"):
        await player.play([never])


async def test_the_clock_waits_for_working_hours_only_when_they_are_over(stage: Sandbox) -> None:
    player = Player(stage.client)
    await player.play([Step("clock", to=DAYTIME)])
    assert (await stage.client.clock()).hour == 17
    await player.play([Step("clock", to="2026-11-21T21:25:00+08:00"), Step("clock", to=DAYTIME)])
    assert (await stage.client.clock()).isoformat()[:16] == "2026-11-23T09:30"


async def test_two_moves_one_after_the_other_are_both_waited_for(stage: Sandbox) -> None:
    """The second one has to wait for the bot; the end of the first is no end of the second."""
    await stage.client.move_clock("2026-11-20T18:00:00+08:00")
    stage.clock.expect(bot=True)
    second = asyncio.create_task(stage.client.move_clock("2026-11-20T20:00:00+08:00"))
    await stage.client.event(lambda event: event["type"] == "clock" and event["moving"])
    await stage.client.get("/clock?next=2026-11-20T19:00:00%2B08:00")
    assert not second.done()
    await stage.client.get("/clock?next=2026-11-20T23:00:00%2B08:00")
    assert (await second).isoformat()[:16] == "2026-11-20T20:00"


async def test_beginning_anew_is_offered_only_where_somebody_does_it(stage: Sandbox) -> None:
    assert (await stage.client.state())["resettable"] is False
    with pytest.raises(ValueError, match="did not offer"):
        await stage.client.post("/api/reset", lang="en")
    asked: list[str] = []
    stage.on_reset = asked.append
    with pytest.raises(ValueError, match="one of zh, en"):
        await stage.client.post("/api/reset", lang="fr")
    await stage.client.post("/api/reset", lang="en")
    assert asked == ["en"]


async def test_without_a_bot_to_look_into_the_inside_says_so(stage: Sandbox) -> None:
    assert await stage.client.get("/api/inside") == {"there": False}
