"""What the app may ask about WeCom itself: addresses, and who hides behind an encrypted userid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import codes
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.sending import json_body

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

MOST = 1000


async def addresses(_hub: WeCom, _request: web.Request) -> Json:
    """getcallbackip, get_api_domain_ip: everything comes from this machine."""
    return {"ip_list": ["127.0.0.1"]}


async def open_ids(hub: WeCom, request: web.Request) -> Json:
    """batch/openuserid_to_userid: for members the app can see; plain ids count as invalid."""
    given = (await json_body(request)).get("open_userid_list")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        raise RefusalError(codes.BAD_PARAMETER, f"open_userid_list has 1 to {MOST} entries")
    known = {member.sealed: member.userid for member in hub.corp.members.values() if member.sealed and member.visible}
    return {
        "userid_list": [{"open_userid": one, "userid": known[one]} for one in given if one in known],
        "invalid_open_userid_list": [one for one in given if one not in known],
    }


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {
    "getcallbackip": addresses, "get_api_domain_ip": addresses, "batch/openuserid_to_userid": open_ids,
}  # fmt: skip
