"""`waihu call parse`, as a script uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli.calls import call_app

NOW = "2026-11-21T09:30:00+08:00"
KEYS = ["phone", "name", "outcome", "intention", "stage", "next_contact", "note"]


@pytest.fixture(autouse=True)
def plain_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No settings of the machine: the sample policy, Shanghai."""
    monkeypatch.chdir(tmp_path)
    for name in ("WAIHU_TIMEZONE", "WAIHU_POLICY", "WAIHU_LANG", "WAIHU_CLOCK"):
        monkeypatch.delenv(name, raising=False)


def waihu_call(*arguments: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(call_app, list(arguments), input=typed)


def parsed(typed: str | bytes, now: str = NOW) -> list[dict[str, Any]]:
    result = waihu_call("parse", "--now", now, "--json", typed=typed)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def test_the_example_of_the_contract_comes_out_whole() -> None:
    (record,) = parsed("记 李总 13800138000 有意向70% 下周二10点 要方案\n")

    assert list(record) == KEYS
    assert record == {
        "phone": "+8613800138000",
        "name": "李总",
        "outcome": "interested",
        "intention": 70,
        "stage": None,
        "next_contact": "2026-11-24T10:00:00+08:00",
        "note": "要方案",
    }


def test_there_is_one_answer_for_each_line_that_is_not_empty_in_order() -> None:
    records = parsed("李总 没接\n\n   \r\n王总 占线\r\n佢话得闲先倾")

    assert [record["name"] for record in records] == ["李总", "王总", None]
    assert [record["outcome"] for record in records] == ["no_answer", "busy", None]
    assert records[2]["note"] == "佢话得闲先倾"
    assert all(list(record) == KEYS for record in records)


def test_no_line_gives_no_answer() -> None:
    assert parsed("") == []
    assert parsed("\n \n") == []


def test_odd_characters_and_broken_bytes_never_split_or_stop_the_answers() -> None:
    records = parsed("李总\u2028没接\x0b\x00\n".encode() + b"\xff\xfe \n" + "王总 没接 😀".encode())

    assert len(records) == 3
    assert records[0]["name"] == "李总"
    assert records[2]["note"] == "😀"


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_the_line() -> None:
    assert parsed("李总 没接".encode("utf-8-sig")) == parsed("李总 没接")


@pytest.mark.parametrize(
    "now", ["2026-11-21T01:30:00+00:00", "2026-11-21T01:30:00Z", "2026-11-21T09:30:00", "2026-11-21 09:30"]
)
def test_a_moment_in_another_writing_is_the_companys_time(now: str) -> None:
    (record,) = parsed("下周二10点", now)

    assert record["next_contact"] == "2026-11-24T10:00:00+08:00"


def test_the_companys_zone_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIHU_TIMEZONE", "Asia/Urumqi")

    (record,) = parsed("下周二10点")

    assert record["next_contact"] == "2026-11-24T10:00:00+06:00"


def test_before_the_first_day_of_the_policy_the_same_is_understood() -> None:
    (record,) = parsed("李总 没接 明天3点", "1999-12-30T10:00:00+08:00")

    assert (record["outcome"], record["next_contact"]) == ("no_answer", "1999-12-31T15:00:00+08:00")


@pytest.mark.parametrize(
    "now", ["yesterday", "", "2026-11-21", "2026-13-01T00:00:00+08:00", "25:00", "2026-11-21T09:30:00+99:00"]
)
def test_a_wrong_moment_is_named_and_ends_with_2(now: str) -> None:
    result = waihu_call("parse", "--now", now, "--json", typed="李总 没接")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("--now")
    assert "Traceback" not in result.stderr


def test_a_wrong_zone_is_named_and_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIHU_TIMEZONE", "Mars/Olympus")

    result = waihu_call("parse", "--now", NOW, "--json", typed="李总 没接")

    assert result.exit_code == 2
    assert "WAIHU_TIMEZONE" in result.stderr


def test_a_person_reads_what_was_not_understood_too() -> None:
    result = waihu_call("parse", "--now", NOW, typed="李总 1380013800 为接\n?\n")

    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert "name=李总" in first
    assert "phones.length(1380013800)" in first
    assert "maybe=no_answer" in first
    assert second == "-" or second.startswith("note=")


def test_without_a_moment_it_is_now() -> None:
    result = waihu_call("parse", "--json", typed="李总 没接")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["outcome"] == "no_answer"
