"""The self-built app's API: tokens, receivers, what is cut, refused, or dropped without a word."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.files import made_photo
from tests.sandbox.conftest import Host
from tests.sandbox.wecom import AGENT_ID, CORP_ID, LIN, PEOPLE, PRESSABLE, SECRET, START, SUN, WANG, ZHOU

Json = dict[str, Any]


class App:
    """Calls of the API with nothing between."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.base = f"{sandbox.url}/wecom/cgi-bin"
        self.session = session
        self.token = ""

    async def get(self, path: str, **params: Any) -> Json:
        async with self.session.get(f"{self.base}/{path}", params=params) as response:
            assert response.status == 200
            body: Json = await response.json()
            return body

    async def log_in(self) -> str:
        self.token = str((await self.get("gettoken", corpid=CORP_ID, corpsecret=SECRET))["access_token"])
        return self.token

    async def post(self, path: str, body: Json, **params: Any) -> Json:
        query = {"access_token": self.token, **params}
        async with self.session.post(f"{self.base}/{path}", params=query, json=body) as response:
            assert response.status == 200
            answer: Json = await response.json()
            return answer

    async def send(self, to: str, text: str, **more: Any) -> Json:
        body = {"touser": to, "msgtype": "text", "text": {"content": text}, "agentid": AGENT_ID, **more}
        return await self.post("message/send", body)

    async def upload(self, kind: str, name: str, data: bytes, *, utf8: bool = True) -> Json:
        form = aiohttp.FormData(quote_fields=not utf8)
        form.add_field("media", io.BytesIO(data), filename=name)
        query = {"access_token": self.token, "type": kind}
        async with self.session.post(f"{self.base}/media/upload", params=query, data=form) as response:
            answer: Json = await response.json()
            return answer


@pytest.fixture
async def sandbox(host: Host) -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START, host=host) as running:
        yield running


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[App]:
    async with aiohttp.ClientSession() as session:
        calling = App(sandbox, session)
        await calling.log_in()
        yield calling


# -- the token -----------------------------------------------------------------------------------------------------


async def test_a_token_stays_the_same_for_two_hours_of_the_company(sandbox: Sandbox, app: App) -> None:
    first = app.token
    await sandbox.client.move_clock(add_seconds=7_100)
    again = await app.get("gettoken", corpid=CORP_ID, corpsecret=SECRET)
    await sandbox.client.move_clock(add_seconds=100)
    expired = await app.send(LIN, "你好")

    assert (again["access_token"], again["expires_in"]) == (first, 100)
    assert expired["errcode"] == 42001
    assert await app.log_in() != first
    assert (await app.send(LIN, "你好"))["errcode"] == 0


async def test_wrong_credentials_missing_and_foreign_tokens_have_their_codes(app: App) -> None:
    assert (await app.get("gettoken", corpid="ww0", corpsecret=SECRET))["errcode"] == 40013
    assert (await app.get("gettoken", corpid=CORP_ID, corpsecret="x"))["errcode"] == 40001
    app.token = "made-up"
    assert (await app.send(LIN, "你好"))["errcode"] == 40014
    app.token = ""
    assert (await app.send(LIN, "你好"))["errcode"] == 41001


@pytest.mark.parametrize(("how", "code"), [("expire", 42001), ("invalidate", 40014)])
async def test_a_token_can_end_before_its_time(sandbox: Sandbox, app: App, how: str, code: int) -> None:
    former = app.token
    await sandbox.client.line.spoil_token(how)

    assert (await app.send(LIN, "你好"))["errcode"] == code
    assert await app.log_in() != former
    assert sandbox.violations == []


async def test_an_address_nobody_trusts_is_named_in_the_refusal(sandbox: Sandbox, app: App) -> None:
    await sandbox.client.post("/api/wecom/console", trusted=False)

    answer = await app.send(LIN, "你好")

    assert answer["errcode"] == 60020
    assert "127.0.0.1" in answer["errmsg"]


async def test_an_unknown_path_and_another_agent_are_refused(app: App) -> None:
    assert (await app.post("message/fly", {}))["errcode"] == 40066
    assert (await app.send(LIN, "你好", agentid=AGENT_ID + 1))["errcode"] == 42009
    assert (await app.send(LIN, "你好", agentid=str(AGENT_ID)))["errcode"] == 40058


# -- who gets it ---------------------------------------------------------------------------------------------------


