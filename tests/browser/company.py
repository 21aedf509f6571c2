"""The company the browser tests play: 24 people in three teams, four groups; and the bot's side of the conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from sandbox import Sandbox

Json = dict[str, Any]

TOKEN = "4242:demo"
START = "2026-11-20T17:20:00+08:00"
"""A Friday afternoon: the weekly report is due the next evening."""
AGENT, SUPERVISOR, MANAGER, LONG_NAME = 1005, 1004, 1002, 1022
TEAM_GROUP, COMPANY_GROUP = -1001, -1004

_ROLES = {
    "director": "总经理",
    "manager": "经理",
    "assistant": "商务助理",
    "supervisor": "主管",
    "clerk": "商务文员",
    "rep": "商务代表",
}
_PEOPLE = """
1 沈国栋 director -
2 梁文静 manager -
3 何小满 assistant -
4 周启明 supervisor 领航组
5 林晓燕 clerk 领航组
6 王芳 clerk 领航组
7 陈俊杰 clerk 领航组
8 黄思琪 clerk 领航组
9 赵磊 rep 领航组
10 吴海涛 rep 领航组
11 徐丽娟 supervisor 飞虎组
12 刘婷 clerk 飞虎组
13 孙浩然 clerk 飞虎组
14 马晓东 clerk 飞虎组
15 欧阳雪 clerk 飞虎组
16 郭强 rep 飞虎组
17 王方 rep 飞虎组
18 唐志远 supervisor 破浪组
19 朱佳怡 clerk 破浪组
20 胡伟 clerk 破浪组
21 谢雨桐 clerk 破浪组
22 古丽米热·艾合买提 clerk 破浪组
23 罗勇 rep 破浪组
24 邓超群 rep 破浪组
"""


def _user(line: str) -> Json:
    number, name, role, team = line.split()
    team = "" if team == "-" else team
    title = " · ".join(word for word in (_ROLES[role], team) if word)
    return {
        "id": 1000 + int(number),
        "first_name": name,
        "username": f"u{int(number):03}",
        "language_code": "zh-hans",
        "title": title,
        "role": role,
        "team": team,
        "started": number != "21",
    }


def people() -> Json:
    """people.json of the tests; 谢雨桐 (021) has not pressed Start yet."""
    users = [_user(line) for line in _PEOPLE.strip().splitlines()]
    groups: list[Json] = []
    for index, (team, head) in enumerate((("领航组", 1004), ("飞虎组", 1011), ("破浪组", 1018)), start=1):
        members = [user["id"] for user in users if user["team"] == team]
        title = f"商务{'一二三'[index - 1]}组 {team.removesuffix('组')}"
        groups.append({"id": -1000 - index, "title": title, "members": members, "admins": [head], "bot": True})
    everybody = [user["id"] for user in users]
    groups.append({"id": COMPANY_GROUP, "title": "星禾企服全员群", "members": everybody, "admins": [1002], "bot": True})
    bot = {"token": TOKEN, "username": "waihu_demo_bot", "first_name": "外呼管家"}
    return {"bot": bot, "users": users, "groups": groups}


def keyboard(*rows: list[str]) -> Json:
    """An inline keyboard whose buttons carry their own words (the first 21 of them: 63 bytes) as data."""
    return {"inline_keyboard": [[{"text": text, "callback_data": text[:21]} for text in row] for row in rows]}


class ScriptedBot:
    """Speaks for the bot over the emulated Bot API, and fetches what people did."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        """One Bot API call; an answer that is not ok fails the test."""
        async with self._session.post(f"{self._sandbox.url}/bot{TOKEN}/{method}", json=parameters) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def say(self, chat: int, text: str, **more: Any) -> int:
        """Sends a message; answers its id."""
        message = await self.call("sendMessage", chat_id=chat, text=text, **more)
        return int(message["message_id"])

    async def photo(self, chat: int, image: bytes, caption: str) -> int:
        form = aiohttp.FormData()
        form.add_field("chat_id", str(chat))
        form.add_field("caption", caption)
        form.add_field("photo", image, filename="board.png", content_type="image/png")
        async with self._session.post(f"{self._sandbox.url}/bot{TOKEN}/sendPhoto", data=form) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return int(answer["result"]["message_id"])

    async def updates(self) -> list[Json]:
        """What has happened since the last question, acknowledged."""
        found: list[Json] = await self.call("getUpdates", offset=self._offset, timeout=0)
        if found:
            self._offset = found[-1]["update_id"] + 1
        return found

    async def next_update(self, kind: str) -> Json:
        """Waits for the next update of this kind."""
        async with asyncio.timeout(30):
            while True:
                for update in await self.call("getUpdates", offset=self._offset, timeout=5):
                    self._offset = update["update_id"] + 1
                    if kind in update:
                        payload: Json = update[kind]
                        return payload
