"""Inviting, hiring, leaving, groups, languages: each within one's scope."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.rules.people import Role
from core.store import models as m
from tests.office import Office

CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")
GROUP = "-5001"


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found, text
    return found.group()


async def test_a_supervisor_invites_somebody_of_the_roster(office: Office) -> None:
    zhou = await office.supervisor()
    await office.hires("王芳")
    await zhou.says("邀请 王芳")
    phone = office.stranger("888")
    await phone.says(code_in(zhou.text))

    assert phone.sees("你好", "商务文员 · 领航组")


async def test_same_sounding_names_are_asked(office: Office) -> None:
    liang = await office.manager()
    await office.hires("王芳")
    await office.hires("王方", Role.REP, "飞虎组")
    await liang.says("邀请 汪芳")
    assert liang.sees("是哪一位")
    await liang.presses(next(label for label in liang.labels if label.startswith("王方")))

    assert liang.sees("王方的邀请码")


async def test_a_supervisor_hires_into_their_own_team_only(office: Office) -> None:
    zhou = await office.supervisor()
    await office.team("飞虎组")
    await zhou.says("邀请", "新同学", "商务文员", "试用", "今天", "建档并邀请")

    row = (await office.rows(m.people, name="新同学"))[0]
    assert (row.role, row.status) == ("clerk", "probation")
    assert row.team_id == await office.team("领航组")
    assert zhou.sees("新同学的邀请码")


async def test_a_clerk_invites_nobody(office: Office) -> None:
    ana = await office.agent()
    await office.hires("王芳")
    await ana.says("邀请 王芳")

    assert ana.sees("这件事要由别人来办")
    assert not await office.rows(m.invites)


async def test_somebody_who_leaves_loses_access_at_once_and_keeps_a_history(office: Office) -> None:
    zhou = await office.supervisor()
    wang = await office.hires("王芳")
    await zhou.says("离职 王芳")
    await zhou.presses("确认离职")
    await wang.says("帮助")

    assert wang.text == "我是公司内部助手。有邀请码发我,没有请找你的主管。"
    row = (await office.rows(m.people, id=wang.id))[0]
    assert (row.status, str(row.left_on)) == ("left", "2026-11-20")


async def test_a_supervisor_cannot_remove_another_teams_member(office: Office) -> None:
    zhou = await office.supervisor()
    await office.hires("郭强", Role.REP, "飞虎组")
    await zhou.says("离职 郭强")

    assert zhou.sees("没找到“郭强”")


async def test_a_code_expires_after_three_days(office: Office) -> None:
    zhou = await office.supervisor()
    await office.hires("王芳")
    await zhou.says("邀请 王芳")
    code = code_in(zhou.text)
    await office.moves_to(office.now + timedelta(hours=73))
    phone = office.stranger("888")
    await phone.says(f"/start {code}")

    assert phone.sees("过期了")


async def test_five_wrong_codes_lock_for_a_quarter_of_an_hour(office: Office) -> None:
    zhou = await office.supervisor()
    await office.hires("王芳")
    await zhou.says("邀请 王芳")
    code = code_in(zhou.text)
    phone = office.stranger("888")
    for _ in range(5):
        await phone.says("/start AAAA-BBBB-CCCC-DDDD")
    await phone.says(f"/start {code}")
    assert phone.sees("试的次数多了")
    await office.moves_to(office.now + timedelta(minutes=16))
    await phone.says(f"/start {code}")

    assert phone.sees("你好")


async def test_a_supervisor_binds_a_group_to_their_team(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.in_group(GROUP, "/bind 领航组")

    assert "绑好了:领航组" in office.in_chat(GROUP)[-1].text
    assert (await office.rows(m.group_chats))[0].state == "bound"


async def test_who_binds_without_a_name_reads_the_line_that_this_network_knows_and_that_they_may_say(
    office: Office,
) -> None:
    liang = await office.manager()
    await liang.in_group(GROUP, "/bind")
    assert office.in_chat(GROUP)[-1].text == "还没有组。整个公司的群:/bind 全公司"
    zhou = await office.supervisor()
    await zhou.in_group(GROUP, "/bind")
    assert office.in_chat(GROUP)[-1].text == "绑给你的组:/bind 领航组"
    await liang.in_group(GROUP, "/bind")
    assert office.in_chat(GROUP)[-1].text == "绑给哪个组?/bind 组名(领航组,或全公司)"

    await zhou.says("帮助")
    assert "群里发 /bind 组名" in zhou.text
    assert "企业微信" not in zhou.text


async def test_who_binds_a_bound_group_without_a_name_reads_whose_it_is(office: Office) -> None:
    zhou, liang = await office.supervisor(), await office.manager()
    await zhou.in_group(GROUP, "/bind 领航组")
    await zhou.in_group(GROUP, "/bind")
    assert office.in_chat(GROUP)[-1].text == "这里现在是领航组的群。\n绑给你的组:/bind 领航组"
    await liang.in_group(GROUP, "/bind 全公司")
    await liang.in_group(GROUP, "/bind")

    assert office.in_chat(GROUP)[-1].text.splitlines()[0] == "这里现在是全公司的群。"


async def test_a_team_whose_name_has_blanks_is_found_and_many_are_named_in_part(office: Office) -> None:
    liang = await office.manager()
    for number in range(1, 9):
        await office.team(f"East {number}")
    await liang.in_group(GROUP, "/bind")
    assert office.in_chat(GROUP)[-1].text.endswith("(East 1 / East 2 / East 3 / East 4 / East 5 / East 6 / …,或全公司)")
    await liang.in_group(GROUP, "/bind East 7")

    assert "绑好了:East 7" in office.in_chat(GROUP)[-1].text


async def test_a_supervisor_without_a_team_binds_nothing(office: Office) -> None:
    zhou = await office.hires("周启明", Role.SUPERVISOR, None)
    for line in ("/bind", "/bind 全公司"):
        await zhou.in_group(GROUP, line)
        assert "你只能绑自己的组" in office.in_chat(GROUP)[-1].text

    assert not await office.rows(m.group_chats, state="bound")


async def test_a_clerk_cannot_bind_a_group_nor_learn_which_teams_there_are(office: Office) -> None:
    ana = await office.agent()
    for line in ("/bind 领航组", "/bind 火箭组", "/bind"):
        await ana.in_group(GROUP, line)
        assert office.in_chat(GROUP)[-1].text == "绑定群要主管或经理来发。"

    assert not await office.rows(m.group_chats, state="bound")


async def test_a_group_may_have_two_teams(office: Office) -> None:
    liang = await office.manager()
    await office.team("领航组")
    await office.team("飞虎组")
    await liang.in_group(GROUP, "/bind 领航组 飞虎组")

    assert len(await office.rows(m.group_teams)) == 2


async def test_an_unknown_team_is_named_with_those_that_exist(office: Office) -> None:
    liang = await office.manager()
    await office.team("领航组")
    await liang.in_group(GROUP, "/bind 火箭组")
    assert "领航组" in office.in_chat(GROUP)[-1].text
    await liang.in_group(GROUP, "/bind 领航")

    assert "绑好了" in office.in_chat(GROUP)[-1].text


async def test_a_group_that_nobody_bound_is_left_after_a_day(office: Office) -> None:
    await office.manager()
    await office.receive(kind="added", sender="123", chat=GROUP, private=False, chat_title="陌生群")
    assert "大家好" in office.in_chat(GROUP)[-1].text
    await office.moves_to(office.now + timedelta(hours=25))

    assert office.wire.left == [GROUP]


async def test_strangers_and_talk_in_a_group_are_not_answered(office: Office) -> None:
    ana = await office.agent()
    await ana.in_group(GROUP, "今天好累")
    await office.stranger("4242").in_group(GROUP, "你是谁")

    assert not office.in_chat(GROUP)


async def test_an_anonymous_administrator_is_asked_to_appear_by_name(office: Office) -> None:
    await office.supervisor()
    await office.receive(
        kind="message", sender="1087968824", chat=GROUP, private=False, text="/bind 领航组", anonymous=True
    )

    assert "匿名管理员" in office.in_chat(GROUP)[-1].text


@pytest.mark.parametrize("typed", ["语言 en", "/language English"])
async def test_each_person_chooses_a_language(office: Office, typed: str) -> None:
    ana = await office.agent()
    await ana.says(typed, "/help")

    assert ana.sees("Just type")


async def test_a_group_that_became_a_supergroup_stays_bound(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.in_group(GROUP, "/bind 领航组")
    await office.receive(kind="migrated", sender=zhou.user, chat=GROUP, private=False, migrated_to="-1009")

    assert [row.external_id for row in await office.rows(m.group_chats, state="bound")] == ["-1009"]


async def test_the_team_at_a_glance(office: Office) -> None:
    zhou = await office.supervisor()
    await office.hires("王芳")
    await zhou.says("团队")

    assert zhou.sees("领航组 · 2 人", "王芳 · 商务文员")


async def test_a_team_may_keep_amounts_out_of_its_celebrations(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await office.team("飞虎组")
    await zhou.in_group(GROUP, "/bind 领航组")
    await zhou.says("喜报金额 飞虎组 关")
    assert zhou.sees("你只能定自己的组")
    await zhou.says("喜报金额 关")
    assert zhou.sees("领航组的喜报不报金额")
    await ana.says("报单 5000 自拓 李总 13800138000", "提交")
    await zhou.presses("确认")

    cheer = next(said.text for said in office.in_chat(GROUP) if said.text.startswith("🎉"))
    assert "5,000" not in cheer
