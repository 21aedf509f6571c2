"""`waihu demo`: the demo company on the emulated network, each in its own process, under .demo/."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from bot.demo import inside, networks
from bot.demo.cast import CLOCK, SEED_VERSION
from bot.demo.networks import NETWORKS, TELEGRAM, WECOM, Network

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(".demo")
READY_WITHIN = 60.0
ANEW = "anew in "
console = Console()

HELLO = {
    "zh": (
        "  用浏览器打开。按 Ctrl-C 结束,玩过的都留着;",
        "  想从头来过:页面 [幕后] 里点 [从头来],或者{again}。",
    ),
    "en": (
        "  Open it in a browser. Ctrl-C ends the demo; what was played is kept.",
        "  To begin anew: [Begin anew] under [Backstage], or {again}.",
    ),
}


class NoStartError(Exception):
    """The emulated network or the bot did not come up; the sentence says which, and where to look."""


def play(*, reset: bool, port: int, lang: str | None, on: Network = TELEGRAM) -> None:
    """Prepare the company once, start everything, print the address, and end everything on Ctrl-C.

    `lang`: what the company and the page speak; None keeps what was played, Chinese for a fresh company. `on`: where
    its people are; each kind is a company of its own, with what was played in it.
    """
    folder = place(on)
    chosen = port if _free(port) else 0
    while True:
        prepare(folder, lang=lang, reset=reset, on=on)
        try:
            with running(folder, chosen, on=on) as (process, url):
                _greet(url, language(folder), on)
                wanted = _until_anew(process)
        except NoStartError as problem:
            console.print(str(problem), style="red")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            return
        if wanted is None:
            return
        # The page asked for a fresh company: the same address, so that it finds us again.
        lang, reset, chosen = wanted, True, int(url.rpartition(":")[2])


def end_like_ctrl_c() -> None:
    """Whatever ends the demo, a closed window or `kill` too, ends the network and the bot with it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # there is no SIGHUP on Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


def place(on: Network) -> Path:
    """Where a company lies: each has its own folder, that on Telegram the one that holds the others."""
    return FOLDER.resolve() if on == TELEGRAM else FOLDER.resolve() / on


def _greet(url: str, lang: str, on: Network) -> None:
    again = " make demo-reset" if on == TELEGRAM else f" waihu demo --network {on} --reset"
    console.print(f"\n  外呼管家 · 星禾企服(演示)  →  [bold]{url}/?lang={lang}[/bold]\n")
    for line in HELLO[lang]:
        console.print(line.format(again=again if lang == "zh" else again.strip()), highlight=False)
    console.print()


def _until_anew(process: subprocess.Popen[str]) -> str | None:
    """Wait for the network's end: the language of the fresh company that the page asked for, or None."""
    assert process.stdout is not None
    wanted = None
    for line in process.stdout:
        if line.startswith(ANEW):
            wanted = line.removeprefix(ANEW).strip()
    process.wait()
    return wanted


