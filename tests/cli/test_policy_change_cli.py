"""`waihu policy propose|export`: a draft for the managers from the command line, and the whole policy back as a file."""

from __future__ import annotations

import asyncio
import json
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.cli.database import opened
from bot.settings import Settings
from core.rules import policy as policy_rules
from core.store import people, policies
from core.usecases import policy_changes
from tests.office import POLICY

PEOPLE = "工号,姓名,角色,组,入职日期,状态\n001,沈国栋,director,,2018-03-01,正式\n002,梁文静,manager,,2019-03-01,正式\n"
NEW = "[[version]]\neffective_from = 2026-12-01\n[version.pay]\nbasis = 9000\n"


def own(folder: Path) -> dict[str, str]:
    return {
        "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/waihu.db",
        "WAIHU_KEY_FILE": str(folder / "waihu.key"),
        "WAIHU_POLICY": str(folder / "policy.toml"),
        "WAIHU_CLOCK": "2026-11-20T10:00:00+08:00",
    }


def waihu(folder: Path, *words: str, expect: int = 0) -> str:
    with chdir(folder):
        done = CliRunner().invoke(app, list(words), env=own(folder))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == expect, done.output
    return done.output


def settings(folder: Path) -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in own(folder).items()}
    return Settings(_env_file=None, **values)


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    (tmp_path / "policy.toml").write_text(POLICY.read_text("utf-8"), "utf-8")
    waihu(tmp_path, "roster", "import", "people.csv", "--yes")
    return tmp_path


async def confirm(folder: Path, number: int) -> None:
    async with opened(settings(folder)) as db, db.transaction() as tx:
        director, manager = await people.everybody(tx)
        await policy_changes.submit(tx, manager, number)
        await policy_changes.confirm(tx, director, number, at=tx.now, at_source="received")


def test_a_draft_is_handed_to_the_managers_once_and_the_confirmed_version_comes_back_as_a_file(company: Path) -> None:
    (company / "new.toml").write_text(NEW, "utf-8")
    first = json.loads(waihu(company, "policy", "propose", "new.toml", "--json"))
    again = json.loads(waihu(company, "policy", "propose", "new.toml", "--json"))
    assert first == again == {"ok": True, "proposal": 1, "version": "2026-12-01", "effective_from": "2026-12-01"}
    assert "草案交给经理了" in waihu(company, "policy", "propose", "new.toml", "--lang", "zh")

    asyncio.run(confirm(company, 1))
    waihu(company, "policy", "export", "--to", "whole.toml")
    whole = policy_rules.load((company / "whole.toml").read_text("utf-8"))
    assert [version.name for version in whole.versions] == ["2026-01-01", "2026-12-01"]
    assert whole.versions[1].pay.basis == 900_000
    assert (company / "whole.toml").read_text("utf-8") == waihu(company, "policy", "export")

    (company / "policy.toml").write_text((company / "whole.toml").read_text("utf-8"), "utf-8")
    assert waihu(company, "policy", "export").count("[[version]]\n") == whole_count(company)


def whole_count(company: Path) -> int:
    return (company / "whole.toml").read_text("utf-8").count("[[version]]\n")


def test_problems_are_told_all_at_once_and_nothing_is_proposed(company: Path) -> None:
    (company / "new.toml").write_text(NEW.replace("basis = 9000", "basis = -1\nbasiss = 1"), "utf-8")
    said = waihu(company, "policy", "propose", "new.toml", "--lang", "zh", expect=1)
    told = json.loads(waihu(company, "policy", "propose", "new.toml", "--json", expect=1))

    assert "2 处要改" in said
    assert (told["ok"], len(told["problems"])) == (False, 2)

    async def count() -> int:
        async with opened(settings(company)) as db, db.snapshot() as tx:
            return len(await policies.latest(tx, 5))

    assert asyncio.run(count()) == 0


def test_a_file_that_goes_on_from_an_older_version_than_the_confirmed_one_is_refused(company: Path) -> None:
    (company / "new.toml").write_text(NEW, "utf-8")
    waihu(company, "policy", "propose", "new.toml")
    asyncio.run(confirm(company, 1))
    later = "\n[[version]]\neffective_from = 2027-01-01\n[version.pay]\nbasis = 7000\n"
    (company / "policy.toml").write_text(POLICY.read_text("utf-8") + later, "utf-8")

    said = waihu(company, "check", expect=2)
    assert "2026-12-01" in said
    assert "waihu policy export" in said


@pytest.mark.parametrize("words", [("propose", "nowhere.toml"), ("export", "--to", "nowhere/x.toml")])
def test_a_file_that_cannot_be_read_or_written_is_wrong_input(company: Path, words: tuple[str, ...]) -> None:
    assert "nowhere" in waihu(company, "policy", *words, expect=2)
