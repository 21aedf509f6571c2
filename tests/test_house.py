"""The house in order: imports go one way, both languages say everything, nothing private stands in the open."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli.app import app
from bot.handlers.registry import routes
from bot.render.texts import LANGS, catalogue, fields
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "bot", "sandbox", "migrations")

# Who may import whom, besides the standard library and themselves. The longest matching name decides.
MAY: dict[str, set[str]] = {
    "core.rules": {"core.rules"},
    "core.holidays": {"core.rules", "chinese_calendar"},
    "core.store": {"core.rules", "core.store", "sqlalchemy", "aiosqlite", "alembic", "cryptography"},
    "core.usecases": {"core.rules", "core.store", "core.usecases", "core.holidays", "pydantic"},
    "bot.channels.port": set(),
    "bot.channels": {"bot.channels", "telegram", "aiohttp", "structlog"},
    "bot.channels.wecom": {
        "bot.channels",
        "bot.together",
        "aiohttp",
        "structlog",
        "cryptography",
        "defusedxml",
    },
    "bot.clock": {"aiohttp"},
    "bot.forms": {"bot.forms", "bot.render", "core.rules", "bot.channels.port"},
    "bot.render": {"bot.render", "bot.channels.port", "core.rules", "core.store", "core.usecases"},
    "bot.render.pictures": {
        "bot.render",
        "bot.channels.port",
        "core.rules",
        "core.usecases",
        "typst",
        "segno",
        "pylopdf_fonts_zh_cn",
        "structlog",
    },
    "bot.handlers": {"bot.handlers", "bot.forms", "bot.render", "bot.channels.port", "core"},
    "bot.jobs.outbox": {"bot", "core", "structlog"},
    "bot.jobs.pace": {"bot.channels.port"},
    "bot.jobs": {"bot.jobs", "bot.render", "core", "sqlalchemy", "structlog"},
    "sandbox": {"sandbox", "aiohttp"},
    "migrations": {"alembic", "sqlalchemy"},
}
EXTRA = {
    "core.rules.phones": {"phonenumbers"},
    "core.rules.sounds": {"pypinyin"},
    "core.usecases.roster_file": {"openpyxl"},
    "core.usecases.payroll_sheet": {"xlsxwriter"},
    "bot.render.pay_sheet": {"xlsxwriter"},
    "bot.render.policy_sheet": {"xlsxwriter"},
    "core.store.wake": {"psycopg"},
    "sandbox.wecom.cipher": {"cryptography"},
}
SQL_AT_HOME = (
    "core.store",
    "migrations",
    "bot.app",
    "bot.health",
    "bot.settings",
)


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, allowed: set[str]) -> bool:
    return any(name == a or name.startswith(f"{a}.") for a in allowed)


def stdlib(name: str) -> bool:
    import sys

    return name.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_imports_go_one_way(module: str, path: Path) -> None:
    home = max((key for key in MAY if within(module, {key})), key=len, default=None)
    if home is None:
        return
    allowed = MAY[home] | EXTRA.get(module, set())
    if module.startswith("core.rules.policy"):
        allowed |= {"pydantic", "pydantic_core"}  # the policy file alone is read with a validation library
    wrong = sorted(name for name in imports(path) if not stdlib(name) and not within(name, allowed))

    assert not wrong


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_sqlalchemy_lives_in_the_store_alone(module: str, path: Path) -> None:
    if within(module, set(SQL_AT_HOME)) or module.startswith(("bot.cli", "bot.demo")):
        return

    assert not [name for name in imports(path) if name.startswith("sqlalchemy")]


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_nobody_asks_the_host_what_time_it_is(module: str, path: Path) -> None:
    """Company time is passed in (D5); the host's own time is for leases, back-off and log files."""
    if module in {"bot.clock", "bot.app", "bot.jobs.pace", "bot.channels.hours", "bot.health"}:
        return
    if module.startswith(("sandbox", "bot.demo.play", "bot.cli")):
        return
    text = path.read_text("utf-8")

    assert not re.search(r"datetime\.now\(|date\.today\(|datetime\.utcnow\(", text)