async def test_who_cannot_get_it_is_named_in_small_letters_and_nobody_at_all_is_a_refusal(
    sandbox: Sandbox, app: App
) -> None:
    some = await app.send(f"{LIN.lower()}|{SUN}|Nobody", "你好")
    none = await app.send(f"{SUN}|Nobody", "你好")
    await sandbox.client.post("/api/wecom/members/change", userid=LIN, left=True)
    gone = await app.send(LIN, "你好")

    assert (some["errcode"], some["invaliduser"]) == (0, "sunli|nobody")
    assert (none["errcode"], gone["errcode"]) == (81013, 81013)
    assert [message.text for message in await sandbox.phone(LIN).answers(1, chat="app")] == ["你好"]


async def test_more_than_thirty_a_minute_to_one_member_vanish_without_an_error(
    sandbox: Sandbox, app: App, host: Host
) -> None:
    answers = [await app.send(LIN, f"第 {n} 条") for n in range(31)]
    await app.send(WANG, "别人不受影响")
    host.now += 60
    await app.send(LIN, "一分钟以后")

    assert {answer["errcode"] for answer in answers} == {0}
    shown = [message.text for message in await sandbox.phone(LIN).answers(31, chat="app")]
    assert (len(shown), shown[-1]) == (31, "一分钟以后")
    assert [violation["what"] for violation in sandbox.violations] == [f"dropped: more than 30 a minute to {LIN}"]


# -- what is sent --------------------------------------------------------------------------------------------------


async def test_too_long_a_text_is_cut_without_a_word_and_noted(sandbox: Sandbox, app: App) -> None:
    assert (await app.send(LIN, "长" * 683))["errcode"] == 0

    (shown,) = await sandbox.phone(LIN).answers(1, chat="app")
    assert shown.text == "长" * 682
    assert "cut at 2048" in sandbox.violations[0]["what"]


async def test_markdown_pictures_files_and_cards_arrive(sandbox: Sandbox, app: App) -> None:
    picture = await app.upload("image", "榜单.png", made_photo())
    file = await app.upload("file", "工资单.xlsx", b"PK\x03\x04 ...")
    bodies: list[Json] = [
        {"msgtype": "markdown", "markdown": {"content": "**榜单**"}},
        {"msgtype": "image", "image": {"media_id": picture["media_id"]}},
        {"msgtype": "file", "file": {"media_id": file["media_id"]}},
        {"msgtype": "template_card", "template_card": PRESSABLE},
    ]
    answers = [await app.post("message/send", {"touser": LIN, "agentid": AGENT_ID, **body}) for body in bodies]

    assert [answer["errcode"] for answer in answers] == [0] * 4
    shown = await sandbox.phone(LIN).answers(4, chat="app")
    assert [message.kind for message in shown] == ["markdown", "image", "file", "card"]
    assert shown[2].data["name"] == "工资单.xlsx"
    assert "response_code" in answers[3]
    assert "response_code" not in answers[0]
    assert sandbox.violations == []


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("image", b"GIF89a not one of them", 40004),
        ("image", b"\x89PNG", 40009),
        ("voice", bytes(2 * 1024 * 1024 + 1), 40009),
        ("poster", b"123456", 40004),
    ],
)
async def test_uploads_have_kinds_and_sizes(app: App, kind: str, data: bytes, code: int) -> None:
    assert (await app.upload(kind, "x", data))["errcode"] == code


async def test_a_name_that_comes_encoded_is_what_members_see_and_noted(sandbox: Sandbox, app: App) -> None:
    media_id = (await app.upload("file", "工资.xlsx", b"123456", utf8=False))["media_id"]
    body = {"touser": LIN, "agentid": AGENT_ID, "msgtype": "file", "file": {"media_id": media_id}}
    await app.post("message/send", body)

    (shown,) = await sandbox.phone(LIN).answers(1, chat="app")
    assert shown.data["name"].startswith("%E5")
    assert "percent signs" in sandbox.violations[0]["what"]


async def test_an_upload_can_be_used_for_three_days_and_only_as_what_it_is(sandbox: Sandbox, app: App) -> None:
    media_id = (await app.upload("image", "x.png", made_photo()))["media_id"]

    async def use(kind: str) -> int:
        body = {"touser": LIN, "agentid": AGENT_ID, "msgtype": kind, kind: {"media_id": media_id}}
        return int((await app.post("message/send", body))["errcode"])

    assert (await use("image"), await use("file")) == (0, 40007)
    await sandbox.client.move_clock(add_seconds=3 * 24 * 3600 + 1)
    await app.log_in()
    assert await use("image") == 40007


