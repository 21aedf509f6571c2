"""The window into the bot: there for the demo alone, with a key, without contents."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.demo import inside
from tests.office import Office


def app_of(office: Office) -> Any:
    """As much of the running bot as the window looks at."""
    return SimpleNamespace(db=office.db, runner=office.runner, clock=office.clock)


async def opened(http: web.Application) -> web.AppRunner:
    runner = web.AppRunner(http)
    await runner.setup()
    return runner


async def test_rows_are_shown_with_their_states_and_without_what_people_typed(office: Office) -> None:
    await office.team("领航组")
    ana = await office.agent()
    await office.supervisor()
    await ana.says("记 李总 13800138000 有意向70% 下周二10点 要方案")
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    await office.settle()
    seen = await inside.look(app_of(office))

    assert {row["state"] for row in seen["inbox"]} == {"done"}
    assert len(seen["inbox"]) == 3
    newest = seen["outbox"][0]
    assert newest["state"] == "sent"
    assert {row["person"] for row in seen["outbox"]} >= {"林晓燕", "周启明"}
    assert any(row["guard"] and row["due_at"] > seen["now"] for row in seen["later"])
    assert seen["next"] is not None
    assert seen["busy"] == 0
    assert seen["counts"]["inbox"] == {"done": 3}
    everything = json.dumps(seen, ensure_ascii=False)
    for secret in ("李总", "13800138000", "8000", "要方案", "5,000"):
        assert secret not in everything


async def test_jobs_show_when_they_were_for_and_why_they_were_skipped(office: Office) -> None:
    await office.team("领航组")
    await office.agent()
    await office.runner.begin()
    await office.moves_to(office.clock.now() + timedelta(days=1))
    seen = await inside.look(app_of(office))

    assert seen["jobs"]
    assert {"job", "scheduled_for", "state", "reason"} <= set(seen["jobs"][0])
    assert seen["jobs"][0]["id"] > seen["jobs"][-1]["id"]


async def test_the_window_opens_where_the_demo_says_and_asks_for_its_key(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = tmp_path / "inside.json"
    monkeypatch.setenv(inside.SETTING, str(notice))
    http = web.Application()
    inside.attach(app_of(office), http)
    runner = await opened(http)
    where = json.loads(notice.read_text("utf-8"))

    assert where["url"].startswith("http://127.0.0.1:")
    assert notice.stat().st_mode & 0o077 == 0
    async with aiohttp.ClientSession() as session:
        async with session.get(where["url"]) as refused:
            assert refused.status == 403
        async with session.get(where["url"], headers={"Authorization": f"Bearer {where['key']}"}) as shown:
            assert (await shown.json())["busy"] == 0
    await runner.cleanup()
    assert not notice.exists()


async def test_without_the_demo_there_is_no_window(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(inside.SETTING, raising=False)
    http = web.Application()
    inside.attach(app_of(office), http)

    assert len(http.on_startup) == len(web.Application().on_startup)
    assert not list(http.router.routes())
