"""message/send of the self-built app: to whom, what, and what silently does not arrive."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import cards, codes, contents
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.contents import Content
from sandbox.wecom.corp import ResponseCode
from sandbox.wecom.model import APP, Member, app_chat

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

LONGEST = 2048
"""UTF-8 bytes of a text; what is longer is cut without a word. Of markdown no limit is confirmed."""
A_MINUTE, AN_HOUR = 30, 1_000
"""Messages to one member; more are dropped without an error."""
DUPLICATE_DEFAULT, DUPLICATE_MOST = 1800, 4 * 3600
RECEIVERS = 1000
ENVELOPE = frozenset(
    {
        "touser", "toparty", "totag", "msgtype", "agentid", "safe", "enable_id_trans", "enable_duplicate_check",
        "duplicate_check_interval",
    }
)  # fmt: skip


async def json_body(request: web.Request) -> Json:
    """The JSON object of a POST.

    Raises:
        RefusalError: it is none.
    """
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if request.method != "POST" or not isinstance(body, dict):
        raise RefusalError(codes.BAD_PARAMETER, "a POST with a JSON object is needed")
    return body


async def send(hub: WeCom, request: web.Request) -> Json:
    """message/send: one message to members; who cannot get it is named in invaliduser."""
    body = await json_body(request)
    check_agent(hub, body)
    kind = body.get("msgtype")
    for name in body:
        if name not in ENVELOPE and name != kind:
            hub.violation("message/send", f"there is no field {name}")
    members, invalid = _receivers(hub, body)
    repeated = _duplicate(hub, body)
    if repeated is not None:
        return repeated
    content = _content(hub, body)
    if not members:
        raise RefusalError(codes.NOBODY, "user & party & tag all invalid", noted=False)
    for member in members:
        if hub.limits.take("app", member.userid, minute=A_MINUTE, hour=AN_HOUR):
            hub.post(app_chat(member.userid), APP, content)
        else:
            hub.violation("message/send", f"dropped: more than {A_MINUTE} a minute to {member.userid}")
    answer: Json = {"msgid": secrets.token_urlsafe(24)}
    if invalid:
        answer["invaliduser"] = "|".join(userid.lower() for userid in invalid)
    card = content.card or {}
    if card.get("card_type") in cards.INTERACTIVE or card.get("action_menu"):
        answer["response_code"] = new_code(hub, card["task_id"])
    _remember(hub, body, answer)
    return answer


def check_agent(hub: WeCom, body: Json) -> None:
    """Whether a call names the app whose token it has."""
    agent = body.get("agentid")
    if isinstance(agent, bool) or not isinstance(agent, int):
        raise RefusalError(codes.BAD_PARAMETER, "agentid is a number")
    if agent != hub.corp.console.agent_id:
        raise RefusalError(codes.OTHER_APP, "agentid mismatch", noted=False)


def new_code(hub: WeCom, task_id: str) -> str:
    """A right to update a card once."""
    code = secrets.token_urlsafe(32)
    hub.corp.codes[code] = ResponseCode(task_id, hub.net.clock.stamp)
    return code


def _receivers(hub: WeCom, body: Json) -> tuple[list[Member], list[str]]:
    for name in ("toparty", "totag"):
        if body.get(name):
            hub.violation("message/send", f"{name}: departments and tags are not emulated")
    given = body.get("touser") or ""
    if not isinstance(given, str):
        raise RefusalError(codes.BAD_PARAMETER, "touser is a text")
    if given == "@all":
        return [member for member in hub.corp.members.values() if member.visible and not member.left], []
    names = [name for name in given.split("|") if name]
    if not names or len(names) > RECEIVERS:
        raise RefusalError(codes.BAD_PARAMETER, f"touser names 1 to {RECEIVERS} members")
    found: dict[str, Member] = {}
    invalid = []
    for name in names:
        member = hub.corp.member(name)
        if member is None or member.left or not member.visible:
            invalid.append(name)
        else:
            found[member.userid] = member
    return list(found.values()), invalid


def _content(hub: WeCom, body: Json) -> Content:
    kind = body.get("msgtype")
    if kind in {"text", "markdown"}:
        content = contents.words(body, kind)
        if len(content.encode()) > LONGEST:
            hub.violation("message/send", f"{kind} of {len(content.encode())} bytes is cut at {LONGEST}")
            content = contents.cut(content, LONGEST)
        return Content(kind, content)
    if kind in contents.MEDIA_KINDS:
        return contents.media(hub, "app", kind, body)
    if kind == "template_card":
        return contents.card(hub, "message/send", "app", body.get("template_card"))
    raise RefusalError(codes.BAD_KIND, f"msgtype {kind} is not emulated")


# -- the duplicate check ------------------------------------------------------------------------------------------------


def _duplicate(hub: WeCom, body: Json) -> Json | None:
    """The answer to an identical body sent shortly before, where the sender asked for that check."""
    if not body.get("enable_duplicate_check"):
        return None
    known = hub.sent.get(_print(body))
    if known is None:
        return None
    interval = min(int(body.get("duplicate_check_interval", DUPLICATE_DEFAULT)), DUPLICATE_MOST)
    return dict(known[1]) if hub.net.clock.stamp - known[0] < interval else None


def _remember(hub: WeCom, body: Json, answer: Json) -> None:
    now = hub.net.clock.stamp
    hub.sent[_print(body)] = (now, answer)
    for key in [key for key, (at, _) in hub.sent.items() if now - at >= DUPLICATE_MOST]:
        del hub.sent[key]


def _print(body: Json) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False)


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {"message/send": send}
