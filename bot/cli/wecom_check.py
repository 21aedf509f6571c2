"""The part of `waihu check` that tries WeCom: each configured way, without disturbing what runs. Every finding says, in
Chinese and English, what to do in the admin console.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Collection, Iterable
from typing import TYPE_CHECKING

import aiohttp

from bot.channels.port import MaybeSent, NotSent
from bot.channels.wecom.aibot_gateway import DEFAULT_URL
from bot.channels.wecom.api import Api, Client
from bot.channels.wecom.callback import PATH
from bot.channels.wecom.codes import Refusal
from bot.channels.wecom.crypto import Cipher, key_of
from bot.channels.wecom.webhook import UPLOAD
from bot.render.texts import catalogue, t

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.rules.webhooks import Address

Finding = tuple[str, bool, str]  # what, is it well, what it says

PATIENCE = 10.0  # host seconds for each of them
NO_MENU = 46003
_IP = re.compile(r"from ip:\s*([0-9a-fA-F.:]+)", re.IGNORECASE)


def both(key: str, **params: object) -> str:
    """A text in Chinese and English."""
    return f"{t('zh', key, **params)} / {t('en', key, **params)}"


def advice(code: int, said: str = "", *, bot: bool = False) -> str:
    """What a code means and what to do in the console."""
    if code == 60020:
        found = _IP.search(said)
        return both("wecom.code_60020", code=code, ip=found[1] if found else "?")
    if bot and code not in {-1, 846607, 853006}:
        return both("wecom.code_bot", code=code)
    key = f"wecom.code_{'busy' if code == -1 else code}"
    return both(key if key in catalogue("zh") else "wecom.code_other", code=code)


async def findings(chosen: Settings, held: Collection[str], hooks: Iterable[Address]) -> list[Finding]:
    """Try everything that is configured. `held`: channels that a running bot holds; `hooks`: the groups' webhooks."""
    tries: list[Awaitable[Finding]] = []
    if chosen.wecom_bot_id:
        tries.append(_bot(chosen, running="wecom" in held))
    if chosen.wecom_secret:
        tries.append(_app(chosen))
    if chosen.wecom_token:
        tries.append(_callback(chosen, running="wecom_app" in held))
    tries += [_group(hook) for hook in hooks]
    return list(await asyncio.gather(*tries))


async def _bot(chosen: Settings, *, running: bool) -> Finding:
    """Subscribe and leave. Not while a bot is connected: a second connection would end its own."""
    what = "wecom bot"
    if running:
        return what, True, both("wecom.check_bot_runs")
    try:
        code = await asyncio.wait_for(_subscribed(chosen), PATIENCE)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return what, False, both("wecom.check_unreachable", where=chosen.wecom_bot_url or DEFAULT_URL)
    return (what, True, both("wecom.check_bot_fine")) if code == 0 else (what, False, advice(code, bot=True))


async def _subscribed(chosen: Settings) -> int:
    frame = {
        "cmd": "aibot_subscribe",
        "headers": {"req_id": f"check_{secrets.token_hex(8)}"},
        "body": {"bot_id": chosen.wecom_bot_id, "secret": chosen.wecom_bot_secret},
    }
    async with aiohttp.ClientSession() as session, session.ws_connect(chosen.wecom_bot_url or DEFAULT_URL) as wire:
        await wire.send_json(frame)
        while True:
            message = await wire.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise OSError("the connection ended")
            answer = json.loads(message.data)
            if answer.get("headers", {}).get("req_id") == frame["headers"]["req_id"]:  # type: ignore[index]
                return int(answer.get("errcode", 0))


async def _app(chosen: Settings) -> Finding:
    """A token, then a call that needs the app's rights and a trusted address: its menu is looked at."""
    what = "wecom app"
    api = Api(chosen.wecom_api_base_url, chosen.wecom_corp_id, chosen.wecom_secret)
    try:
        await api.call("/cgi-bin/menu/get", query={"agentid": chosen.wecom_agent_id})
    except Refusal as refused:
        if refused.code != NO_MENU:
            return what, False, advice(refused.code, refused.said)
    except (NotSent, MaybeSent):
        return what, False, both("wecom.check_unreachable", where=chosen.wecom_api_base_url)
    finally:
        await api.close()
    return what, True, both("wecom.check_app_fine" if chosen.wecom_token else "wecom.check_app_deaf")


async def _callback(chosen: Settings, *, running: bool) -> Finding:
    """Ask the running bot what the console asks when the address is saved."""
    what = "wecom callback"
    if not running or not chosen.waihu_http_port:
        return what, True, both("wecom.check_callback_idle", path=PATH)
    host = "127.0.0.1" if chosen.waihu_http_host in {"0.0.0.0", "::"} else chosen.waihu_http_host  # noqa: S104
    url = f"http://{host}:{chosen.waihu_http_port}{PATH}"
    cipher = Cipher(chosen.wecom_token, key_of(chosen.wecom_aes_key), chosen.wecom_corp_id)
    echo, stamp, nonce = secrets.token_hex(8), str(int(time.time())), secrets.token_hex(8)
    sealed = cipher.sealed(echo)
    query = {
        "msg_signature": cipher.signature(stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce, "echostr": sealed,
    }  # fmt: skip
    try:
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=patience) as session, session.get(url, params=query) as answer:
            fine = answer.status == 200 and await answer.text() == echo
    except (aiohttp.ClientError, TimeoutError, OSError):
        return what, False, both("wecom.check_unreachable", where=url)
    return what, fine, both("wecom.check_callback_fine" if fine else "wecom.check_callback_wrong", path=PATH)


async def _group(hook: Address) -> Finding:
    """Upload a few bytes for the robot: that needs its key, and nobody in the group sees it."""
    what = f"wecom group …{hook.ending}"
    client = Client(hook.root)
    form = aiohttp.FormData()
    form.add_field("media", b"waihu check\n", filename="check.txt", content_type="text/plain")
    try:
        await client.ask(UPLOAD, {"key": hook.key, "type": "file"}, form=form)
    except Refusal as refused:
        return what, False, advice(refused.code, refused.said)
    except (NotSent, MaybeSent):
        return what, False, both("wecom.check_unreachable", where=hook.root)
    finally:
        await client.close()
    return what, True, both("wecom.check_group_fine")
