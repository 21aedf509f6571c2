"""`waihu payroll`: a month as a file that only its owner reads; what cannot be done is said in a line."""

from __future__ import annotations

import stat
from contextlib import chdir
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from bot.cli.app import app

PEOPLE = "工号,姓名,角色,组,入职日期,状态\n001,林晓燕,clerk,领航组,2024-03-01,正式\n002,周启明,supervisor,领航组,2023-03-01,正式\n"


def waihu(folder: Path, *words: str, expect: int = 0) -> str:
    own = {
        "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/waihu.db",
        "WAIHU_KEY_FILE": str(folder / "waihu.key"),
        "WAIHU_CLOCK": "2026-11-02T10:00:00+08:00",
    }
    with chdir(folder):
        done = CliRunner().invoke(app, list(words), env=own)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == expect, done.output
    return done.output


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("payroll")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    waihu(folder, "roster", "import", "people.csv", "--yes")
    return folder


def test_a_month_is_written_as_a_file_for_its_owner_alone(company: Path) -> None:
    said = waihu(company, "payroll", "2026-10", "--to", "october.xlsx", "--lang", "zh")
    file = company / "october.xlsx"

    assert "2026-10 · 2 人 · 暂计:还没锁定" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [sheet.title for sheet in load_workbook(file).worksheets] == ["汇总", "明细"]
    assert "provisional: not locked" in waihu(company, "payroll", "2026-10", "--to", "en.xlsx", "--lang", "en")


@pytest.mark.parametrize("words", [("2026-13", "--to", "x.xlsx"), ("2026-10", "--to", "x.csv"), ("2026-10",)])
def test_a_wrong_month_or_file_is_wrong_input(company: Path, words: tuple[str, ...]) -> None:
    waihu(company, "payroll", *words, expect=2)


def test_a_folder_that_is_not_there_is_one_clear_line(company: Path) -> None:
    said = waihu(company, "payroll", "2026-10", "--to", "nowhere/x.xlsx", expect=1)

    assert "Traceback" not in said
    assert "nowhere" in said
