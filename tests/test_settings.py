"""Settings: every problem is named at once, exit 2, no traceback, nothing changed."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings, SettingsProblems, read_settings
from core.store.sealed import KeyRing

ROOT = Path(__file__).resolve().parent.parent
WRONG = {
    "WAIHU_DATABASE_URL": "mysql://x",
    "WAIHU_TIMEZONE": "Asia/Shangai",
    "WAIHU_CLOCK": "2026-11-20T17:20",
    "WAIHU_LANG": "fr",
    "WAIHU_POLICY": "nowhere.toml",
    "WAIHU_HTTP_PORT": "eighty",
    "WAIHU_LOG": "loud",
    "TELEGRAM_BOT_TOKEN": "notoken",
    "TELEGRAM_API_BASE_URL": "127.0.0.1",
    "TELEGRAM_MODE": "webhook",
    "TELEGRAM_WEBHOOK_URL": "",
    "TELEGRAM_WEBHOOK_SECRET": "short",
}
FINE = {"TELEGRAM_BOT_TOKEN": "4242:demo", "TELEGRAM_API_BASE_URL": "http://127.0.0.1:9", "WAIHU_HTTP_PORT": "0"}


def waihu(folder: Path, *words: str, stdout: Any = subprocess.PIPE, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, with nothing of this machine's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    kept |= {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | env
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=kept,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def problems(**env: str) -> list[str]:
    with pytest.raises(SettingsProblems) as raised:
        read_settings(_env_file=None, **env)  # type: ignore[arg-type]
    return raised.value.problems


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*WRONG, "WAIHU_KEY_FILE"]:
        monkeypatch.delenv(name, raising=False)


def test_the_run_names_every_wrong_setting_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = waihu(tmp_path, "run", **WRONG)

    assert done.returncode == 2
    for name in set(WRONG) - {"TELEGRAM_MODE"}:
        assert f"  {name}: " in done.stderr, name
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_missing_network_is_named_together_with_the_rest(tmp_path: Path) -> None:
    done = waihu(tmp_path, "run", WAIHU_TIMEZONE="Mars/Olympus", WAIHU_HTTP_PORT="99999")

    assert done.returncode == 2
    assert [line.split(":")[0].strip() for line in done.stderr.splitlines()[1:]] == [
        "WAIHU_HTTP_PORT",
        "WAIHU_TIMEZONE",
        "TELEGRAM_BOT_TOKEN",
    ]


def test_settings_come_from_the_env_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WAIHU_TIMEZONE=Mars/Olympus\nWAIHU_LANG=fr\n")
    done = waihu(tmp_path, "run", WAIHU_LANG="en")

    assert "WAIHU_TIMEZONE" in done.stderr
    assert "WAIHU_LANG" not in done.stderr


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and its key."""
    folder = tmp_path_factory.mktemp("used")
    made = waihu(folder, "roster", "invite", "--all", "--json")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize(
    "spoil",
    ["other key", "no key", "newer database", "broken policy"],
)
def test_what_does_not_fit_the_database_is_said_in_a_line_and_changes_nothing(
    used: Path, tmp_path: Path, spoil: str
) -> None:
    shutil.copytree(used, tmp_path, dirs_exist_ok=True)
    file, key = tmp_path / "waihu.db", tmp_path / "waihu.key"
    assert file.exists()
    assert key.exists()
    env = dict(FINE)
    match spoil:
        case "other key":
            key.unlink()
            KeyRing.load_or_create(key)
        case "no key":
            key.unlink()
        case "newer database":
            conn = sqlite3.connect(file)
            conn.execute("UPDATE alembic_version SET version_num = '9999'")
            conn.commit()
            conn.close()
        case "broken policy":
            (tmp_path / "p.toml").write_text("[weekly]\nnonsense = 1\n")
            env["WAIHU_POLICY"] = "p.toml"
    done = waihu(tmp_path, "run", **env)

    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    wanted = {"other key": "waihu.key", "no key": "waihu.key", "newer database": "newer", "broken policy": "policy"}
    assert wanted[spoil] in done.stderr
    assert key.exists() is (spoil != "no key")


def test_the_defaults_need_nothing_but_a_token() -> None:
    found = read_settings(_env_file=None, channel=True, telegram_bot_token="4242:demo")

    assert found.key_file == Path("waihu.key")
    assert found.policy_file == ROOT / "policies" / "sample.toml"
    assert str(found.zone) == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("url", "file", "key"),
    [
        ("sqlite+aiosqlite:///data/team.db", Path("data/team.db"), Path("data/team.key")),
        ("sqlite+aiosqlite:////var/team.db", Path("/var/team.db"), Path("/var/team.key")),
        ("postgresql+psycopg://u:p@h/n", None, Path("waihu.key")),
    ],
)
def test_the_key_lies_beside_the_database(url: str, file: Path | None, key: Path) -> None:
    found = read_settings(_env_file=None, waihu_database_url=url)

    assert found.database_file == file
    assert found.key_file == key


@pytest.mark.parametrize("url", ["postgresql://u:p@h/n", "sqlite:///x.db", "nonsense", "", "mysql+aiomysql://x/y"])
def test_a_database_of_another_kind_is_refused_with_the_two_ways_to_write_it(url: str) -> None:
    (line,) = problems(waihu_database_url=url)

    assert line.startswith("WAIHU_DATABASE_URL: ")
    assert "sqlite+aiosqlite:///" in line


