"""The word that sends a form sends the form that is open, whatever else in the chat bears the same word (D3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.port import Button, Message
from bot.render import notices
from core.store import models as m
from core.store.db import Tx
from tests.office import Office, Phone


@pytest.fixture(autouse=True)
def note() -> Iterator[None]:
    """A notice with a button, as a reminder or a question has one."""

    async def render(_tx: Tx, data: Any, _lang: str, _person: Any) -> Message:
        return Message(data["text"], ((Button(data.get("label", "看看"), "menu"),),))

    notices._renderers["test_button"] = render
    yield
    del notices._renderers["test_button"]


async def hears(office: Office, one: Phone, text: str, **more: str) -> None:
    """Something comes in between."""
    await office.tx(lambda tx: tx.notify(one.id, "test_button", {"text": text} | more, once=text))
    await office.settle()
    assert one.text == text


async def fills_in(ana: Phone, amount: str) -> None:
    await ana.says("报单", amount, "自拓", f"王总 1381234{amount}")


@pytest.mark.parametrize("notices_between", [(True, True), (False, True)])
async def test_the_word_that_sends_is_about_the_open_form(office: Office, notices_between: tuple[bool, bool]) -> None:
    ana = await office.agent()
    await office.supervisor()
    for number, between in enumerate(notices_between):
        await fills_in(ana, f"200{number}")
        if between:
            await hears(office, ana, f"提醒 {number}")
        await ana.says("提交")
        assert "已交" in ana.text, ana.text

    assert [row.amount_fen for row in await office.rows(m.deals)] == [200_000, 200_100]
    assert not [row for row in await office.rows(m.drafts) if row.active]


async def test_a_notice_whose_button_reads_the_same_leaves_no_doubt(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await fills_in(ana, "2000")
    await hears(office, ana, "还有一份", label="提交")
    await ana.says("提交")
    assert "已交" in ana.text, ana.text
