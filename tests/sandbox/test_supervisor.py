"""The bot's process: started, killed on request, restarted when it falls, never left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import Sandbox, supervisor
from sandbox.client import SandboxClient
from tests.sandbox.conftest import AGENT, PEOPLE, START

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
BOT = """
import json, os, subprocess, sys, time, urllib.request
base = os.environ["SANDBOX"] + "/bot4242:test/"
def call(method, **params):
    request = urllib.request.Request(base + method, json.dumps(params).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))["result"]
print("起来了", os.getpid(), sys.argv[1:], flush=True)
child = subprocess.Popen(["sleep", "600"])
offset = 0
while True:
    for update in call("getUpdates", offset=offset, timeout=30):
        offset = update["update_id"] + 1
        text = update["message"]["text"]
        if text == "倒下":
            os._exit(3)
        call("sendMessage", chat_id=update["message"]["chat"]["id"], text=f"{os.getpid()} {child.pid}")
"""


@pytest.fixture
async def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    monkeypatch.setattr(supervisor, "RESTART_AFTER", 0.05)
    script = tmp_path / "bot.py"
    script.write_text(BOT, "utf-8")
    async with Sandbox(
        PEOPLE,
        clock=START,
        state=tmp_path / "sandbox.json",
        supervise=[sys.executable, "bot.py", "{sandbox}/x"],
        env={"SANDBOX": "{sandbox}"},
        cwd=tmp_path,
    ) as running:
        yield running


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(*pids: int) -> bool:
    """True once all these processes have gone (the kernel needs a moment after a kill)."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            async with asyncio.timeout(30):
                await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
    return not any(alive(pid) for pid in pids)


async def pids(sandbox: Sandbox) -> tuple[int, int]:
    """The bot's process and its child, as the bot itself tells them."""
    said = await sandbox.user(AGENT).say("谁")
    first, second = (await sandbox.user(AGENT).answer(said)).text.split()
    return int(first), int(second)


async def test_it_runs_with_its_environment_and_its_output_is_kept(sandbox: Sandbox) -> None:
    bot, child = await pids(sandbox)
    state = (await sandbox.client.state())["bot"]
    assert (state["running"], state["supervised"], state["pid"], state["restarts"]) == (True, True, bot, 0)
    assert alive(child)
    assert os.getpgid(bot) == bot != os.getpgid(0)
    log = await read_log(sandbox)
    assert f"起来了 {bot} ['{sandbox.url}/x']" in log


async def read_log(sandbox: Sandbox) -> str:
    assert sandbox.supervisor is not None
    assert sandbox.supervisor.log is not None
    return await asyncio.to_thread(sandbox.supervisor.log.read_text, "utf-8")


async def test_a_kill_on_request_lasts_until_it_is_started_again(sandbox: Sandbox) -> None:
    bot, child = await pids(sandbox)
    await sandbox.client.kill_bot()
    assert await gone(bot, child)
    state = (await sandbox.client.state())["bot"]
    assert (state["running"], state["pid"]) == (False, None)
    said = await sandbox.user(AGENT).say("谁")
    await sandbox.client.start_bot()
    again = await sandbox.user(AGENT).answer(said)
    assert int(again.text.split()[0]) != bot
    assert (await sandbox.client.state())["bot"]["restarts"] == 0


async def test_an_unasked_fall_is_followed_by_a_restart(sandbox: Sandbox) -> None:
    bot, child = await pids(sandbox)
    mark = sandbox.client.now
    os.kill(bot, signal.SIGKILL)
    event = await sandbox.client.event(lambda e: e["type"] == "bot" and e["restarts"] == 1 and e["running"], mark)
    assert event["pid"] != bot
    assert await gone(bot, child), "what the fallen bot left behind goes too"
    assert (await pids(sandbox))[0] == event["pid"]


async def test_a_stop_is_a_polite_one(sandbox: Sandbox) -> None:
    bot, child = await pids(sandbox)
    await sandbox.client.post("/api/bot/stop")
    assert await gone(bot, child)
    await sandbox.client.start_bot()
    await sandbox.client.start_bot()
    assert (await pids(sandbox))[0] != bot


async def test_nothing_is_left_when_the_sandbox_ends(sandbox: Sandbox) -> None:
    bot, child = await pids(sandbox)
    await sandbox.stop()
    assert await gone(bot, child)


@pytest.mark.kill
async def test_killing_the_sandbox_itself_takes_the_bot_along(tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_text(json.dumps(PEOPLE), "utf-8")
    (tmp_path / "bot.py").write_text(BOT, "utf-8")
    (tmp_path / "env.json").write_text(json.dumps({"SANDBOX": "{sandbox}"}), "utf-8")
    command = json.dumps([sys.executable, str(tmp_path / "bot.py")])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--people", str(people), "--clock", START),
        *("--supervise", command, "--env-file", str(tmp_path / "env.json"), "--cwd", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("listening on http://127.0.0.1:")
    async with SandboxClient(line.removeprefix("listening on ").strip()) as client:
        said = await client.person(AGENT).say("谁")
        bot, child = (int(pid) for pid in (await client.person(AGENT).answer(said)).text.split())
    process.kill()
    await process.wait()
    assert await gone(bot)
    os.kill(child, signal.SIGKILL)  # a child of the bot is the bot's to keep; the kernel's leash holds the bot


async def test_a_terminated_sandbox_ends_in_order_and_keeps_its_state(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--state", str(tmp_path / "s.json"), "--clock", START),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().removeprefix("listening on ").strip()
    async with SandboxClient(url) as client:
        await client.person(1002).say("记住")
    process.terminate()
    assert await process.wait() == 0
    async with Sandbox(state=tmp_path / "s.json") as again:
        assert [message.text for message in again.user(1002).messages()] == ["记住"]


async def test_a_command_that_cannot_start_keeps_the_sandbox_up(tmp_path: Path) -> None:
    async with Sandbox(PEOPLE, state=tmp_path / "s.json", supervise=["/nothing/here"]) as sandbox:
        await sandbox.client.event(lambda e: e["type"] == "bot" and not e["running"])
        log = await sandbox.client.text("/api/bot/log")
        assert "/nothing/here" in log or "No such file" in log


async def test_without_a_command_there_is_nothing_to_kill() -> None:
    async with Sandbox(PEOPLE, clock=START) as plain:
        assert (await plain.client.state())["bot"]["supervised"] is False
        with pytest.raises(ValueError, match="not supervised"):
            await plain.client.kill_bot()