def test_a_password_in_a_wrong_address_is_not_shown() -> None:
    (line,) = problems(waihu_database_url="mysql://root:geheim@host/name")

    assert "geheim" not in line


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
def test_a_company_must_have_a_file_to_live_in(url: str) -> None:
    (line,) = problems(waihu_database_url=url)

    assert line.startswith("WAIHU_DATABASE_URL: names no file")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAIHU_DATABASE_URL", "postgresql+psycopg://u:geheim@h:abc/n"), ("WAIHU_TIMEZONE", "Asia"),
        ("TELEGRAM_PROXY", "socks5://geheim@127.0.0.1:1080"), ("TELEGRAM_PROXY", "127.0.0.1:7890"),
        ("TELEGRAM_PROXY", "http://"), ("TELEGRAM_PROXY", "http://proxy:port"), ("TELEGRAM_PROXY", "http://[::1"),
        ("TELEGRAM_API_BASE_URL", "http://"), ("TELEGRAM_API_BASE_URL", "http://[::1"),
        ("WECOM_API_BASE_URL", "https://"), ("WECOM_BOT_URL", "wss://"), ("WECOM_BOT_URL", "wss://x:99999"),
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_named_before_anything_starts(name: str, value: str) -> None:
    (line,) = problems(**{name.lower(): value})

    assert line.startswith(f"{name}: ")
    assert "geheim" not in line


@pytest.mark.parametrize("value", ["http://127.0.0.1:7890", "https://user:geheim@proxy.example"])
def test_an_http_proxy_is_taken(value: str) -> None:
    assert Settings(_env_file=None, telegram_proxy=value).problems() == []


def test_an_env_file_that_is_no_utf_8_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# 外呼管家\nWAIHU_LANG=zh\n".encode("gb18030"))
    done = waihu(tmp_path, "check")

    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["  .env: not text in UTF-8; save it once more as UTF-8"]


def test_a_port_that_is_taken_is_named_and_no_network_is_taken(used: Path, tmp_path: Path) -> None:
    shutil.copytree(used, tmp_path, dirs_exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = waihu(tmp_path, "run", **FINE | {"WAIHU_HTTP_PORT": port})

    assert done.returncode == 1
    assert f"WAIHU_HTTP_PORT: cannot listen at 127.0.0.1:{port}" in done.stderr.splitlines()[-1]
    assert "lease taken" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_an_answer_that_finds_no_room_is_said_in_a_line(used: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = waihu(used, "check", stdout=full)

    assert done.returncode == 1
    assert done.stderr.strip() == "The disk is full: nothing was changed. Make room and try again"


@pytest.mark.parametrize("secret", ["", "short", "x" * 257, "has spaces in it all over", "sonderzeichen-ä-und-ö"])
def test_a_webhook_needs_a_secret_that_telegram_takes(secret: str) -> None:
    (line,) = problems(
        telegram_bot_token="1:x", telegram_mode="webhook", telegram_webhook_url="https://x.example/telegram/webhook",
        telegram_webhook_secret=secret,
    )  # fmt: skip

    assert line.startswith("TELEGRAM_WEBHOOK_SECRET: ")


def test_every_setting_stands_in_the_example_with_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    named = {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line}

    assert {name.upper() for name in Settings.model_fields} <= named


FINE_WECOM = {
    "wecom_corp_id": "ww1234567890abcdef",
    "wecom_agent_id": "1000002",
    "wecom_secret": "geheim",
    "wecom_token": "token123",
    "wecom_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "wecom_bot_id": "aib1",
    "wecom_bot_secret": "geheim2",
    "wecom_group_webhook": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
}


def test_each_of_wecoms_ways_stands_alone() -> None:
    read_settings(_env_file=None, channel=True, **FINE_WECOM)
    read_settings(_env_file=None, channel=True, wecom_bot_id="aib1", wecom_bot_secret="geheim2")
    called = {name: FINE_WECOM[name] for name in FINE_WECOM if not name.startswith(("wecom_bot", "wecom_group"))}
    read_settings(_env_file=None, channel=True, **called)
    assert Settings(_env_file=None, wecom_group_webhook=FINE_WECOM["wecom_group_webhook"]).problems() == []


def test_who_can_only_be_spoken_to_is_no_network_to_live_on() -> None:
    deaf = {
        name: FINE_WECOM[name] for name in ("wecom_corp_id", "wecom_agent_id", "wecom_secret", "wecom_group_webhook")
    }
    (line,) = problems(channel=True, **deaf)  # type: ignore[arg-type]
    assert "WECOM_BOT_ID" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wecom_corp_id", "ww 1"), ("wecom_agent_id", "ten"), ("wecom_token", "with-dash"), ("wecom_token", "x" * 33),
        ("wecom_aes_key", "geheim" * 7), ("wecom_aes_key", "geheim" * 7 + "!"), ("wecom_api_base_url", "qyapi"),
        ("wecom_bot_url", "https://x"), ("wecom_group_webhook", "https://qyapi.weixin.qq.com/geheim"),
        ("wecom_group_webhook", "693a91f6-geheim"), ("wecom_corp_id", ""), ("wecom_secret", ""), ("wecom_token", ""),
        ("wecom_aes_key", ""), ("wecom_bot_id", ""), ("wecom_bot_secret", ""), ("wecom_agent_id", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_wecom_is_said_in_one_line_without_the_secret(name: str, value: str) -> None:
    (line,) = problems(**(FINE_WECOM | {name: value}))

    assert line.startswith(f"{name.upper()}: ")
    assert "geheim" not in line


def test_all_that_is_wrong_with_wecom_is_said_at_once() -> None:
    wrong = {"wecom_corp_id": "!", "wecom_agent_id": "!", "wecom_token": "!", "wecom_aes_key": "!", "wecom_bot_id": "x"}
    assert [line.partition(":")[0] for line in problems(**wrong)] == [
        "WECOM_BOT_SECRET", "WECOM_SECRET", "WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_TOKEN", "WECOM_AES_KEY",
    ]  # fmt: skip
