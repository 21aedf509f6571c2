"""Long texts go out in parts; nothing that somebody typed is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.length import parts, units
from bot.channels.port import Button, Message
from bot.handlers.context import Ctx
from bot.handlers.registry import routes
from bot.handlers.routes import Word
from bot.render import notices
from core.rules.people import Person
from core.store import models as m
from core.store.db import Tx
from tests.office import Office

TEXTS = st.text(alphabet=st.sampled_from("好a\n🙂 "), max_size=300)


@given(TEXTS, st.integers(2, 40))
def test_every_part_fits_and_together_they_are_the_text(text: str, limit: int) -> None:
    found = parts(text, limit)

    assert all(units(part) <= limit for part in found)
    assert "".join(found).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_a_text_is_parted_at_its_line_ends() -> None:
    assert parts("一二三\n四五\n六", 6) == ["一二三\n四五", "六"]
    assert parts("一二三四五六七", 3) == ["一二三", "四五六", "七"]
    assert parts("short", 10) == ["short"]


LONG = "\n".join(f"第{number}句话。" for number in range(1200))


@pytest.fixture
def long_words() -> Iterator[None]:
    """A word that is answered, and a notice that says, more than a message holds."""

    async def render(tx: Tx, data: Any, lang: str, person: Person | None) -> Message | None:
        return Message(LONG, ((Button("好", "form.cancel", {"draft": 0}),),), subject="report:1")

    async def word(ctx: Ctx) -> Message:
        return Message(LONG, ((Button("好", "form.cancel", {"draft": 0}),),), subject="report:1")

    notices._renderers["test_long"] = render
    routes.words["很长"] = Word("很长", word, takes=False, private=True, group=False, allowed=None)
    yield
    del notices._renderers["test_long"]
    del routes.words["很长"]


@pytest.mark.usefixtures("long_words")
@pytest.mark.parametrize("said", ["as an answer", "as a notice"])
async def test_what_is_longer_than_a_message_comes_in_parts_in_order_with_its_buttons_on_the_last(
    office: Office, said: str
) -> None:
    ana = await office.agent()
    if said == "as an answer":
        await ana.says("很长")
    else:
        await office.tx(lambda tx: tx.notify(ana.id, "test_long", {}, once="long"))
        await office.settle()

    assert "\n".join(message.text for message in ana.messages) == LONG
    assert all(units(message.text) <= 4096 for message in ana.messages)
    assert [len(message.buttons) for message in ana.messages] == [0] * (len(ana.messages) - 1) + [1]
    assert {row.subject for row in await office.rows(m.sent_messages)} == {"report:1"}
