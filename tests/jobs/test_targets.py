"""Targets that nobody set are asked for: on the third working day of the month, then on Mondays (policy 11)."""

from __future__ import annotations

from datetime import datetime

from core.rules.people import Role
from tests.office import ZONE, Office, Phone


def december(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=ZONE)


def asked(phone: Phone) -> int:
    """How many messages ask for targets."""
    return sum("指标还没定" in said.text for said in phone.messages)


async def test_the_manager_is_asked_on_the_third_working_day_and_each_monday_until_all_are_set(office: Office) -> None:
    liang, zhou = await office.manager(), await office.supervisor()
    await office.team("远航组")
    await liang.says("指标 领航组 130000", "指标 远航组 90000")
    await office.moves_to(december(2))
    assert not liang.sees("指标还没定")

    await office.moves_to(december(3))
    assert liang.text.splitlines()[0] == "12 月指标还没定:领航组、远航组。"
    assert liang.text.splitlines()[-1] == "写一句就行:指标 领航组 2026-12 140000"
    await liang.says("指标 领航组 2026-12 140000")
    await office.moves_to(december(4))
    assert asked(liang) == 1

    await office.moves_to(december(7))
    assert liang.text.startswith("12 月指标还没定:远航组。")
    await liang.says("指标 远航组 140000")
    await office.moves_to(december(14))
    assert asked(liang) == 2
    assert not zhou.sees("指标还没定")


async def test_without_a_manager_the_director_is_asked_and_finds_it_in_what_waits(office: Office) -> None:
    boss = await office.hires("沈国栋", Role.DIRECTOR, None)
    await office.team("领航组")
    await boss.says("待办")
    assert "没定指标:领航组(11 月)" in boss.text
    await boss.presses("看指标")
    assert boss.text.splitlines()[-1] == "要设定写:指标 领航组 2026-11 140000"
    await boss.says("指标 领航组 140000", "待办")
    assert "都清了" in boss.text


async def test_who_is_not_asked_does_not_find_it_in_what_waits(office: Office) -> None:
    boss, liang = await office.hires("沈国栋", Role.DIRECTOR, None), await office.manager()
    await office.team("领航组")
    await boss.says("待办")
    assert "指标" not in boss.text
    await liang.says("待办")
    assert "没定指标:领航组(11 月)" in liang.text


async def test_with_neither_it_is_the_owner_who_is_asked(office: Office) -> None:
    zhou = await office.hires("周启明", Role.SUPERVISOR, is_owner=True)
    await office.moves_to(december(3))

    assert zhou.text.startswith("12 月指标还没定:领航组。")


async def test_a_company_without_teams_is_asked_nothing(office: Office) -> None:
    liang = await office.manager()
    await office.moves_to(december(3))
    assert asked(liang) == 0


async def test_many_teams_are_named_in_part_and_counted_as_teams(office: Office) -> None:
    liang = await office.manager()
    for name in ("一组", "二组", "三组", "四组"):
        await office.team(name)
    await office.moves_to(december(3))

    assert liang.text.startswith("12 月指标还没定:一组、二组、三组等 4 个组。")
