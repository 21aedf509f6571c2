"""`waihu pay preview`: the facts and answers of the contract, and what happens with facts that cannot be used."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli.pay import pay_app
from core.usecases.preview import FactsErrors, read_facts

SAMPLE = Path(__file__).parents[2] / "policies" / "sample.toml"


def someone(key: str, role: str = "clerk", **known: Any) -> dict[str, Any]:
    plain = {"id": key, "name": key, "role": role, "status": "regular", "team": "T"}
    return plain | {"months_in_probation": 0, "history": {}} | known


def deal(number: int, seller: str, amount: str, kind: str = "own", **known: Any) -> dict[str, Any]:
    plain = {"id": f"d{number}", "seller": seller, "date": "2026-11-10", "amount": amount, "kind": kind}
    return plain | {"visited_by": None, "state": "confirmed"} | known


def run(tmp_path: Path, facts: Any, *options: str, month: str = "2026-11", policy: Path = SAMPLE) -> Result:
    file = tmp_path / "facts.json"
    file.write_text(facts if isinstance(facts, str) else json.dumps(facts), "utf-8")
    arguments = ["preview", "--policy", str(policy), "--facts", str(file), "--month", month, *options]
    return CliRunner().invoke(pay_app, arguments)


def paid(tmp_path: Path, facts: Any, *options: str, month: str = "2026-11", policy: Path = SAMPLE) -> dict[str, Any]:
    result = run(tmp_path, facts, "--json", *options, month=month, policy=policy)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def acts(tmp_path: Path, who: dict[str, Any], *sold: str) -> list[str]:
    facts = {"people": [who], "deals": [deal(n, who["id"], amount) for n, amount in enumerate(sold)], "targets": {}}
    found: list[str] = paid(tmp_path, facts)["people"][who["id"]]["proposals"]
    return found


COMPANY: dict[str, Any] = {
    "people": [
        someone("004", "supervisor", team="领航"),
        someone("002", "manager", team=None),
        someone("005", team="领航", history={"2026-10": "33400.00"}),
        someone("010", "rep", team="领航"),
        someone("019", team="破浪", history={"2026-10": "7200"}),
    ],
    "deals": [
        deal(1, "005", "19500"),
        deal(2, "005", "7000.00", "delegated", visited_by="010"),
        deal(3, "005", "1200", "sms"),
        deal(4, "019", "6000"),
        deal(5, "010", "8400.00"),
        deal(6, "010", "9000", state="pending"),
        deal(7, "010", "9000", state="rejected"),
        deal(8, "010", "9000", state="cancelled"),
        deal(9, "010", "9000", date="2026-10-31"),
    ],
    "targets": {"领航": {"2026-11": "40000"}, "破浪": {"2026-11": "10000"}},
}


def test_the_answer_has_the_shape_of_the_contract_and_the_figures_of_the_voice(tmp_path: Path) -> None:
    answer = paid(tmp_path, COMPANY)

    assert answer["policy_version"] == "2026-01-01"
    assert list(answer["people"]) == ["004", "002", "005", "010", "019"]
    assert answer["people"]["005"] == {
        "base": "750.00",
        "performance": "26500.00",
        "commission": "660.00",
        "shares": "-70.00",
        "sms": "36.00",
        "total": "1376.00",
        "lines": [
            {"rule": "base", "article": "3.1 底薪", "base": "750.00", "rate": "1", "amount": "750.00"},
            {"rule": "clerk", "article": "3.1 商务文员提成表", "base": "8000.00", "rate": "0.03", "amount": "240.00"},
            {"rule": "clerk", "article": "3.1 商务文员提成表", "base": "10500.00", "rate": "0.04", "amount": "420.00"},
            {"rule": "delegation", "article": "3.1 代理拜访", "base": "7000.00", "rate": "-0.01", "amount": "-70.00"},
            {"rule": "sms", "article": "3.1 其他提成", "base": "1200.00", "rate": "0.03", "amount": "36.00"},
        ],
        "proposals": [],
        "notes": ["全部确认 27,700,计入任务 26,500"],
    }


def test_supervisor_and_manager_are_paid_on_team_totals_of_confirmed_deals_of_the_month(tmp_path: Path) -> None:
    people = paid(tmp_path, COMPANY)["people"]

    assert (people["004"]["performance"], people["004"]["commission"]) == ("34900.00", "349.00")
    assert (people["002"]["performance"], people["002"]["commission"]) == ("40900.00", "409.00")
    assert (people["010"]["performance"], people["010"]["shares"]) == ("8400.00", "70.00")
    assert people["019"]["proposals"] == ["eliminate", "warn"]


def test_the_lines_of_everybody_add_up(tmp_path: Path) -> None:
    for one in paid(tmp_path, COMPANY)["people"].values():
        assert sum(Decimal(line["amount"]) for line in one["lines"]) == Decimal(one["total"])
        parts = sum(Decimal(one[part]) for part in ("base", "commission", "shares", "sms"))
        assert parts == Decimal(one["total"])


def test_a_missing_target_leaves_supervisor_and_manager_undetermined(tmp_path: Path) -> None:
    facts = deepcopy(COMPANY)
    facts["targets"] = {"破浪": {"2026-11": "10000"}}

    people = paid(tmp_path, facts)["people"]

    for head in ("004", "002"):
        assert people[head]["commission"] == "0.00"
        assert "待设定指标:领航;设定前团队提成未定" in people[head]["notes"]


def test_a_team_that_only_leavers_were_in_needs_no_target(tmp_path: Path) -> None:
    facts = deepcopy(COMPANY)
    facts["people"].append(someone("030", team="散了", status="left", left_on="2026-10-15"))
    assert paid(tmp_path, facts)["people"]["002"]["commission"] == "409.00"

    facts["people"].append(someone("031", team="散了"))
    assert paid(tmp_path, facts)["people"]["002"]["commission"] == "0.00"


def test_a_deal_belongs_to_the_team_that_it_names(tmp_path: Path) -> None:
    facts = deepcopy(COMPANY)
    facts["deals"][0]["team"] = "破浪"

    people = paid(tmp_path, facts)["people"]

    assert people["004"]["performance"] == "15400.00"
    assert people["002"]["performance"] == "40900.00"


def test_notes_and_reasons_come_in_english_too(tmp_path: Path) -> None:
    notes = paid(tmp_path, COMPANY, "--lang", "en")["people"]["019"]["notes"]

    assert "2 months in a row below the basis of 8,000: 2026-10 7,200, 2026-11 6,000" in notes


def test_without_json_it_is_a_table_with_its_notes(tmp_path: Path) -> None:
    result = run(tmp_path, COMPANY)

    assert result.exit_code == 0
    assert "1,376.00" in result.stdout
    assert "019:连续 2 个月低于基础业绩" in result.stdout


# --- Part months and probation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "sold", "base"),
    [
        ({}, "8000", "750.00"),
        ({"hired_on": "2020-01-01"}, "8000", "750.00"),
        ({"hired_on": "2026-11-16"}, "8000", "392.86"),  # 11 of 21 working days
        ({"status": "left", "left_on": "2026-11-13"}, "8000", "357.14"),  # 10 of 21
        ({"hired_on": "2026-11-01"}, "8000", "750.00"),
        ({"hired_on": "2026-11-02"}, "8000", "750.00"),  # the 1st is a Sunday
        ({"status": "left", "left_on": "2026-10-30"}, "0", "0.00"),
        ({"status": "left"}, "8000", "0.00"),
        ({"hired_on": "2026-12-01"}, "0", "0.00"),
        ({"hired_on": "2026-11-28", "left_on": "2026-11-29", "status": "left"}, "0", "0.00"),  # a weekend
    ],
)
def test_a_part_month_pays_by_working_days(tmp_path: Path, known: dict[str, Any], sold: str, base: str) -> None:
    facts = {"people": [someone("a", **known)], "deals": [deal(1, "a", sold)], "targets": {}}

    assert paid(tmp_path, facts)["people"]["a"]["base"] == base


@pytest.mark.parametrize(
    ("known", "base"),
    [
        ([("2026-11-09", "2026-11-11")], "642.86"),  # 18 of 21
        ([("2026-11-06", "2026-11-09")], "678.57"),  # 19: the weekend within costs nothing
        ([("2026-11-07", "2026-11-08")], "750.00"),
        ([("2026-11-30", None)], "714.29"),
        ([("2026-10-26", "2026-11-02")], "714.29"),  # October's days are October's
        ([("2026-11-09", "2026-11-11"), ("2026-11-10", "2026-11-12")], "607.14"),  # no day counts twice
        ([("2026-11-01", "2026-11-30")], "0.00"),
        ([], "750.00"),
    ],
)
def test_unpaid_leave_shrinks_base_and_basis_by_its_working_days(
    tmp_path: Path, known: list[tuple[str, str | None]], base: str
) -> None:
    leave = [{"from": first} | ({"to": last} if last else {}) for first, last in known]
    facts = {"people": [someone("a", unpaid_leave=leave)], "deals": [deal(1, "a", "8000")], "targets": {}}

    assert paid(tmp_path, facts)["people"]["a"]["base"] == base


def test_the_basis_shrinks_with_it_so_that_nobody_is_cut_twice(tmp_path: Path) -> None:
    """16 of 21 days: 6,000 sold is less than 8,000 × 16/21 = 6,095.24, so the base is 750 × 16/21 × 6,000/6,095.24."""
    leave = [{"from": "2026-11-09", "to": "2026-11-13"}]
    facts = {"people": [someone("a", unpaid_leave=leave)], "deals": [deal(1, "a", "6000")], "targets": {}}

    assert paid(tmp_path, facts)["people"]["a"]["base"] == "562.50"


@pytest.mark.parametrize(
    ("own_week", "team_week", "base"),
    [
        (None, None, "392.86"),  # 11 of 21
        ("6", None, "390.00"),  # 13 of 25
        (None, "6", "390.00"),
        (None, "alternate", "391.30"),  # 12 of 23
        ("5", "6", "392.86"),
        ("alternate", "6", "391.30"),
    ],
)
def test_part_months_go_by_ones_own_workweek_or_the_teams(
    tmp_path: Path, own_week: str | None, team_week: str | None, base: str
) -> None:
    who = someone("a", hired_on="2026-11-16", **({"workweek": own_week} if own_week else {}))
    facts: dict[str, Any] = {"people": [who], "deals": [deal(1, "a", "8000")], "targets": {}}
    if team_week:
        facts["workweeks"] = {"T": team_week}

    assert paid(tmp_path, facts)["people"]["a"]["base"] == base


def test_unpaid_days_go_by_the_workweek_too_and_fall_into_their_own_post(tmp_path: Path) -> None:
    """Six days a week: 25 working days, 3 of them away while a clerk; a rep from the 16th on (13 days)."""
    who = someone(
        "a", workweek="6", unpaid_leave=[{"from": "2026-11-06", "to": "2026-11-09"}],
        changes=[{"from": "2026-11-16", "role": "rep"}],
    )  # fmt: skip
    facts = {"people": [who], "deals": [deal(1, "a", "20000")], "targets": {}}

    bases = [line["amount"] for line in paid(tmp_path, facts)["people"]["a"]["lines"] if line["rule"] == "base"]
    assert bases == ["270.00", "390.00"]  # 9 and 13 of 25


def test_who_was_away_unpaid_all_last_month_is_not_two_months_below(tmp_path: Path) -> None:
    away = [{"from": "2026-10-01", "to": "2026-10-31"}]
    known: dict[str, Any] = {"history": {"2026-10": "0"}}

    assert "eliminate" in acts(tmp_path, someone("a", **known), "6000")
    assert acts(tmp_path, someone("a", unpaid_leave=away, **known), "6000") == []


def test_ten_unpaid_days_leave_somebody_out_of_the_last_three(tmp_path: Path) -> None:
    people = [someone(f"{n}") for n in range(11)]
    deals_ = [deal(n, f"{n}", str(10000 + n)) for n in range(11)]
    facts = {"people": people, "deals": deals_, "targets": {}}
    assert paid(tmp_path, facts)["people"]["0"]["proposals"] != []
    people[0]["unpaid_leave"] = [{"from": "2026-11-02", "to": "2026-11-11"}]

    assert paid(tmp_path, facts)["people"]["0"]["proposals"] == []


def test_the_page_about_facts_can_be_computed_as_it_stands(tmp_path: Path) -> None:
    page = (SAMPLE.parents[1] / "docs" / "pay-preview.md").read_text("utf-8")
    facts = page.split("```json\n")[1].split("```")[0]

    answer = paid(tmp_path, facts)

    assert {who: one["base"] for who, one in answer["people"].items()} == {
        "005": "660.00",  # 22 of 25 days of six-day weeks
        "009": "0.00",  # nothing of their own was sold
        "004": "0.00",
    }


def test_a_workweek_of_a_team_that_nobody_is_in_is_said(tmp_path: Path) -> None:
    facts = {"people": [someone("a")], "deals": [], "targets": {}, "workweeks": {"TT": "6"}}

    assert "workweeks.TT" in run(tmp_path, facts).stderr


def test_october_counts_its_holidays_and_made_up_days(tmp_path: Path) -> None:
    """2026-10: 18 working days after the holidays of 1–7 October, one of them a made-up Saturday (the 10th)."""
    facts = {"people": [someone("a", hired_on="2026-10-10")], "deals": [deal(1, "a", "8000", date="2026-10-12")]}

    answer = paid(tmp_path, facts, month="2026-10")

    assert answer["people"]["a"]["lines"][0]["rate"] == "0.888888888889"  # 16 of 18


def test_a_deal_dated_when_its_seller_was_not_here_counts_and_is_pointed_out(tmp_path: Path) -> None:
    sold = [deal(1, "a", "9000", date="2026-11-05"), deal(2, "a", "100", date="2026-11-10"), deal(3, "b", "9000")]
    facts = {"people": [someone("a", hired_on="2026-11-10"), someone("b", left_on="2026-11-09")], "deals": sold}

    answer = paid(tmp_path, facts)["people"]

    assert answer["a"]["performance"] == "9100.00"
    assert [note for note in answer["a"]["notes"] if "请核对" in note] == ["d1 的日期早于入职,照样算了:请核对"]
    assert [note for note in answer["b"]["notes"] if "请核对" in note] == ["d3 的日期晚于离职,照样算了:请核对"]


def test_a_part_month_in_a_year_without_a_holiday_plan_is_not_guessed(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"people": [someone("a", hired_on="2031-03-10")], "deals": [], "targets": {}}

    result = run(tmp_path, facts, month="2031-03")

    assert result.exit_code == 2
    assert "[calendar.2031]" in result.stderr
    facts["people"][0]["hired_on"] = "2031-03-01"
    assert run(tmp_path, facts, month="2031-03").exit_code == 0


def probationer(nth: int, **known: Any) -> dict[str, Any]:
    return someone("a", status="probation", months_in_probation=nth, **known)


@pytest.mark.parametrize(
    ("who", "sold", "found"),
    [
        (probationer(1), "8000", ["regularise"]),
        (probationer(1), "7999.99", []),
        (probationer(2, history={"2026-10": "7500.00"}), "7500", ["regularise"]),
        (probationer(2, history={"2026-10": "7500.00"}), "7499.99", ["eliminate"]),
        (probationer(2, history={"2026-10": "0.00"}), "15000", ["regularise"]),
        (probationer(0), "100", []),
        (probationer(1, history={"2026-10": "3000"}), "5000", ["regularise"]),
        (probationer(1, history={"2026-10": "3000"}, hired_on="2026-10-15"), "5000", ["regularise"]),
        (probationer(1, history={"2026-10": "3000"}, hired_on="2026-09-15"), "5000", []),
        (probationer(1, hired_on="2026-11-16"), "100", []),
        (probationer(2, history={"2026-10": "5000", "2026-09": "3000"}, hired_on="2026-09-15"), "7000", ["regularise"]),
        (probationer(2, history={"2026-10": "5000", "2026-09": "3000"}), "7000", ["eliminate"]),
        (someone("a", history={"2026-10": "7500"}), "7000", ["eliminate", "warn"]),
        (someone("a", history={"2026-10": "7500", "2026-09": "7500"}, hired_on="2026-09-01"), "7000", []),
        (someone("a", history={"2026-10": "8000"}, hired_on="2026-10-01"), "7000", []),
        (
            someone("a", history={"2026-10": "7000", "2026-09": "8000"}, hired_on="2026-09-01"),
            "7000",
            ["eliminate", "warn"],
        ),
        (someone("a", history={"2026-10": "7000"}, hired_on="2026-07-20"), "7000", ["eliminate", "warn"]),
        (someone("a", history={"2026-12": "1", "2026-10": "9000"}), "7000", []),
        (someone("a", history={"2026-10": "4000"}, hired_on="2019-01-01"), "9000", []),
        (someone("a"), "0", ["eliminate", "warn"]),
        (someone("a", status="training"), "0", []),
        (someone("a", status="left", left_on="2026-11-20"), "0", []),
    ],
)
def test_what_is_proposed_follows_from_the_history(
    tmp_path: Path, who: dict[str, Any], sold: str, found: list[str]
) -> None:
    assert acts(tmp_path, who, sold) == found


def test_a_late_start_is_month_zero_whatever_the_count_says(tmp_path: Path) -> None:
    facts = {"people": [probationer(1, hired_on="2026-11-16")], "deals": [deal(1, "a", "100")], "targets": {}}

    one = paid(tmp_path, facts)["people"]["a"]

    assert one["base"] == "366.67"  # 700 × 11/21; the basis does not bind
    assert any("第 0 个月" in note for note in one["notes"])


def test_the_last_three_of_ten_are_put_to_the_manager(tmp_path: Path) -> None:
    people = [someone(f"{n:02d}") for n in range(10)]
    facts: dict[str, Any] = {
        "people": people,
        "deals": [deal(n, f"{n:02d}", f"{10000 + n}") for n in range(10)],
        "targets": {},
    }

    answer = paid(tmp_path, facts)["people"]

    assert [key for key, one in answer.items() if one["proposals"]] == ["00", "01", "02"]
    facts["people"][0]["leave_days"] = 10
    assert not any(one["proposals"] for one in paid(tmp_path, facts)["people"].values())


def test_a_top_up_is_shown_only_where_the_policy_knows_a_minimum_wage(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(SAMPLE.read_text("utf-8").replace('min_wage = "unset" ', "min_wage = 2000 "), "utf-8")
    facts = {"people": [someone("a")], "deals": [deal(1, "a", "8000")], "targets": {}}

    assert "top_up" not in paid(tmp_path, facts)["people"]["a"]
    one = paid(tmp_path, facts, policy=policy)["people"]["a"]
    assert (one["top_up"], one["total"], one["lines"][-1]["amount"]) == ("1250.00", "2000.00", "1250.00")


# --- Within the month -----------------------------------------------------------------------------------------------------


def changing(*changes: dict[str, Any], **known: Any) -> dict[str, Any]:
    """A clerk who sells 6,000 as one and 6,000 as a rep."""
    who = someone("a", changes=list(changes), **known)
    deals = [deal(1, "a", "6000", date="2026-11-03"), deal(2, "a", "6000", date="2026-11-23")]
    return {"people": [who], "deals": deals, "targets": {"A": {"2026-11": "1"}, "B": {"2026-11": "1"}}}


def test_a_role_within_the_month_sells_in_its_own_brackets_and_its_days(tmp_path: Path) -> None:
    facts = changing({"from": "2026-11-16", "role": "rep"})

    one = paid(tmp_path, facts)["people"]["a"]

    assert [(line["rule"], line["base"], line["amount"]) for line in one["lines"]] == [
        ("base", "750.00", "357.14"),
        ("base", "750.00", "392.86"),
        ("rep", "1000.00", "30.00"),
    ]


def test_a_change_of_role_from_the_first_or_later_than_the_month_is_one_role(tmp_path: Path) -> None:
    for change, commission in [("2026-11-01", "210.00"), ("2026-12-01", "120.00"), ("2026-10-05", "210.00")]:
        one = paid(tmp_path, changing({"from": change, "role": "rep"}))["people"]["a"]
        assert (one["commission"], one["base"]) == (commission, "750.00")


def test_a_deal_belongs_to_the_team_its_seller_was_in_that_day(tmp_path: Path) -> None:
    facts = changing({"from": "2026-11-16", "role": "clerk", "team": "B"}, team="A")
    facts["people"] += [someone("x", "supervisor", team="A"), someone("y", "supervisor", team="B")]

    people = paid(tmp_path, facts)["people"]

    assert (people["x"]["performance"], people["y"]["performance"]) == ("6000.00", "6000.00")
    assert people["a"]["commission"] == "120.00"


def test_payments_count_only_where_the_policy_recognises_by_payment(tmp_path: Path) -> None:
    sold = deal(1, "a", "20000", date="2026-10-20")
    facts: dict[str, Any] = {"people": [someone("a")], "deals": [sold], "targets": {}}
    sold["payments"] = [
        {"date": "2026-10-21", "amount": "8000"},
        {"date": "2026-11-05", "amount": "9000"},
        {"date": "2026-11-06", "amount": "3000", "state": "pending"},
    ]
    policy = tmp_path / "policy.toml"
    policy.write_text(SAMPLE.read_text("utf-8").replace('recognition = "signed"', 'recognition = "paid"'), "utf-8")

    assert paid(tmp_path, facts)["people"]["a"]["performance"] == "0.00"
    assert paid(tmp_path, facts, month="2026-10")["people"]["a"]["performance"] == "20000.00"
    assert paid(tmp_path, facts, policy=policy)["people"]["a"]["performance"] == "9000.00"
    assert paid(tmp_path, facts, month="2026-10", policy=policy)["people"]["a"]["performance"] == "8000.00"


# --- Facts that cannot be used --------------------------------------------------------------------------------------------


def broken(**people_or_deal: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"people": [someone("a"), someone("r", "rep")], "deals": [deal(1, "a", "1")], "targets": {}}
    for where, change in people_or_deal.items():
        facts[where][0].update(change) if where != "targets" else facts.update(targets=change)
    return facts


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (broken(deals={"amount": "-5"}), "deals[1].amount:"),
        (broken(deals={"amount": "1.005"}), "deals[1].amount:"),
        (broken(deals={"amount": "1e9"}), "deals[1].amount:"),
        (broken(deals={"amount": "5千"}), "deals[1].amount:"),
        (broken(deals={"amount": "\uff15"}), "deals[1].amount:"),  # a full-width five
        (broken(deals={"amount": None}), "deals[1].amount:"),
        (broken(deals={"amount": True}), "deals[1].amount:"),
        (broken(deals={"date": "2026-02-30"}), "deals[1].date:"),
        (broken(deals={"date": "20261101"}), "deals[1].date:"),
        (broken(deals={"kind": "gift"}), "deals[1].kind:只能是:own, delegated, sms"),
        (broken(deals={"state": "maybe"}), "deals[1].state:只能是"),
        (broken(deals={"seller": "nobody"}), "deals[1].seller:facts 里没有这个人:nobody"),
        (broken(deals={"visited_by": "nobody", "kind": "delegated"}), "deals[1].visited_by:"),
        (broken(deals={"visited_by": "r", "kind": "sms"}), "deals[1].visited_by:短信群发"),
        (broken(people={"role": "boss"}), "people[1].role:"),
        (broken(people={"status": "gone"}), "people[1].status:"),
        (broken(people={"id": "r"}), "people[2].id:编号重复:r"),
        (broken(people={"months_in_probation": 3}), "people[1].months_in_probation:"),
        (broken(people={"months_in_probation": 1}), "people[1].months_in_probation:不在试用期"),
        (broken(people={"status": "probation", "months_in_probation": None}), "people[1].months_in_probation:试用期"),
        (broken(people={"history": {"2026-13": "1"}}), "people[1].history"),
        (broken(people={"history": {"2026-10": "x"}}), "people[1].history"),
        (broken(people={"history": []}), "people[1].history"),
        (broken(people={"hired_on": "2026-11-20", "left_on": "2026-11-01"}), "people[1].left_on:离开早于入职"),
        (broken(people={"id": ""}), "people[1].id:"),
        (
            broken(people={"changes": [{"from": "2026-11-05", "role": "manager"}]}),
            "people[1].changes:只能是:clerk, rep",
        ),
        (broken(people={"changes": [{"from": "2026-11-05", "role": "rep"}] * 2}), "people[1].changes:要从小到大"),
        (broken(people={"changes": [{"from": "5 Nov", "role": "rep"}]}), "people[1].changes[1].from:要写日期"),
        (broken(people={"workweek": "7"}), "people[1].workweek:只能是:5, 6, alternate"),
        (broken(people={"workweek": 5}), "people[1].workweek:只能是:5, 6, alternate"),
        (broken(people={"unpaid_leave": [{"from": "2026-11-31"}]}), "people[1].unpaid_leave[1].from:要写日期"),
        (broken(people={"unpaid_leave": [{"to": "2026-11-05"}]}), "people[1].unpaid_leave[1].from:缺少这一项"),
        (
            broken(people={"unpaid_leave": [{"from": "2026-11-05", "to": "2026-11-04"}]}),
            "people[1].unpaid_leave[1].to:请假要从前到后",
        ),
        (
            broken(people={"unpaid_leave": [{"from": "2026-11-05", "to": "9999-11-04"}]}),
            "people[1].unpaid_leave[1].to:请假要从前到后",
        ),
        (
            broken(people={"unpaid_leave": [{"from": "9999-12-01", "to": "9999-11-04"}]}),
            "people[1].unpaid_leave[1].to:请假要从前到后",
        ),
        (broken(deals={"payments": [{"date": "2026-11-05", "amount": "1.01"}]}), "deals[1].payments:到账合计超过"),
        (broken(targets={"T": {"November": "1"}}), "targets.T"),
        ({"deals": []}, "people:缺少这一项"),
        ([], "要写一个表"),
        ("{", "JSON:第 1 行第 2 列"),
        ('{"people": [NaN]}', "JSON:NaN"),
        ("[" * 100000, "JSON"),
        ("", "JSON:第 1 行第 1 列"),
    ],
)
def test_wrong_facts_are_named_and_nothing_is_computed(tmp_path: Path, facts: Any, line: str) -> None:
    result = run(tmp_path, facts, "--json")

    assert result.exit_code == 2
    assert line in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_all_wrong_facts_are_named_at_once(tmp_path: Path) -> None:
    facts = broken(deals={"amount": "x", "kind": "y"}, people={"role": "z"})

    assert len(run(tmp_path, facts).stderr.splitlines()) == 4  # the file's name and three lines


def test_a_key_without_a_meaning_is_said_but_not_fatal(tmp_path: Path) -> None:
    result = run(tmp_path, broken(deals={"visitedby": "r"}), "--json")

    assert result.exit_code == 0
    assert "deals[1].visitedby" in result.stderr
    assert json.loads(result.stdout)["people"]["a"]["performance"] == "1.00"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--month", "2026-13"], "--month"),
        (["--month", "2025-12"], "2026-01-01"),
        (["--lang", "fr"], "zh, en"),
        (["--policy", "/nowhere.toml"], "/nowhere.toml"),
        (["--policy", "/"], "/"),
        (["--facts", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_wrong_options_end_with_2_and_a_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = run(tmp_path, COMPANY, *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ([], "JSON:要写一个表"),
        ({"people": {}, "deals": []}, "people:要写一个列表"),
        ({"people": [someone("a", history={"2026-10": "x"})], "deals": []}, "people[1].history.2026-10:要写金额"),
        ({"people": [], "deals": [], "targets": {"T": {"2026-09": "-1"}}}, "targets.T.2026-09:要写金额"),
    ],
)
def test_a_wrong_place_is_named_as_the_file_writes_it(tmp_path: Path, facts: Any, line: str) -> None:
    result = run(tmp_path, facts)

    assert result.exit_code == 2
    assert line in result.stderr


@pytest.mark.parametrize("month", ["9999-12", "9999-11"])
def test_the_last_months_there_are_are_no_months_to_pay(tmp_path: Path, month: str) -> None:
    result = run(tmp_path, {"people": [], "deals": []}, month=month)

    assert (result.exit_code, result.exception.__class__) == (2, SystemExit)


def test_a_broken_policy_is_wrong_input_here(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_bytes(SAMPLE.read_bytes().replace(b"basis = 8000", b"basis = -8"))

    result = run(tmp_path, COMPANY, policy=policy)

    assert result.exit_code == 2
    assert "pay.basis:要写金额" in result.stderr


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_bytes("名 = '制度'".encode("gb18030"))

    result = run(tmp_path, COMPANY, policy=policy)

    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


def test_facts_may_come_from_standard_input() -> None:
    arguments = ["preview", "--policy", str(SAMPLE), "--facts", "-", "--month", "2026-11", "--json"]

    result = CliRunner().invoke(pay_app, arguments, input=json.dumps(COMPANY))

    assert json.loads(result.stdout)["people"]["005"]["total"] == "1376.00"


def test_exact_json_numbers_are_money_too(tmp_path: Path) -> None:
    facts = json.dumps(broken()).replace('"amount": "1"', '"amount": 9000.10')

    assert paid(tmp_path, facts)["people"]["a"]["performance"] == "9000.10"


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(["people", "deals", "targets"]),
    st.sampled_from(["id", "role", "status", "history", "amount", "kind", "date", "seller", "visited_by", "T", "team"]),
    json_values,
)
def test_no_value_anywhere_ends_in_anything_but_facts_or_problems(where: str, key: str, value: object) -> None:
    facts = deepcopy(COMPANY)
    (facts[where] if where == "targets" else facts[where][0])[key] = value
    try:
        understood = bool(read_facts(json.dumps(facts)).people)
    except FactsErrors as error:
        understood = bool(error.problems)

    assert understood
