"""Hands on a WeCom phone: of many cards the right one is pressed, and only the right one."""

from __future__ import annotations

import pytest

from sandbox import Sandbox
from sandbox.client import SandboxClient, WaitedInVainError
from sandbox.hands import hand
from tests.sandbox.wecom import PEOPLE, START, ZHOU, Json, RawBot, markdown, req_id, subscribed

CONFIRM = ("确认", "Confirm")


def card(title: str, below: str, key: str) -> Json:
    return {
        "card_type": "button_interaction", "main_title": {"title": title}, "task_id": f"task-{key}",
        **({"sub_title_text": below} if below else {}),
        "button_list": [{"text": "确认", "key": key}, {"text": "退回", "key": f"not-{key}"}],
    }  # fmt: skip


async def pushed(bot: RawBot, *said: Json | str) -> None:
    """What the bot says into the member's chat, in this order."""
    for one in said:
        body = markdown(ZHOU, one) if isinstance(one, str) else {
            "chatid": ZHOU, "msgtype": "template_card", "template_card": one,
        }  # fmt: skip
        assert await bot.code("aibot_send_msg", body) == 0


async def pressed(said: list[Json | str], on: str, patience: float = 5) -> str:
    """The key of the card that is pressed because of the words `on`."""
    async with (
        Sandbox(PEOPLE, clock=START) as sandbox,
        subscribed(sandbox) as bot,
        SandboxClient(sandbox.url) as client,
    ):
        hello = await client.wecom(ZHOU).say("在")
        asked = await bot.message()
        await bot.ask("aibot_respond_msg", {"msgtype": "markdown", "markdown": {"content": "好"}}, req_id(asked))
        await pushed(bot, *said)
        await client.wecom(ZHOU).answers(1 + len(said), hello)
        await hand(client, ZHOU, None, "zh", patience).press(CONFIRM, (on,))
        event = (await bot.event("template_card_event"))["body"]["event"]["template_card_event"]
        return str(event["event_key"])


@pytest.mark.parametrize(
    "said",
    [
        [card("林晓燕报单 5,000.00", "李总", "a"), card("王芳报单 3,800.00", "何工", "b")],
        [
            "林晓燕报单 5,000.00\n李总 138＊＊8000",
            card("林晓燕报单 5,000.00", "", "a"),
            card("王芳报单 3,800.00", "何工", "b"),
        ],
        ["林晓燕报单 5,000.00\n李总", "别的", card("林晓燕报单 5,000.0…", "", "a")],
        ["林晓燕报单 5,000.00\n李总", card("请选择", "", "a"), card("王芳报单 3,800.00", "何工", "b")],
    ],
    ids=["two cards", "words and their card", "something in between", "a card without a title"],
)
async def test_the_card_of_these_words_is_pressed(said: list[Json | str]) -> None:
    assert await pressed(said, "报单 5,000.00") == "a"


async def test_the_next_card_is_not_taken_for_it() -> None:
    said: list[Json | str] = ["林晓燕报单 5,000.00\n李总", card("王芳报单 3,800.00", "何工", "b")]

    with pytest.raises(WaitedInVainError):
        await pressed(said, "林晓燕报单 5,000.00", patience=0.2)
