"""A file that somebody sends is fetched right after the inbox has it, by the real adapter over HTTP (D4)."""

from __future__ import annotations

import pytest

from bot.channels.port import SMALL_FILE
from core.rules.people import Role
from core.store import models as m
from tests.channels.conftest import ANA, Post
from tests.e2e.company import STAFF

MANAGER = next(c for c in STAFF if c.role is Role.MANAGER).user
POLICY = b"""[[version]]
effective_from = 2026-12-01
[version.pay]
basis = 9000
"""


async def test_a_policy_file_comes_with_its_content_and_is_proposed(post: Post) -> None:
    manager = post.person(MANAGER)
    sent = await manager.say(file=("制度.toml", POLICY))
    answer = await manager.answer(sent, "制度提案 · 2026-12-01 起")

    assert "每月 9,000" in (answer.text or "")
    assert len(await post.rows(m.policy_proposals)) == 1
    assert [row.raw for row in await post.rows(m.inbox)] == [None]
    assert await post.client.violations() == []


async def test_a_fetch_that_fails_at_first_is_tried_again(post: Post) -> None:
    post.app.fetcher.rest = post.host.rest
    await post.client.fault("502", "getFile", count=2)
    manager = post.person(MANAGER)
    sent = await manager.say(file=("policy.toml", POLICY))

    await manager.answer(sent, "制度提案")


async def test_a_file_that_never_comes_is_asked_for_again(post: Post) -> None:
    post.app.fetcher.rest = post.host.rest
    await post.client.fault("502", "getFile", count=4)
    manager = post.person(MANAGER)
    sent = await manager.say(file=("policy.toml", POLICY))

    await manager.answer(sent, "“policy.toml”没取到。请再发一次。")


async def test_what_was_said_after_the_file_waits_for_it(post: Post) -> None:
    post.app.fetcher.rest = post.host.rest
    await post.client.fault("502", "getFile", count=2)
    manager = post.person(MANAGER)
    await manager.say(file=("policy.toml", POLICY))
    said = await manager.say("制度")
    card = await manager.answer(said, "现行制度")
    proposal = await manager.sees("制度提案")

    assert proposal.id < card.id


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("制度.toml", b"#" * (SMALL_FILE + 1), "64 kB 以内"),
        ("制度.toml", "人".encode("gb18030"), "不是 UTF-8"),
        ("制度.txt", POLICY, "图片和文件我看不懂"),
    ],
)
async def test_what_cannot_be_read_is_said(post: Post, name: str, content: bytes, words: str) -> None:
    manager = post.person(MANAGER)
    sent = await manager.say(file=(name, content))

    await manager.answer(sent, words)
    assert not await post.rows(m.policy_proposals)


async def test_an_agent_hears_who_changes_the_policy(post: Post) -> None:
    agent = post.person(ANA)
    sent = await agent.say(file=("policy.toml", POLICY))
    await agent.answer(sent, "改制度由经理提")


async def waiting_row(post: Post, sender: str) -> None:
    raw = {"update_id": 5, "message": {"document": {"file_id": "BQACgone"}}}
    async with post.app.db.transaction() as tx:
        await tx.insert(
            m.inbox, channel="telegram", key="5", sender=sender, raw=raw, received_at=tx.now, state="fetching"
        )


async def test_a_strangers_file_is_never_asked_for(post: Post) -> None:
    await waiting_row(post, "404404")

    await post.app.fetcher.fetch_waiting()
    assert await post.client.calls("getFile") == []


async def test_what_another_process_left_is_found_and_a_file_that_is_gone_holds_nobody_up(post: Post) -> None:
    await waiting_row(post, str(MANAGER))

    await post.app.fetcher.fetch_waiting()
    assert await post.client.calls("getFile")
    assert not await post.rows(m.inbox, state="fetching")
