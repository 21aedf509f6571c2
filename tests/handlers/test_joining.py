"""Joining, strangers and the order of meanings."""

from __future__ import annotations

from core.store import models as m
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
