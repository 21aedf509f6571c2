"""The self-built app's menu: three columns of up to five entries below its chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import codes
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.sending import json_body

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

TYPES = frozenset(
    {
        "click", "view", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
        "location_select", "view_miniprogram",
    }
)  # fmt: skip
NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES = 16, 40, 128


def _refuse(what: str) -> RefusalError:
    return RefusalError(codes.BAD_PARAMETER, f"invalid menu: {what}")


def _buttons(given: Any, most: int, name_bytes: int, *, top: bool) -> None:
    if not isinstance(given, list) or not 1 <= len(given) <= most:
        raise _refuse(f"1 to {most} entries")
    for button in given:
        name = button.get("name") if isinstance(button, dict) else None
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
            raise _refuse(f"a name has 1 to {name_bytes} bytes: {name!r}")
        if top and button.get("sub_button"):
            _buttons(button["sub_button"], 5, SUB_NAME_BYTES, top=False)
            continue
        if button.get("type") not in TYPES:
            raise _refuse(f"type {button.get('type')!r}")
        if button["type"] == "view" and not button.get("url"):
            raise _refuse("a view needs a url")
        if button["type"] == "click" and not 1 <= len(str(button.get("key", "")).encode()) <= KEY_BYTES:
            raise _refuse(f"a key has 1 to {KEY_BYTES} bytes")


def _agent(hub: WeCom, request: web.Request) -> None:
    if request.query.get("agentid") != str(hub.corp.console.agent_id):
        raise RefusalError(codes.OTHER_APP, "agentid mismatch", noted=False)


async def create(hub: WeCom, request: web.Request) -> Json:
    _agent(hub, request)
    body = await json_body(request)
    _buttons(body.get("button"), 3, NAME_BYTES, top=True)
    hub.corp.menu = {"button": body["button"]}
    hub.changed()
    return {}


async def get(hub: WeCom, request: web.Request) -> Json:
    _agent(hub, request)
    return hub.corp.menu or {"button": []}


async def delete(hub: WeCom, request: web.Request) -> Json:
    _agent(hub, request)
    hub.corp.menu = None
    hub.changed()
    return {}


def entries(menu: Json | None) -> dict[str, str]:
    """Keys of what can be clicked, by name."""
    found = {}
    for button in (menu or {}).get("button", []):
        for one in button.get("sub_button") or [button]:
            if one.get("type") == "click":
                found[one["name"]] = one["key"]
    return found


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {
    "menu/create": create, "menu/get": get, "menu/delete": delete,
}  # fmt: skip
