"""Joining, strangers and the order of meanings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.store import models as m
from core.store import people as people_store
from core.store.db import Tx
from core.usecases import joining
from tests.office import Office


async def test_a_stranger_gets_one_friendly_sentence_and_nothing_else(office: Office) -> None:
    who = office.stranger()
    await who.says("你好")

    assert [said.text for said in who.messages] == ["我是公司内部助手。有邀请码发我,没有请找你的主管。"]


async def test_a_code_binds_once(office: Office) -> None:
    ana = await office.agent("林晓燕")
    code, _ = await office.tx(lambda tx: joining.invite(tx, ana.id, None))
    new_phone = office.stranger("777")
    await new_phone.says(f"/start {code}")
    again = office.stranger("778")
    await again.says(f"/start {code}")

    assert new_phone.sees("晓燕", "商务文员")
    assert again.sees("已经用过")
    assert {row.external_id for row in await office.rows(m.accounts, person_id=ana.id)} == {ana.user, "777"}


@pytest.mark.parametrize(
    "said",
    [
        "{code}",
        "bind {code}",
        "我的邀请码是 {code},谢谢",
        "{code}。",
        "你好,{code}",
        "{wide}",
        "{small}",
        "bind {plain}",
    ],
)
async def test_a_code_is_found_in_what_a_stranger_says(office: Office, said: str) -> None:
    ana = await office.agent("林晓燕")
    plain, _ = await office.tx(lambda tx: joining.invite(tx, ana.id, None))
    plain = joining.tidy(plain)
    code = "-".join(plain[n : n + 4] for n in range(0, len(plain), 4))
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    phone = office.stranger("777")
    await phone.says(said.format(code=code, wide=wide, small=plain.lower(), plain=plain))

    assert phone.sees("晓燕", "商务文员")


async def test_a_strangers_long_numbers_are_no_try_at_a_code(office: Office) -> None:
    phone = office.stranger("777")
    await phone.says("我的卡号 12345-1234-1234-1234-12345")

    assert [said.text for said in phone.messages] == ["我是公司内部助手。有邀请码发我,没有请找你的主管。"]


async def test_each_process_that_starts_prints_a_code_that_claims_the_company_and_the_first_one_used_ends_the_others(
    office: Office,
) -> None:
    one, two, three = [await office.tx(joining.owner_code) for _ in range(3)]
    owner, late = office.stranger("801"), office.stranger("802")
    await owner.says(f"/start {two}")
    await late.says(f"/start {one}")
    await late.says(f"/start {three}")

    assert [row.external_id for row in await office.rows(m.accounts)] == ["801"]
    assert [row.is_owner for row in await office.rows(m.people)] == [True]
    assert late.sees("不对,或者已经用过")


async def test_the_same_update_three_times_is_answered_once(office: Office) -> None:
    ana = await office.agent()
    await office.receive(
        kind="message", sender=ana.user, chat=ana.user, private=True, text="帮助", deliveries=3, key="u1"
    )

    assert len(ana.messages) == 1


async def test_an_unknown_line_is_answered_with_examples(office: Office) -> None:
    ana = await office.agent()
    await ana.says("嗯嗯好的")

    assert ana.sees("没看懂", "报单")


async def test_a_visit_is_welcomed_once_and_who_goes_on_without_a_code_hears_what_is_missing(office: Office) -> None:
    who = office.stranger()
    opened: dict[str, Any] = {"kind": "opened", "sender": who.user, "chat": who.user, "private": True}
    await office.receive(**opened)
    await who.says("你好")
    assert [said.text for said in who.messages] == ["我是公司内部助手。有邀请码发我,没有请找你的主管。"]

    office.clock.at += timedelta(minutes=1)
    await office.receive(**opened)
    assert len(who.messages) == 1
    await who.says("在吗")
    assert who.text == "还差邀请码:主管给你的那 16 位,直接发我就行。"
    await who.says("?", "?")
    assert len(who.messages) == 2  # a nervous finger gets one answer

    office.clock.at += timedelta(minutes=11)
    await who.says("你好")
    assert who.text == "我是公司内部助手。有邀请码发我,没有请找你的主管。"
    assert len(who.messages) == 3


async def test_who_was_a_colleague_until_now_is_answered_at_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says("今日")

    async def parted(tx: Tx) -> None:
        await people_store.unbind(tx, ana.id)

    await office.tx(parted)
    await ana.says("今日")
    assert ana.text == "我是公司内部助手。有邀请码发我,没有请找你的主管。"
