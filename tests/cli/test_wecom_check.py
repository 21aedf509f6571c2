"""`waihu check` tries what is set up of WeCom without disturbing what runs, and says what to do in the console."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.channels.wecom.callback import Callback
from bot.channels.wecom.crypto import Cipher, key_of
from bot.cli.wecom_check import advice, findings
from bot.render.texts import catalogue
from bot.settings import Settings
from core.rules.webhooks import Address
from sandbox import Sandbox
from sandbox.client import SandboxClient
from tests.channels.conftest import free_port
from tests.sandbox.wecom import AGENT_ID, BOT_ID, BOT_SECRET, CORP_ID, GROUP, KEY, PEOPLE, SECRET, START, subscribed

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Console:
    """The emulated server, and settings that fit it."""

    sandbox: Sandbox
    client: SandboxClient

    def settings(self, **changes: Any) -> Settings:
        right = {
            "wecom_bot_id": BOT_ID, "wecom_bot_secret": BOT_SECRET,
            "wecom_bot_url": f"{self.sandbox.url.replace('http', 'ws', 1)}/wecom/ws", "wecom_corp_id": CORP_ID,
            "wecom_agent_id": str(AGENT_ID), "wecom_secret": SECRET, "wecom_token": PEOPLE["wecom"]["token"],
            "wecom_aes_key": PEOPLE["wecom"]["aes_key"], "wecom_api_base_url": f"{self.sandbox.url}/wecom",
        }  # fmt: skip
        return Settings(_env_file=None, **(right | changes))

    async def look(self, held: set[str] | None = None, **changes: Any) -> dict[str, tuple[bool, str]]:
        key = changes.pop("key", KEY)
        hooks = [Address(f"{self.sandbox.url}/wecom", key)]
        found = await findings(self.settings(**changes), held or set(), hooks)
        return {what.split(" …")[0]: (ok, says) for what, ok, says in found}


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    async with Sandbox(PEOPLE, clock=START) as sandbox, SandboxClient(sandbox.url) as client:
        yield Console(sandbox, client)


async def test_what_is_right_is_said_to_be_right_and_nobody_in_the_group_sees_anything(console: Console) -> None:
    found = await console.look()

    assert {what: ok for what, (ok, _) in found.items()} == {
        "wecom bot": True, "wecom app": True, "wecom callback": True, "wecom group": True,
    }  # fmt: skip
    assert console.client.wecom_mirror.chats.get(GROUP, {}) == {}
    assert not any(secret in str(found) for secret in (SECRET, BOT_SECRET, KEY))
    assert await console.client.violations() == []


async def test_a_connection_that_lives_is_left_alone(console: Console) -> None:
    async with subscribed(console.sandbox) as bot:
        found = await console.look({"wecom"})
        assert found["wecom bot"][0]
        assert await bot.code("ping") == 0  # still ours


@pytest.mark.parametrize(
    ("changes", "what", "pieces"),
    [
        ({"wecom_bot_secret": "x"}, "wecom bot", ("WECOM_BOT_SECRET", "智能机器人")),
        ({"wecom_bot_url": "ws://127.0.0.1:9"}, "wecom bot", ("127.0.0.1:9", "防火墙")),
        ({"wecom_secret": "x"}, "wecom app", ("40001", "WECOM_SECRET")),
        ({"wecom_corp_id": "wwother"}, "wecom app", ("40013", "WECOM_CORP_ID")),
        ({"wecom_agent_id": "9"}, "wecom app", ("42009", "AgentId")),
        ({"wecom_api_base_url": "http://127.0.0.1:9"}, "wecom app", ("127.0.0.1:9",)),
        ({"key": "00000000-0000"}, "wecom group", ("93000", "消息推送")),
    ],
)
async def test_what_is_wrong_is_named_with_what_to_do_in_both_languages(
    console: Console, changes: dict[str, Any], what: str, pieces: tuple[str, ...]
) -> None:
    found = await console.look(**changes)
    ok, says = found[what]
    chinese, _, english = says.partition(" / ")

    assert not ok
    assert all(piece in says for piece in pieces), says
    assert CHINESE.search(chinese)
    assert len(english.split()) > 4
    assert all(right for other, (right, _) in found.items() if other != what)


async def test_an_address_that_is_not_trusted_is_named(console: Console) -> None:
    await console.client.post("/api/wecom/console", trusted=False)
    ok, says = (await console.look())["wecom app"]
    assert not ok
    assert "60020" in says
    assert "127.0.0.1" in says


async def test_the_running_callback_is_asked_as_the_console_asks_it(console: Console) -> None:
    async def nothing(_: Any) -> None:
        raise AssertionError("nothing is delivered by a verification")

    wecom, port = PEOPLE["wecom"], free_port()
    cipher = Cipher(wecom["token"], key_of(wecom["aes_key"]), CORP_ID)
    app = web.Application()
    app.add_routes(Callback(cipher, "1", lambda _: pytest.fail("no update"), nothing).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    ok, says = (await console.look({"wecom_app"}, waihu_http_port=port))["wecom callback"]
    assert ok
    assert "公网" in says
    ok, says = (await console.look({"wecom_app"}, waihu_http_port=port, wecom_token="other"))["wecom callback"]
    assert not ok
    await runner.cleanup()
    ok, _ = (await console.look({"wecom_app"}, waihu_http_port=port))["wecom callback"]
    assert not ok


async def test_without_wecom_nothing_is_tried() -> None:
    assert await findings(Settings(_env_file=None), set(), []) == []


def test_every_code_with_words_says_them_in_both_languages() -> None:
    codes = [int(key.rpartition("_")[2]) for key in catalogue("zh") if re.fullmatch(r"wecom\.code_\d+", key)]
    assert len(codes) > 10
    for code in [*codes, -1, 123456789]:
        chinese, _, english = advice(code, "not allow to access from your ip, from ip: 1.2.3.4, more").partition(" / ")
        assert f"[{code}]" in chinese
        assert f"[{code}]" in english
    assert "1.2.3.4" in advice(60020, "from ip: 1.2.3.4, hint")


def test_the_command_lists_what_it_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network: the address of nobody."""
    from typer.testing import CliRunner

    from bot.cli.app import app

    monkeypatch.chdir(tmp_path)
    env = {
        "WAIHU_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/waihu.db",
        "WECOM_GROUP_WEBHOOK": f"http://127.0.0.1:9/cgi-bin/webhook/send?key={KEY}",
    }
    done = CliRunner().invoke(app, ["check"], env=env)

    assert done.exit_code == 1, done.output
    assert f"wecom group …{KEY[-4:]}: 连不上" in done.output
    assert KEY not in done.output
