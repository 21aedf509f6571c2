"""The roster: any usual file is read, every problem is named, nobody is deleted."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.people import Role, Status
from core.store import models as m
from core.usecases import roster, roster_file
from core.usecases.roster_file import RosterProblems
from tests.office import Office

HEAD = ["工号", "姓名", "角色", "组", "入职日期", "状态"]
ROW = ["005", "林晓燕", "商务文员", "领航组", "2024-03-04", "正式"]


def problems(table: list[list[Any]]) -> list[str]:
    with pytest.raises(RosterProblems) as caught:
        roster_file.parse(table)
    return caught.value.problems


def test_chinese_and_english_heads_in_any_order() -> None:
    english = [
        ["status", "hired_on", "team", "role", "name", "employee_no"],
        ["regular", "2024/3/4", "领航组", "clerk", "林晓燕", "005"],
    ]

    assert roster_file.parse(english)[0].employee_no == roster_file.parse([HEAD, ROW])[0].employee_no == "005"
    assert roster_file.parse(english)[0].hired_on == date(2024, 3, 4)


def test_every_problem_is_named_with_its_row_and_what_is_allowed() -> None:
    found = problems([HEAD, ["005", "", "司机", "领航组", "明天", "在家"], ROW, ROW])

    assert [line.split(":")[0] for line in found] == ["row 2"] * 4 + ["row 4"]
    assert "clerk" in found[1]
    assert "stands in row 3 already" in found[-1]


def test_missing_columns_are_named() -> None:
    assert "入职日期 hired_on" in problems([HEAD[:4], ROW[:4]])[0]


@pytest.mark.parametrize("table", [[], [[""]], [HEAD]])
def test_an_empty_file_is_said_to_be_empty(table: list[list[Any]]) -> None:
    assert problems(table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "r.csv"
    file.write_text("\n".join(",".join(row) for row in (HEAD, ROW)), encoding)

    assert roster_file.read(file)[0].name == "林晓燕"


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv"])
def test_the_template_can_be_imported(tmp_path: Path, name: str) -> None:
    roster_file.template(tmp_path / name)
    entries = roster_file.read(tmp_path / name)

    assert [entry.employee_no for entry in entries] == ["004", "005", "009"]
    assert entries[1].superior == "004"


def test_something_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.xlsx"
    file.write_bytes(b"not a workbook")

    with pytest.raises(RosterProblems, match="cannot be read"):
        roster_file.read(file)


@given(
    st.lists(st.lists(st.one_of(st.none(), st.text(max_size=12), st.integers(), st.dates()), max_size=9), max_size=6)
)
def test_no_table_makes_the_reader_fall_over(table: list[list[Any]]) -> None:
    with suppress(RosterProblems):
        assert roster_file.parse([HEAD, *table])


async def test_an_import_adds_updates_and_never_deletes(office: Office) -> None:
    await office.hires("何老人", number="001")
    first = roster_file.parse([HEAD, ROW, ["006", "王芳", "商务文员", "领航组", "2025-06-03", "试用"]])
    await office.tx(lambda tx: _import(tx, first))
    again = roster_file.parse([HEAD, ROW, ["006", "王芳", "商务代表", "飞虎组", "2025-06-03", "正式"]])
    plan = await office.tx(lambda tx: _import(tx, again))

    assert [c.entry.employee_no for c in plan.changed] == ["006"]
    assert "角色: clerk -> rep" in plan.changed[0].what
    assert plan.teams == ["飞虎组"]
    assert [p.employee_no for p in plan.missing] == ["001"]
    people = {row.employee_no: row for row in await office.rows(m.people)}
    assert people["006"].role == Role.REP.value
    assert people["001"].status == Status.REGULAR.value
    posts = [(row.valid_from, row.role) for row in await office.rows(m.postings, person_id=people["006"].id)]
    assert posts == [(date(2025, 6, 3), "clerk"), (date(2026, 11, 20), "rep")]


async def test_importing_the_same_file_again_changes_nothing(office: Office) -> None:
    entries = roster_file.parse([HEAD, ROW])
    await office.tx(lambda tx: _import(tx, entries))
    plan = await office.tx(lambda tx: roster.plan(tx, entries))

    assert (plan.new, plan.changed, plan.same) == ([], [], 1)


async def test_somebody_marked_as_left_loses_access(office: Office) -> None:
    ana = await office.agent("林晓燕", number="005")
    await office.tx(lambda tx: _import(tx, roster_file.parse([HEAD, [*ROW[:5], "离职"]])))
    await ana.says("帮助")

    assert "邀请码" in ana.text


async def test_a_superior_who_is_nobody_is_named(office: Office) -> None:
    entries = roster_file.parse([[*HEAD, "上级"], [*ROW, "999"]])
    with pytest.raises(RosterProblems, match="999"):
        await office.tx(lambda tx: roster.plan(tx, entries))


async def _import(tx: Any, entries: list[roster_file.Entry]) -> roster.Plan:
    made = await roster.plan(tx, entries)
    await roster.apply(tx, made)
    return made
