"""`waihu policy check|explain|preview`: exit codes, lines that name what is wrong, and who gains or loses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.policy import policy_app
from tests.cli.test_pay_cli import COMPANY

SAMPLE = Path(__file__).parents[2] / "policies" / "sample.toml"
TEXT = SAMPLE.read_text("utf-8")


@pytest.fixture(autouse=True)
def _plain_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAIHU_POLICY", raising=False)
    monkeypatch.delenv("WAIHU_LANG", raising=False)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(policy_app, list(arguments))
    assert "Traceback" not in result.output
    return result


def written(tmp_path: Path, text: str, name: str = "policy.toml") -> str:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return str(file)


def test_the_sample_policy_can_be_used_and_says_what_the_rules_leave_open() -> None:
    result = run("check", str(SAMPLE))

    assert result.exit_code == 0
    assert "可以用。版本 2026-01-01" in result.stdout
    assert "elimination.min:制度未载明公司最低指标" in result.stdout
    assert "700/750" in result.stdout


def test_without_a_file_the_settings_policy_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("check").exit_code == 0
    monkeypatch.setenv("WAIHU_POLICY", written(tmp_path, TEXT.replace("basis = 8000", "basis = -1")))
    assert run("check").exit_code == 1


def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIHU_POLICY", "/nowhere.toml")

    result = run("check")

    assert result.exit_code == 2
    assert "/nowhere.toml" in result.stderr


def test_problems_end_with_1_each_on_its_line(tmp_path: Path) -> None:
    text = TEXT.replace("basis = 8000", "basis = -1").replace("names = 3", "nams = 3")

    result = run("check", written(tmp_path, text))

    assert result.exit_code == 1
    assert "2 处要改" in result.stdout
    assert "version[2026-01-01].pay.basis:要写金额" in result.stdout
    assert "boards.nams:没有这个键,是不是 names?" in result.stdout


def test_a_syntax_error_has_its_line_and_column(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, TEXT.replace("basis = 8000", "basis = ")), "--lang", "en")

    line = next(n for n, text in enumerate(TEXT.splitlines(), 1) if text.startswith("basis = 8000"))
    assert result.exit_code == 1
    assert f"line {line}, column" in result.stdout


@pytest.mark.parametrize("path", ["/nowhere.toml", "/"])
def test_no_such_file_is_wrong_input(path: str) -> None:
    result = run("check", path)

    assert result.exit_code == 2
    assert path in result.stderr


def test_a_program_reads_problems_and_warnings(tmp_path: Path) -> None:
    fine = json.loads(run("check", str(SAMPLE), "--json").stdout)
    result = run("check", written(tmp_path, TEXT.replace("names = 3", "names = 0")), "--json", "--lang", "en")
    bad = json.loads(result.stdout)

    assert (fine["ok"], fine["problems"], fine["versions"]) == (True, [], ["2026-01-01"])
    assert "version[2026-01-01].pay.min_wage" in [warning["key"] for warning in fine["warnings"]]
    assert result.exit_code == 1
    assert bad["problems"] == [
        {
            "key": "version[2026-01-01].boards.names",
            "problem": "version[2026-01-01].boards.names: out of range, must be ≥ 1 (found 0)",
            "allowed": "≥ 1",
        }
    ]


def test_a_changed_old_version_is_a_problem_and_an_appended_one_is_not(tmp_path: Path) -> None:
    changed = written(tmp_path, TEXT.replace("basis = 8000", "basis = 9000"), "changed.toml")
    longer = f"{TEXT}\n[[version]]\neffective_from = 2026-12-01\n[version.pay]\nbasis = 9000\n"
    appended = written(tmp_path, longer, "appended.toml")

    assert "只能在后面加新版本" in run("check", changed, "--against", str(SAMPLE)).stdout
    assert run("check", changed, "--against", str(SAMPLE)).exit_code == 1
    assert run("check", appended, "--against", str(SAMPLE)).exit_code == 0


def test_an_unfinished_years_calendar_is_a_warning_and_a_contradiction_a_problem(tmp_path: Path) -> None:
    unfinished = run("check", written(tmp_path, f"{TEXT}\n[calendar.2031]\noff = [2031-03-03]\n"))
    contradicting = run(
        "check",
        written(tmp_path, f"{TEXT}\n[calendar.2031]\noff = [2030-12-31]\n[calendar.2030]\nwork = [2030-12-31]\n"),
    )

    assert unfinished.exit_code == 0
    assert "calendar.2031:这一年的安排还不完整" in unfinished.stdout
    assert contradicting.exit_code == 1
    assert "2030-12-31" in contradicting.stdout


@pytest.mark.parametrize(("lang", "words"), [("zh", "基础业绩:每月 8,000"), ("en", "basis: 8,000 a month")])
def test_the_rules_read_in_both_languages(lang: str, words: str) -> None:
    result = run("explain", str(SAMPLE), "--lang", lang)

    assert result.exit_code == 0
    assert words in result.stdout


def test_the_language_of_the_settings_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIHU_LANG", "en")

    assert "slice by slice" in run("explain").stdout


def test_explain_shows_the_version_in_force_on_a_day(tmp_path: Path) -> None:
    two = written(tmp_path, f"{TEXT}\n[[version]]\neffective_from = 2026-12-01\n[version.pay]\nbasis = 9000\n")

    assert "每月 9,000" in run("explain", two).stdout
    assert "每月 8,000" in run("explain", two, "--on", "2026-11-30").stdout
    assert run("explain", two, "--on", "yesterday").exit_code == 2
    assert run("explain", two, "--on", "2025-01-01").exit_code == 2


def test_explain_needs_a_sound_policy(tmp_path: Path) -> None:
    assert run("explain", written(tmp_path, "x")).exit_code == 2


def previewed(tmp_path: Path, text: str, *options: str) -> Result:
    facts = written(tmp_path, json.dumps(COMPANY), "facts.json")
    new = written(tmp_path, text, "new.toml")
    return run("preview", new, "--facts", facts, "--month", "2026-11", "--against", str(SAMPLE), *options)


def test_a_change_of_policy_says_who_gains_who_loses_and_the_cost(tmp_path: Path) -> None:
    text = TEXT.replace("basis = 8000 ", "basis = 6000 ").replace('share = "1%"', 'share = "2%"')

    answer = json.loads(previewed(tmp_path, text, "--json").stdout)

    assert answer["people"]["019"] == {"before": "562.50", "after": "750.00", "gain": "187.50"}
    assert answer["people"]["005"]["gain"] == "-70.00"
    assert answer["people"]["010"]["gain"] == "70.00"
    assert (answer["gainers"], answer["losers"], answer["cost"]) == (2, 1, "187.50")


def test_the_change_reads_as_a_table(tmp_path: Path) -> None:
    result = previewed(tmp_path, TEXT.replace("basis = 8000 ", "basis = 6000 "))

    assert "+187.50" in result.stdout
    assert "1 人多,0 人少,4 人不变;公司每月多付 187.50" in result.stdout
    assert (
        "1 gain, 0 lose" in previewed(tmp_path, TEXT.replace("basis = 8000 ", "basis = 6000 "), "--lang", "en").stdout
    )


def test_a_preview_with_wrong_input_ends_with_2(tmp_path: Path) -> None:
    facts = written(tmp_path, "{}", "empty.json")

    assert previewed(tmp_path, "x").exit_code == 2
    assert run("preview", str(SAMPLE), "--facts", facts, "--month", "2026-11").exit_code == 2
    assert previewed(tmp_path, TEXT.replace("2026-01-01", "2026-12-01", 1)).exit_code == 2


def test_warnings_about_law_carry_their_source_for_programs(tmp_path: Path) -> None:
    told = json.loads(run("check", str(SAMPLE), "--json").stdout)

    sources = {warning["key"].split(".", 1)[1]: warning.get("source", "") for warning in told["warnings"]}
    assert "2008-01-15" in sources["fines.mode"]
    assert sources["pay.clerk.ends"] == ""


def test_brackets_with_a_hole_and_versions_that_overlap_are_named(tmp_path: Path) -> None:
    text = TEXT.replace("{ from = 8000,   rate", "{ from = 8000, to = 15999, rate")
    text = text.replace("effective_from = 2026-01-01 #", "effective_from = 2026-01-01\neffective_until = 2026-12-31 #")
    text = text.replace("[glossary]", "[[version]]\neffective_from = 2026-12-01\n[glossary]")

    result = run("check", written(tmp_path, text))

    assert result.exit_code == 1
    assert "pay.clerk.brackets[1]:第 1 档写到 15999,下一档从 16000 起,中间空着" in result.stdout
    assert "version[2026-12-01].effective_from:上一版本还没到期;这里要 2027-01-01" in result.stdout


def test_the_schema_is_printed_or_written_for_editors(tmp_path: Path) -> None:
    printed = json.loads(run("schema").stdout)
    assert printed == json.loads((SAMPLE.parent / "policy.schema.json").read_text("utf-8"))

    assert run("schema", "--to", str(tmp_path / "p.json")).exit_code == 0
    assert json.loads((tmp_path / "p.json").read_text("utf-8")) == printed
    assert run("schema", "--to", str(tmp_path / "nowhere" / "p.json")).exit_code == 2


def test_the_page_names_the_articles_in_both_languages() -> None:
    for lang in ("zh", "en"):
        assert "3.1 商务文员提成表" in run("explain", str(SAMPLE), "--lang", lang).stdout