def test_both_languages_say_the_same_things() -> None:
    first, second = (catalogue(lang) for lang in LANGS)

    assert set(first) == set(second)
    assert {key: fields(first[key]) for key in first} == {key: fields(second[key]) for key in first}


def test_every_text_that_is_asked_for_exists() -> None:
    known = catalogue("zh")
    wanted = re.compile(
        r"""(?:\bt\(\s*(?:[\w.]+,\s*)?|\.say\(\s*|button\(\s*|Refusal\(\s*|Invalid\(\s*|key=)["']([a-z_]+\.[a-z0-9_.]+)["']"""
    )
    missing = {
        f"{path.relative_to(ROOT)}: {key}"
        for module, path in modules()
        if module.startswith("bot.")
        for key in wanted.findall(path.read_text("utf-8"))
        if key not in known
    }

    assert not missing


def test_every_refusal_of_the_rules_has_its_words() -> None:
    known = catalogue("zh")
    wanted = re.compile(r"""Refusal\(\s*["']([a-z_]+\.[a-z0-9_.]+)["']""")
    missing = {key for _, path in modules() for key in wanted.findall(path.read_text("utf-8")) if key not in known}

    assert not missing


def test_every_command_has_its_line_in_the_menu() -> None:
    known = catalogue("zh")
    missing = [name for name, _ in routes.commands if f"help.menu_{name.lstrip('/')}" not in known]

    assert not missing


def test_the_example_settings_name_every_setting_with_its_default() -> None:
    written = re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    known = {
        name.upper(): str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        for name, field in Settings.model_fields.items()
    }

    assert dict(written) == known
    assert len(written) == len(known)


def commands(command: Any) -> set[str]:
    """`roster import` for every command below one."""
    inside = getattr(command, "list_commands", None)
    if inside is None:
        return set()
    found = set()
    for name in inside(None):
        below = command.get_command(None, name)
        found |= {name} | {f"{name} {word}" for word in commands(below)}
    return found


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/operations.md", "CHANGELOG.md"])
def test_every_command_that_is_written_about_exists(page: str) -> None:
    """`waihu X` and `make X` in running text, in fences, and in the tables' `a|b` and `a` · `b` forms."""
    text = (ROOT / page).read_text("utf-8").replace("\\|", "|")
    known = commands(typer.main.get_command(app))
    groups = {name.partition(" ")[0] for name in known if " " in name}
    wanted = set()
    for quoted in re.findall(r"(?:^|`|bin/)waihu ([a-z]+(?: [a-z]+(?:\|[a-z]+)*)?)", text, re.MULTILINE):
        first, _, rest = quoted.partition(" ")
        wanted |= {f"{first} {word}" for word in rest.split("|")} if first in groups and rest else {first}
    silent = [name for name in known if " " not in name and not re.search(rf"`(?:waihu )?{name}\b", text)]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert wanted - known == set()
    assert page != "README.md" or not silent
    assert set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", text, re.MULTILINE)) - targets == set()


def test_no_secret_place_or_unfinished_word_is_tracked() -> None:
    """The project stands alone: no registry host, no path of a machine, nothing left for later."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = re.compile(r"https?://[^ \"']+/(?:simple|packages)/|--(?:extra-)?index" + "-url|--find" + "-links")
    unfinished = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplemented" + "Error")
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if (
            path.suffix not in {".py", ".toml", ".txt", ".in", ".md", ".js", ".html", ".css", ".example", ""}
            or not path.is_file()
        ):
            continue
        text = path.read_text("utf-8", errors="ignore")
        if hosts.search(text) or (path.suffix in {".py", ".js", ".html"} and unfinished.search(text)):
            found.append(name)

    assert not found
