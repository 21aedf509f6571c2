"""message/update_template_card of the self-built app: one use of a response_code, within 72 hours of the company."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.model import Json
from sandbox.wecom import cards, codes
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.model import app_chat
from sandbox.wecom.sending import check_agent, json_body

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

LIFE = 72 * 3600
FIELDS = frozenset(
    {
        "userids", "partyids", "tagids", "atall", "agentid", "response_code", "button", "template_card",
        "enable_id_trans",
    }
)  # fmt: skip


async def update(hub: WeCom, request: web.Request) -> Json:
    """The card changes for those named; the code is spent with that."""
    body = await json_body(request)
    check_agent(hub, body)
    for name in body.keys() - FIELDS:
        hub.violation("message/update_template_card", f"there is no field {name}")
    right = hub.corp.codes.get(str(body.get("response_code")))
    if right is None or right.used or hub.net.clock.stamp - right.made > LIFE:
        what = "unknown" if right is None else "used" if right.used else "older than 72 hours"
        raise RefusalError(codes.BAD_PARAMETER, f"invalid response_code: {what}", noted=False)
    button, card = body.get("button"), body.get("template_card")
    if (button is None) == (card is None):
        raise RefusalError(codes.BAD_PARAMETER, "either button or template_card is needed")
    if card is not None:
        for remark in cards.check(card, update=True):
            hub.violation("message/update_template_card", remark)
    text = button.get("replace_name") if isinstance(button, dict) else None
    if card is None and not (isinstance(text, str) and text):
        raise RefusalError(codes.BAD_PARAMETER, "button.replace_name is missing")
    userids, invalid = _readers(hub, body, right.task_id)
    right.used = True
    for userid in userids:
        shown = card if card is not None else _replaced(hub, right.task_id, userid, str(text))
        hub.update_card("app", right.task_id, shown, [userid])
    return {"invaliduser": invalid} if invalid else {}


def _readers(hub: WeCom, body: Json, task_id: str) -> tuple[list[str], list[str]]:
    """Who has the card among those named, and who has not."""
    place = hub.corp.cards.get(f"app:{task_id}")
    have = {chat.partition(":")[2] for chat, _ in place.places} if place else set()
    if body.get("atall") == 1:
        return sorted(have), []
    given = body.get("userids")
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise RefusalError(codes.BAD_PARAMETER, "userids is a list of members")
    found = {one: member.userid for one in given if (member := hub.corp.member(one)) and member.userid in have}
    return list(found.values()), [one for one in given if one not in found]


def _replaced(hub: WeCom, task_id: str, userid: str, text: str) -> Json:
    places = hub.corp.cards[f"app:{task_id}"].places
    number = next(number for chat, number in places if chat == app_chat(userid))
    message = hub.corp.find(app_chat(userid), number)
    card = message.card if message else None
    return (card or {}) | {"replace_text": text}


HANDLERS: dict[str, Callable[[WeCom, web.Request], Awaitable[Json]]] = {"message/update_template_card": update}