@contextlib.contextmanager
def running(
    folder: Path, port: int, *, resettable: bool = True, on: Network = TELEGRAM
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The emulated network and the bot on a prepared folder, until the end of the block: (process, address).

    Raises:
        NoStartError: one of them did not come up.
    """
    process = subprocess.Popen(  # noqa: S603  our own command line
        command(folder, port, resettable=resettable), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith("listening on "):
            raise NoStartError("The demo could not start its network.")
        url = line.removeprefix("listening on ")
        if not _ready(url, process, on):
            raise NoStartError(f"The bot did not start; its log is {folder / 'bot.log'}")
        yield process, url
    finally:
        _end(process)


# --- the folder ------------------------------------------------------------------------------------------------------


def prepare(folder: Path, *, lang: str | None = None, reset: bool = False, on: Network = TELEGRAM) -> None:
    """The company's database, key and network under `folder`; kept when they are there and of this version.

    The company as it begins is made once and copied, so that beginning anew takes no time.
    """
    mark = folder / "version"
    stale = folder.exists() and (not mark.exists() or mark.read_text("utf-8") != SEED_VERSION)
    if stale:
        _empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    begin_anew = reset or not mark.exists() or (lang is not None and lang != language(folder))
    fresh = folder / "fresh"
    if not (fresh / "done").exists():
        _hire(fresh, on)
    if begin_anew:
        _copy(fresh, folder, lang or "zh")
    from bot.demo.scenes import scenes  # after the seed: it needs the network's package

    for name, content in (
        ("people.json", networks.people(language(folder), on)),
        ("env.json", environment(folder, on)),
        ("scenes.json", scenes(on)),
    ):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    mark.write_text(SEED_VERSION, "utf-8")


def _empty(folder: Path) -> None:
    """Forget a company of another version; companies on other networks stay."""
    for found in folder.iterdir():
        if found.is_dir() and found.name not in NETWORKS:
            shutil.rmtree(found, ignore_errors=True)
        elif not found.is_dir():
            found.unlink(missing_ok=True)


def _hire(fresh: Path, on: Network) -> None:
    """The company as it begins, in Chinese."""
    from bot.demo.seed import seed  # half the product: only the first start needs it

    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as bar:
        task = bar.add_task("Hiring the demo company", total=1.0)
        asyncio.run(seed(fresh, lambda done: bar.update(task, completed=done), on))
    (fresh / "done").touch()


def _copy(fresh: Path, folder: Path, lang: str) -> None:
    """Forget what was played; everybody speaks `lang`."""
    for name in ("waihu.db-wal", "waihu.db-shm", "sandbox.json", "sandbox.clock", "inside.json"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "files", ignore_errors=True)
    for name in ("waihu.db", "waihu.key"):
        shutil.copy2(fresh / name, folder / name)
    if lang != "zh":
        with contextlib.closing(sqlite3.connect(folder / "waihu.db")) as db, db:
            db.execute("UPDATE people SET lang = ?", (lang,))
    (folder / "lang").write_text(lang, "ascii")


def language(folder: Path) -> str:
    """What the company under `folder` speaks."""
    kept = folder / "lang"
    return kept.read_text("ascii") if kept.exists() else "zh"


def environment(folder: Path, on: Network = TELEGRAM) -> dict[str, str]:
    """The bot's settings in the demo."""
    return {
        "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/waihu.db",
        "WAIHU_KEY_FILE": f"{folder}/waihu.key",
        "WAIHU_POLICY": str(ROOT / "policies" / "sample.toml"),
        "WAIHU_TIMEZONE": "Asia/Shanghai",
        "WAIHU_CLOCK": "{sandbox}/clock",
        "WAIHU_LANG": language(folder),
        "WAIHU_HTTP_PORT": "0",
        **networks.settings(on),
        inside.SETTING: str(folder / "inside.json"),
    }


def command(folder: Path, port: int, *, resettable: bool = True) -> list[str]:
    """How the emulated network is started, with the bot under its supervision."""
    bot = json.dumps([sys.executable, "-m", "bot", "run"])
    return [
        sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(folder / "sandbox.json"),
        "--people", str(folder / "people.json"), "--clock", CLOCK.isoformat(), "--supervise", bot,
        "--env-file", str(folder / "env.json"), "--cwd", str(ROOT), "--scenes", str(folder / "scenes.json"),
        "--inside", str(folder / "inside.json"), *(["--resettable"] if resettable else []),
    ]  # fmt: skip


# --- processes -------------------------------------------------------------------------------------------------------


def _ready(url: str, process: subprocess.Popen[str], on: Network) -> bool:
    """Until the bot hears all its networks."""
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, TimeoutError, ValueError):
            telegram = on == WECOM or _get(f"{url}/api/state")["bot"]["polling"]
            if telegram and (on == TELEGRAM or _get(f"{url}/api/wecom/state")["bot"]["connected"]):
                return True
        time.sleep(0.1)
    return False


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback, our own process
        return json.load(answer)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