async def test_the_same_again_is_not_sent_again_where_that_was_asked_for(sandbox: Sandbox, app: App) -> None:
    first = await app.send(LIN, "工资单已出", enable_duplicate_check=1, duplicate_check_interval=600)
    again = await app.send(LIN, "工资单已出", enable_duplicate_check=1, duplicate_check_interval=600)
    await app.send(LIN, "不查重")
    await app.send(LIN, "不查重")
    await sandbox.client.move_clock(add_seconds=601)
    await app.send(LIN, "工资单已出", enable_duplicate_check=1, duplicate_check_interval=600)

    assert first == again
    shown = [message.text for message in await sandbox.phone(LIN).answers(4, chat="app")]
    assert shown == ["工资单已出", "不查重", "不查重", "工资单已出"]


async def test_a_card_repeated_by_the_duplicate_check_is_no_reuse_of_its_task_id(app: App) -> None:
    body = {"touser": LIN, "agentid": AGENT_ID, "msgtype": "template_card", "template_card": PRESSABLE}
    first = await app.post("message/send", {**body, "enable_duplicate_check": 1})
    again = await app.post("message/send", {**body, "enable_duplicate_check": 1})
    reused = await app.post("message/send", {**body, "touser": ZHOU})

    assert first == again
    assert reused["errcode"] == 40058


async def test_unknown_fields_are_noted(sandbox: Sandbox, app: App) -> None:
    await app.send(LIN, "你好", priority="high")

    assert "no field priority" in sandbox.violations[0]["what"]


# -- menu, addresses, encrypted ids ----------------------------------------------------------------------------------


async def test_a_menu_has_three_columns_with_short_names(sandbox: Sandbox, app: App) -> None:
    sub = [
        {"name": "本周周报", "type": "click", "key": "weekly"},
        {"name": "说明", "type": "view", "url": "https://e.x"},
    ]
    good = {"button": [{"name": "填报", "sub_button": sub}, {"name": "今日", "type": "click", "key": "today"}]}

    assert (await app.post("menu/create", good, agentid=AGENT_ID))["errcode"] == 0
    bads: list[Json] = [
        {"button": []},
        {"button": [good["button"][1]] * 4},
        {"button": [{"name": "名字太长太长了", "type": "click", "key": "x"}]},
        {"button": [{"name": "无键", "type": "click"}]},
        {"button": [{"name": "无类"}]},
    ]
    for bad in bads:
        assert (await app.post("menu/create", bad, agentid=AGENT_ID))["errcode"] == 40058
    assert (await app.get("menu/get", access_token=app.token, agentid=AGENT_ID))["button"] == good["button"]
    assert (await sandbox.client.get("/api/wecom/state"))["app"]["menu"] == good


async def test_encrypted_ids_open_for_members_the_app_can_see(sandbox: Sandbox, app: App) -> None:
    await sandbox.client.post("/api/wecom/members/change", userid=SUN, visible=True)
    answer = await app.post("batch/openuserid_to_userid", {"open_userid_list": ["woSunEncryptedId", LIN]})

    assert answer["userid_list"] == [{"open_userid": "woSunEncryptedId", "userid": SUN}]
    assert answer["invalid_open_userid_list"] == [LIN]
    assert (await app.get("getcallbackip", access_token=app.token))["ip_list"] == ["127.0.0.1"]


# -- faults --------------------------------------------------------------------------------------------------------


async def test_lines_break_before_or_after_it_was_sent(sandbox: Sandbox, app: App) -> None:
    for kind in ("drop_request", "drop_answer"):
        await sandbox.client.line.fault(kind, "message/send")
        with pytest.raises(aiohttp.ClientError):
            await app.send(LIN, kind)
    await sandbox.client.line.fault("errcode", "message/send", code=-1)

    assert (await app.send(LIN, "忙"))["errcode"] == -1
    assert [message.text for message in await sandbox.phone(LIN).answers(1, chat="app")] == ["drop_answer"]
    assert [call["note"] for call in await sandbox.client.line.calls("message/send")] == [
        "the line was cut before it was read",
        "ok",
        "refused on order",
    ]
