"""An installation from the command line: settings, roster, invites, export, check, backup and restore."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.store import migrate
from tests.warm import Warm

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Place:
    """A folder with an installation of its own."""

    folder: Path
    commands: Warm

    def waihu(self, *words: str, expect: int = 0, **env: str) -> str:
        """Run a command; its output, errors included. No traceback, ever."""
        own = {
            "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder}/waihu.db",
            "WAIHU_CLOCK": "2026-11-20T17:20:00+08:00",
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            "PYTHONUTF8": "1",
        }
        done = self.commands.run(words, self.folder, own | env)
        said = done.stdout + done.stderr
        assert done.returncode == expect, said
        assert "Traceback" not in said
        return said


@pytest.fixture
def place(tmp_path: Path, commands: Warm) -> Place:
    return Place(tmp_path, commands)


def test_a_company_from_nothing(place: Place) -> None:
    assert "roster.xlsx written" in place.waihu("roster", "template", "roster.xlsx")
    assert "nothing was changed" in place.waihu("roster", "template", "roster.xlsx", expect=2)
    assert "Say --yes" in place.waihu("roster", "import", "roster.xlsx", expect=2)
    assert "3 new" in place.waihu("roster", "import", "roster.xlsx", "--yes")
    invites = json.loads(place.waihu("roster", "invite", "--all", "--json"))
    assert set(invites[0]) == {"employee_no", "name", "code", "telegram_link", "expires_at"}
    assert invites[0]["telegram_link"] is None
    assert invites[0]["expires_at"].endswith("+08:00")
    assert "nobody owns the company" in place.waihu("check", expect=1)
    for kind in ("calls", "deals", "reports", "feedback", "ledger"):
        assert place.waihu("export", kind, "--json", "--since", "2026-11-01") == ""


def test_a_backup_is_verified_and_can_be_restored(place: Place) -> None:
    place.waihu("roster", "template", "roster.csv")
    place.waihu("roster", "import", "roster.csv", "--yes")
    made = re.search(r"(\S+\.db) \(verified\)", place.waihu("backup"))
    assert made
    (place.folder / "more.csv").write_text(
        "工号,姓名,角色,组,入职日期,状态\n077,新人,clerk,领航组,2026-11-01,试用\n", "utf-8"
    )
    place.waihu("roster", "import", "more.csv", "--yes")
    assert "Say --yes" in place.waihu("restore", made[1], expect=2)
    assert "kept as" in place.waihu("restore", made[1], "--yes")

    assert "Nobody working here has the number 077" in place.waihu("roster", "invite", "077", expect=2)


def test_every_wrong_setting_is_named_at_once(place: Place) -> None:
    said = place.waihu(
        "run", expect=2, WAIHU_DATABASE_URL="mysql://x", WAIHU_TIMEZONE="Mars/Base", WAIHU_CLOCK="soon",
        TELEGRAM_BOT_TOKEN="abc", WAIHU_POLICY="nowhere.toml", WAIHU_HTTP_PORT="99999",
    )  # fmt: skip

    for name in ("WAIHU_DATABASE_URL", "WAIHU_TIMEZONE", "WAIHU_CLOCK", "TELEGRAM_BOT_TOKEN", "WAIHU_POLICY"):
        assert name in said or "WAIHU_HTTP_PORT" in said


def test_without_a_network_the_bot_says_what_to_do(place: Place) -> None:
    assert "BotFather" in place.waihu("run", expect=2)


def test_a_key_that_is_missing_or_foreign_is_refused(place: Place) -> None:
    place.waihu("roster", "template", "roster.csv")
    place.waihu("roster", "import", "roster.csv", "--yes")
    key = place.folder / "waihu.key"
    kept = key.read_text("utf-8")
    key.unlink()
    assert "restore it from your backup" in place.waihu("check", expect=2)
    key.write_text("{}", "utf-8")
    assert "cannot be read" in place.waihu("check", expect=2)
    key.write_text(kept, "utf-8")
    place.waihu("check", expect=1)


def test_a_policy_with_a_mistake_is_named_and_nothing_starts(place: Place) -> None:
    (place.folder / "p.toml").write_text("[[version]]\nname = 1", "utf-8")
    said = place.waihu("roster", "invite", "--all", expect=2, WAIHU_POLICY=str(place.folder / "p.toml"))

    assert "The policy file has problems" in said


def test_a_policy_that_is_no_utf_8_is_named_and_nothing_starts(place: Place) -> None:
    (place.folder / "p.toml").write_bytes("# 制度\n".encode("gb18030"))
    said = place.waihu("roster", "invite", "--all", expect=2, WAIHU_POLICY=str(place.folder / "p.toml"))

    assert "p.toml: not text in UTF-8; save it once more as UTF-8" in said


@pytest.mark.parametrize(
    "words", [("export", "calls", "--since", "yesterday"), ("roster", "import", "none.xlsx"), ("roster", "invite")]
)
def test_wrong_input_is_one_clear_line(place: Place, words: tuple[str, ...]) -> None:
    assert place.waihu(*words, expect=2).strip()


def test_the_database_upgrade_says_where_it_stands(place: Place) -> None:
    assert f"empty -> {migrate.head()}" in place.waihu("db", "upgrade")
    assert f"up to date ({migrate.head()})" in place.waihu("db", "upgrade")
