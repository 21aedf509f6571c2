"""What stands in deploy/, the container files and the operations guide is true of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from bot.cli.app import app
from bot.health import _MOMENTS, _PLAIN, Metrics
from bot.settings import Settings
from core.store.retention import parse
from tests.test_house import commands

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
GUIDES = ("docs/operations.md", "docs/operations.zh.md")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def options_of(command: str) -> set[str]:
    found = typer.main.get_command(app).get_command(None, command)  # type: ignore[attr-defined]
    return {name for one in found.params for name in one.opts}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_there_is(unit: Path) -> None:
    content = unit.read_text("utf-8")
    started = re.findall(r"^ExecStart=(\S+)/waihu (.+)$", content, re.MULTILINE)

    assert bool(started) == (unit.suffix == ".service")
    for folder, words in started:
        first, *rest = words.split()
        assert folder == "/opt/waihu/.venv/bin"
        assert first in commands(typer.main.get_command(app))
        assert {word for word in rest if word.startswith("--")} <= options_of(first)
        if "--keep" in rest:
            parse(rest[rest.index("--keep") + 1])
    if unit.suffix == ".service":
        for line in ("User=waihu", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
            assert f"\n{line}\n" in content


def test_every_timer_has_its_service_and_is_switched_on_by_the_guides() -> None:
    names = {unit.name for unit in UNITS}
    timers = {name for name in names if name.endswith(".timer")}

    assert timers == {"waihu-backup.timer", "waihu-verify.timer"}
    assert {name.replace(".timer", ".service") for name in timers} <= names
    for guide in GUIDES:
        assert all(f"(../deploy/systemd/{name})" in text(guide) for name in timers | {"waihu.service"})


def test_the_backup_that_is_looked_at_lies_where_the_setting_says() -> None:
    verify = text("deploy/systemd/waihu-verify.service")

    assert "waihu backup --verify ${WAIHU_BACKUP_DIR}\n" in verify
    default = f"Environment=WAIHU_BACKUP_DIR={Settings.model_fields['waihu_backup_dir'].default}\nEnvironmentFile="
    assert default in verify  # the file wins


def test_a_wrong_setting_is_not_started_again_and_again() -> None:
    assert "RestartPreventExitStatus=2\n" in text("deploy/systemd/waihu.service")


def test_the_image_is_made_as_make_makes_the_installation() -> None:
    made = re.findall(r"-m pip install [^\\\n&]+|install --[^\n&\\]+", text("Dockerfile"))
    steps = {step[step.index("install ") :].strip() for step in made}

    assert steps == set(re.findall(r"\$\(PIP\) (install .+(?:run\.txt|editable \.))$", text("Makefile"), re.MULTILINE))
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", text("Dockerfile"), re.MULTILINE):
        assert all((ROOT / name).exists() for name in copied.split())
    assert re.search(r"^USER waihu$", text("Dockerfile"), re.MULTILINE)


def test_nothing_of_an_installation_gets_into_the_image() -> None:
    ignored = set(text(".dockerignore").splitlines())

    assert {".env", ".env.*", "*.key", "*.db", "*.db-*", "backups", ".git", ".venv"} <= ignored
    assert not ignored & {
        "bot",
        "core",
        "migrations",
        "sandbox",
        "policies",
        "requirements",
        "pyproject.toml",
        "README.md",
    }


def test_the_compose_file_names_settings_and_commands_that_there_are() -> None:
    content = text("compose.yaml")
    known = {name.upper() for name in Settings.model_fields}
    run = [line.split(", ") for line in re.findall(r"^    command: \[(.+)\]$", content, re.MULTILINE)]

    assert set(re.findall(r"\b(?:WAIHU|TELEGRAM)_[A-Z_]+\b", content)) <= known
    assert [words[:2] for words in run] == [["waihu", "run"], ["waihu", "backup"], ["waihu", "check"]]
    assert {word for word in run[1] if word.startswith("--")} <= options_of("backup")
    assert "replicas: 2" in content
    assert "WAIHU_HTTP_HOST: 0.0.0.0" in content  # a proxy beside the bots reaches them ...
    assert not re.search(r"^ +ports:", content, re.MULTILINE)  # ... and nobody else
    assert content.count("POSTGRES_PASSWORD:?") == 2  # no default password anywhere
    assert content.count("key:/var/lib/waihu/key") == content.count("backups:/var/lib/waihu/backups") == 1


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_name_every_metric_and_no_other(guide: str) -> None:
    state = {
        "ok": True, "database": "sqlite", "version": "1", "standing_by": False, "alarms": [], "leases": [], "jobs": {},
        "jobs_overdue": {},
    }  # fmt: skip
    real = {one.name for one in Metrics(state).collect()} | {name for name, _, _ in (*_PLAIN, *_MOMENTS)}
    named = set(re.findall(r"`(waihu_[a-z_]+)", text(guide)))

    assert named == real


def test_the_two_guides_say_the_same_things() -> None:
    """The same commands, settings, files and metrics, the same number of sections, steps and rows."""
    first, second = (text(guide) for guide in GUIDES)
    for what in (
        r"waihu (?:[a-z]+(?: (?:list|retry|forget|import|invite|template|upgrade|check))?)",
        r"\b(?:WAIHU|TELEGRAM|POSTGRES)_[A-Z_]+\b",
        r"\.\./[a-zA-Z/.-]+",
        r"(?<= )--[a-z]+",
    ):
        assert set(re.findall(what, first)) == set(re.findall(what, second)), what
    for mark in ("\n## ", "\n| ", "\n- ", "\n```", *(f"\n{number}. " for number in range(1, 7))):
        assert first.count(mark) == second.count(mark), mark


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guides_name_commands_options_and_files_that_there_are(guide: str) -> None:
    content = text(guide)
    known = commands(typer.main.get_command(app))
    named = set(re.findall(r"(?:`|bin/|tool |^)waihu ([a-z]+)", content, re.MULTILINE))

    assert named <= known
    for link in re.findall(r"\]\(([^)#]+)\)", content):
        assert (ROOT / "docs" / link).exists(), link
    known_options = set().union(*(options_of(name) for name in ("backup", "restore", "check", "export")))
    for command in ("backup", "restore"):
        for line in re.findall(rf"`waihu {command}([^`]*)`", content):
            assert set(re.findall(r"--[a-z]+", line)) <= known_options
