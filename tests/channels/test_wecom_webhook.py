"""Groups by webhook: the address is kept sealed, boards arrive, names stay inert, a refusal is told to its manager."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.line import Line, Receiver
from bot.channels.port import File, Gone, MaybeSent, NotSent, Outgoing, Rejected
from bot.channels.wecom.webhook import GroupWebhooks
from core.rules.people import Role
from core.rules.webhooks import Address, address_of, found_in
from core.store import models as m
from core.store import people as people_store
from core.store import webhooks as store
from core.usecases import webhooks
from sandbox import Sandbox
from sandbox.client import SandboxClient
from sandbox.files import made_photo
from sandbox.wecom.client import WeComMessage
from tests.office import Office, Wire
from tests.sandbox.wecom import GROUP, KEY, PEOPLE, START

URL = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
OTHER_URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=11111111-2222-3333-4444-555555555555"


# --- the address -----------------------------------------------------------------------------------------------------


def test_an_address_is_its_root_and_its_key() -> None:
    assert address_of(f" {URL}\n") == Address("https://qyapi.weixin.qq.com", KEY)
    assert address_of(f"http://127.0.0.1:9480/wecom/cgi-bin/webhook/send?key={KEY}") == Address(
        "http://127.0.0.1:9480/wecom", KEY
    )
    assert found_in(f"群机器人:{URL} 请收好") == Address("https://qyapi.weixin.qq.com", KEY)


@pytest.mark.parametrize(
    "text",
    [
        "", KEY, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", URL.replace(KEY, ""), URL.replace(KEY, "short"),
        f"{URL}&key=another-key-1", URL.replace("https", "ftp"), URL.replace("webhook/send", "webhook/upload_media"),
        URL.replace("https://", "https://user@"), URL.replace(KEY, "key with spaces"), URL.replace("key=", "k="),
    ],
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_of(text) is None


def test_the_key_does_not_show() -> None:
    found = address_of(URL)
    assert found is not None
    assert KEY not in repr(found)
    assert found.ending == KEY[-4:]
    assert Address.unpacked(found.packed) == found


# --- over the wire ------------------------------------------------------------------------------------------------------


@dataclass
class Wired:
    """The emulated server, and the channel that posts to its groups."""

    sandbox: Sandbox
    client: SandboxClient
    seconds: list[float]  # of the host, on both sides
    hooks: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hooks["-group"] = (f"{self.sandbox.url}/wecom", KEY)
        self.channel = GroupWebhooks(self._lookup, monotonic=lambda: self.seconds[0])

    async def _lookup(self, chat: str) -> tuple[str, str] | None:
        return self.hooks.get(chat)

    async def post(self, text: str, file: File | None = None) -> None:
        await self.channel.send(Outgoing("send", "-group", text, file=file))

    async def seen(self, count: int) -> list[WeComMessage]:
        chats = self.client.wecom_mirror.chats
        found: list[WeComMessage] = await self.client.until(
            lambda: list(chats.get(GROUP, {}).values()) if len(chats.get(GROUP, {})) >= count else None,
            f"{count} posts",
        )
        return found


@pytest.fixture
async def wire() -> AsyncIterator[Wired]:
    seconds = [1000.0]
    async with (
        Sandbox(PEOPLE, clock=START, host=lambda: seconds[0]) as sandbox,
        SandboxClient(sandbox.url) as client,
    ):
        wired = Wired(sandbox, client, seconds)
        yield wired
        await wired.channel.stop()


def test_it_is_a_line_that_speaks_and_does_not_hear() -> None:
    async def nowhere(_: str) -> None:
        return None

    line: Line = GroupWebhooks(nowhere)
    assert not isinstance(line, Receiver)


async def test_a_board_arrives_as_a_picture_and_words(wire: Wired) -> None:
    await wire.post("领航组 · 11-20\n1 林晓燕 5000\n2 王强 3000", File("board.png", made_photo(), picture=True))

    picture, words = await wire.seen(2)
    assert picture.kind == "image"
    assert words.text == "**领航组 · 11-20**\n1 林晓燕 5000\n2 王强 3000"
    assert await wire.client.violations() == []


@pytest.mark.parametrize("name", ["<@all>", "**粗**", "[点我](http://x)", "`code`", '<font color="warning">红</font>'])
async def test_a_name_mentions_nobody_and_is_no_markup(wire: Wired, name: str) -> None:
    await wire.post(f"喜报\n{name} 签了一单")
    (message,) = await wire.seen(1)

    body = message.text.removeprefix("**喜报**\n")
    assert not set("<[`*").intersection(body)
    assert message.data.get("mentions") in (None, [])
    assert await wire.client.violations() == []


async def test_a_long_post_is_parted_and_numbered_within_the_limit(wire: Wired) -> None:
    await wire.post("\n".join(f"第{n}行 " + "字" * 80 for n in range(60)))

    posts = await wire.seen(4)
    assert all(len(post.text.encode()) <= 4096 for post in posts)
    assert [post.text.partition("\n")[0] for post in posts] == [
        f"**({n}/{len(posts)})**" for n in range(1, len(posts) + 1)
    ]


async def test_a_picture_over_two_megabytes_leaves_its_words(wire: Wired) -> None:
    big = made_photo() + bytes(2 << 20)
    await wire.post("榜单\n1 林晓燕", File("board.png", big, picture=True, otherwise="榜单\n1 林晓燕 5000"))

    (words,) = await wire.seen(1)
    assert "5000" in words.text


async def test_a_picture_that_is_refused_leaves_its_words(wire: Wired) -> None:
    await wire.client.line.fault("errcode", "webhook/send", code=40009)
    await wire.post("榜单\n1 林晓燕", File("board.png", made_photo(), picture=True))
    (words,) = await wire.seen(1)
    assert "林晓燕" in words.text


async def test_a_file_is_uploaded_first(wire: Wired) -> None:
    await wire.post("工资表", File("十一月.xlsx", b"PK\x03\x04" + bytes(50)))
    assert [message.kind for message in await wire.seen(2)] == ["file", "markdown"]


async def test_no_minute_sees_more_than_a_robot_may_post(wire: Wired) -> None:
    waited = 0.0
    for number in range(40):
        while True:
            try:
                await wire.post(f"第{number}条")
                break
            except NotSent as problem:
                pause = (problem.delay or timedelta(days=1)).total_seconds()
                wire.seconds[0] += pause
                waited += pause
    assert 60 <= waited <= 180
    assert {call["code"] for call in await wire.client.line.calls("webhook/send")} == {0}


@pytest.mark.parametrize(
    ("code", "ended"), [(93000, Gone), (45009, NotSent), (-1, NotSent), (40058, Rejected), (40001, Rejected)]
)
async def test_every_refusal_is_one_of_the_ports_classes(wire: Wired, code: int, ended: type[Exception]) -> None:
    await wire.client.line.fault("errcode", "webhook/send", code=code)
    with pytest.raises(ended):
        await wire.post("战报")
    assert wire.channel.alarm is None


async def test_a_key_that_is_wrong_or_gone_is_gone(wire: Wired) -> None:
    wire.hooks["-group"] = (f"{wire.sandbox.url}/wecom", "00000000-0000")
    with pytest.raises(Gone):
        await wire.post("战报")
    del wire.hooks["-group"]
    with pytest.raises(Gone):
        await wire.post("战报")


async def test_a_post_whose_answer_was_lost_may_be_out_and_is_not_said_again_by_us(wire: Wired) -> None:
    await wire.client.line.fault("drop_answer", "webhook/send")
    with pytest.raises(MaybeSent):
        await wire.post("战报")
    assert len(await wire.seen(1)) == 1


async def test_when_the_words_have_to_wait_the_picture_is_not_posted_again(wire: Wired) -> None:
    board = File("board.png", made_photo(), picture=True)
    await wire.client.line.fault("delay", "webhook/send", delay=0.0)
    await wire.client.line.fault("errcode", "webhook/send", code=45009)
    with pytest.raises(NotSent):
        await wire.post("战报", board)
    await wire.post("战报", board)
    assert [message.kind for message in await wire.seen(2)] == ["image", "markdown"]


# --- in the chat --------------------------------------------------------------------------------------------------------


@pytest.fixture
def group(office: Office) -> Wire:
    """The channel of the groups; its other end is the test."""
    wire = Wire(name="wecom_group")
    channels: Any = {"telegram": office.wire, "wecom_group": wire}
    office.sender.channels = office.dispatcher.channels = channels
    return wire


async def hook_of(office: Office) -> Any:
    async with office.db.snapshot() as tx:
        (hook,) = await store.hooks(tx)
    return hook


async def test_a_manager_sends_the_address_and_gives_the_group_to_a_team(office: Office, group: Wire) -> None:
    boss = await office.manager()
    await office.team("领航组")
    await boss.says(f"这是群机器人 {URL}")
    assert KEY[-4:] in boss.text
    assert KEY not in boss.text
    await boss.presses("领航组")

    assert "领航组" in boss.text
    assert KEY[-4:] in boss.text
    (hello,) = group.sent
    assert "领航组" in hello.text
    hook = await hook_of(office)
    assert hook.group.external_id == hello.chat
    assert KEY not in hello.chat


async def test_the_address_lies_nowhere_in_the_open(office: Office, group: Wire) -> None:
    boss = await office.manager()
    await boss.says(URL)
    await boss.presses("全公司")

    async with office.db.snapshot() as tx:
        for table in m.metadata.sorted_tables:
            shown = [str(row) for row in await tx.all(select(table)) if table is not m.group_chats]
            assert not [row for row in shown if KEY in row], table.name
        address = await store.address_at(tx, (await store.hooks(tx))[0].group.external_id)
    assert address == address_of(URL)
    assert not any(KEY in said.text for said in [*office.wire.sent, *group.sent])


async def test_in_the_middle_of_a_form_it_is_no_answer(office: Office, group: Wire) -> None:
    boss = await office.manager()
    await boss.says("请假")
    await boss.says(URL)
    assert KEY[-4:] in boss.text
    await boss.presses("全公司")
    assert len(group.sent) == 1


async def test_who_may_not_say_where_boards_go_is_told_and_nothing_is_kept(office: Office) -> None:
    boss = await office.manager()
    ana = await office.agent("Ana")
    await ana.says(URL)

    assert KEY[-4:] not in ana.text
    async with office.db.snapshot() as tx:
        assert await tx.all(select(m.group_chats)) == []
    assert boss.messages == []


async def test_a_supervisor_gives_it_to_their_own_team_alone(office: Office, group: Wire) -> None:
    await office.manager()
    zhou = await office.supervisor()
    await zhou.says(URL)
    assert "全公司" not in zhou.labels
    await zhou.presses(zhou.labels[0])
    assert len(group.sent) == 1

    await zhou.says("群机器人")
    assert KEY[-4:] in zhou.text
    await zhou.presses(f"移除 {KEY[-4:]}")
    async with office.db.snapshot() as tx:
        assert list(await store.hooks(tx)) == []
        assert await tx.scalar(select(m.group_chats.c.webhook)) is None
    await zhou.says("群机器人")
    assert "还没有" in zhou.text


async def test_an_address_that_was_taken_back_gives_nothing(office: Office, group: Wire) -> None:
    boss = await office.manager()
    await boss.says(URL)
    give = boss.last
    await boss.says("群机器人")
    await boss.says(URL)
    await boss.presses("不要了")
    await boss.presses("全公司", on=give)
    assert group.sent == []
    assert "删掉" in boss.text


async def test_a_refused_push_is_told_to_who_gave_the_address_once_an_hour(office: Office, group: Wire) -> None:
    boss, other = await office.manager(), await office.hires("李经理", Role.MANAGER, None)
    await boss.says(URL)
    await boss.presses("全公司")
    told = len(boss.messages)
    group.blocked.add(group.sent[0].chat)
    for number in range(3):
        async with office.db.transaction() as tx:
            chat = (await people_store.groups(tx, state="bound") or await people_store.groups(tx, state="left"))[0]
            await tx.post("wecom_group", chat.external_id, "webhook_hello", {"teams": []}, once=f"push:{number}")
        await office.settle()

    assert len(boss.messages) == told + 1
    assert KEY[-4:] in boss.text
    assert "拒收" in boss.text
    assert other.messages == []


async def test_a_post_that_is_never_taken_is_told_too(office: Office, group: Wire) -> None:
    boss = await office.manager()
    await boss.says(URL)
    await boss.presses("全公司")

    def refuse(_: Outgoing) -> None:
        raise Rejected("40058")

    group.fail = refuse
    async with office.db.transaction() as tx:
        await tx.post("wecom_group", group.sent[0].chat, "webhook_hello", {"teams": []}, once="push")
    await office.settle()
    assert "拒收" in boss.text


async def test_the_settings_group_is_the_companys_and_follows_the_setting(office: Office) -> None:
    boss = await office.manager()

    async def set_to(url: str) -> list[Any]:
        async with office.db.transaction() as tx:
            await webhooks.from_setting(tx, address_of(url))
            return list(await store.hooks(tx))

    (first,) = await set_to(URL)
    assert first.group.whole_company
    assert await set_to(URL) == [first]
    (second,) = await set_to(OTHER_URL)
    assert second.ending == "5555"
    async with office.db.transaction() as tx:
        await webhooks.refused(tx, second.group.external_id)
    await office.settle()
    assert "WECOM_GROUP_WEBHOOK" in boss.text
    assert await set_to("") == []
    async with office.db.snapshot() as tx:
        assert [row[0] for row in await tx.all(select(m.group_chats.c.webhook))] == [None, None]
