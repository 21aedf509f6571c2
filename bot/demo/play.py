"""`waihu demo`: the demo company on the emulated network, each in its own process, under .demo/."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from bot.demo.cast import CLOCK, SEED_VERSION, TOKEN, network

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(".demo")
READY_WITHIN = 60.0
console = Console()


def play(*, reset: bool, port: int) -> None:
    """Prepare the company once, start everything, print the address, and end everything on Ctrl-C."""
    folder = FOLDER.resolve()
    prepare(folder, reset=reset)
    chosen = port if _free(port) else 0
    process = subprocess.Popen(command(folder, chosen), cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own command line
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith("listening on "):
            console.print("The demo could not start its network.", style="red")
            raise typer.Exit(1)
        url = line.removeprefix("listening on ")
        if not _ready(url, process):
            console.print(f"The bot did not start; its log is {folder / 'bot.log'}", style="red")
            raise typer.Exit(1)
        console.print(f"\n  外呼管家 · 星禾企服(演示)  →  [bold]{url}[/bold]\n")
        console.print("  Open it in a browser. Ctrl-C ends the demo; what was played is kept.")
        console.print("  make demo-reset forgets it.\n")
        process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        _end(process)


def prepare(folder: Path, *, reset: bool = False) -> None:
    """The company's database, key and network under `folder`; kept when they are there and of this version."""
    mark = folder / "version"
    stale = folder.exists() and (not mark.exists() or mark.read_text("utf-8") != SEED_VERSION)
    if reset or stale:
        shutil.rmtree(folder, ignore_errors=True)
    if mark.exists():
        return
    from bot.demo.seed import seed  # half the product: only the first start needs it

    folder.mkdir(parents=True, exist_ok=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as bar:
        task = bar.add_task("Hiring the demo company", total=1.0)
        asyncio.run(seed(folder, lambda done: bar.update(task, completed=done)))
    (folder / "people.json").write_text(json.dumps(network(), ensure_ascii=False, indent=1), "utf-8")
    (folder / "env.json").write_text(json.dumps(environment(folder)), "utf-8")
    mark.write_text(SEED_VERSION, "utf-8")


def environment(folder: Path) -> dict[str, str]:
    """The bot's settings in the demo."""
    return {
        "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/waihu.db",
        "WAIHU_KEY_FILE": f"{folder}/waihu.key",
        "WAIHU_POLICY": str(ROOT / "policies" / "sample.toml"),
        "WAIHU_TIMEZONE": "Asia/Shanghai",
        "WAIHU_CLOCK": "{sandbox}/clock",
        "WAIHU_HTTP_PORT": "0",
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": "{sandbox}",
        "TELEGRAM_MODE": "polling",
        "TELEGRAM_PROXY": "",
    }


def command(folder: Path, port: int) -> list[str]:
    """How the emulated network is started, with the bot under its supervision."""
    bot = json.dumps([sys.executable, "-m", "bot", "run"])
    return [
        sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(folder / "sandbox.json"),
        "--people", str(folder / "people.json"), "--clock", CLOCK.isoformat(), "--supervise", bot,
        "--env-file", str(folder / "env.json"), "--cwd", str(ROOT),
    ]  # fmt: skip


def _ready(url: str, process: subprocess.Popen[str]) -> bool:
    """Until the bot asks for updates."""
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, TimeoutError, ValueError):
            if _get(f"{url}/api/state")["bot"]["polling"]:
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
