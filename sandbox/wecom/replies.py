"""What the AI bot says over its connection: answers to callbacks, welcomes, updates of cards, messages of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.model import Json
from sandbox.wecom import cards, codes, contents, deadlines
from sandbox.wecom.codes import RefusalError
from sandbox.wecom.contents import Content
from sandbox.wecom.model import BOT, bot_chat

if TYPE_CHECKING:
    from sandbox.wecom.gateway import Asked, Line
    from sandbox.wecom.hub import WeCom

LONGEST_MARKDOWN = 20_480
"""UTF-8 bytes of a markdown message or a whole stream."""
LONGEST_FEEDBACK = 256
A_MINUTE, AN_HOUR = 30, 1_000
"""Messages into one conversation, answers and own ones together."""


def _limited(hub: WeCom, chat: str) -> None:
    if not hub.limits.take("bot", chat, minute=A_MINUTE, hour=AN_HOUR):
        raise RefusalError(codes.BOT_TOO_OFTEN, "too many messages into this conversation")


def _asked(hub: WeCom, line: Line, req_id: str, kinds: tuple[str, ...], deadline: float) -> Asked:
    """The callback a frame answers.

    Raises:
        RefusalError: 846605 for a req_id of another connection, of another kind of callback, or too old.
    """
    asked = line.asked.get(req_id)
    if asked is None or asked.kind not in kinds:
        raise RefusalError(codes.UNKNOWN_REQUEST, "invalid req_id")
    if hub.net.host() - asked.at > deadline:
        raise RefusalError(codes.UNKNOWN_REQUEST, f"later than {deadline:.0f} s after the callback")
    return asked


def _content(hub: WeCom, where: str, body: Json) -> Content:
    kind = body.get("msgtype")
    if kind == "markdown":
        content = contents.words(body, "markdown")
        if len(content.encode()) > LONGEST_MARKDOWN:
            raise RefusalError(codes.BAD_PARAMETER, f"markdown.content has more than {LONGEST_MARKDOWN} bytes")
        return Content("markdown", content)
    if kind == "template_card":
        return contents.card(hub, where, "bot", body.get("template_card"))
    if kind in contents.MEDIA_KINDS:
        return contents.media(hub, "bot", kind, body)
    raise RefusalError(codes.BAD_KIND, f"msgtype {kind} is not allowed here")


def respond(hub: WeCom, line: Line, req_id: str, body: Json) -> None:
    """aibot_respond_msg: one answer to a message, or a stream that grows until it is finished."""
    where = "aibot_respond_msg"
    asked = _asked(hub, line, req_id, ("message",), deadlines.MESSAGE)
    kind = body.get("msgtype")
    if kind in {"stream", "stream_with_template_card"}:
        if kind != "stream":
            hub.violation(where, "whether stream_with_template_card works on the long connection is not confirmed")
        _stream(hub, line, asked, body)
        if body.get("template_card") is not None:
            hub.post(asked.chat, BOT, contents.card(hub, where, "bot", body["template_card"]))
        return
    if asked.answered or asked.stream is not None:
        raise asked.spent(body, "this request was answered")
    content = _content(hub, where, body)
    _limited(hub, asked.chat)
    asked.answered, asked.said = True, body
    hub.post(asked.chat, BOT, content)


def _stream(hub: WeCom, line: Line, asked: Asked, body: Json) -> None:
    stream = body.get("stream")
    if not isinstance(stream, dict) or not isinstance(stream.get("id"), str) or not stream["id"]:
        raise RefusalError(codes.BAD_PARAMETER, "stream.id is missing")
    content, finish = stream.get("content", ""), bool(stream.get("finish"))
    if not isinstance(content, str) or len(content.encode()) > LONGEST_MARKDOWN:
        raise RefusalError(codes.BAD_PARAMETER, f"stream.content is a text of at most {LONGEST_MARKDOWN} bytes")
    if "msg_item" in stream:
        hub.violation("aibot_respond_msg", "stream.msg_item belongs to callback mode")
    feedback = stream.get("feedback")
    if isinstance(feedback, dict) and len(str(feedback.get("id", "")).encode()) > LONGEST_FEEDBACK:
        raise RefusalError(codes.BAD_PARAMETER, f"stream.feedback.id has more than {LONGEST_FEEDBACK} bytes")
    if asked.stream is None:
        if asked.answered:
            raise asked.spent(body, "this request was answered")
        if finish and not content.strip():
            raise RefusalError(codes.EMPTY, "empty content")
        _limited(hub, asked.chat)
        message = hub.post(asked.chat, BOT, Content("markdown", content), finished=finish)
        asked.stream, asked.began, asked.message = stream["id"], hub.net.host(), message.id
        asked.answered, asked.said = finish, body
        if not finish:
            line.streams.append(asked)
        return
    if asked.stream != stream["id"]:
        raise RefusalError(codes.ANSWERED, "this request has another stream")
    if hub.net.host() - asked.began > deadlines.STREAM:
        raise RefusalError(codes.STREAM_TOO_OLD, "the stream can no longer be updated")
    if asked.answered:
        raise asked.spent(body, "the stream is finished")
    shown = hub.corp.find(asked.chat, asked.message)
    if shown is not None:
        hub.edit(shown, Content("markdown", content), finished=finish)
    asked.answered, asked.said = finish, body


def welcome(hub: WeCom, line: Line, req_id: str, body: Json) -> None:
    """aibot_respond_welcome_msg: a text or a card within five seconds of enter_chat."""
    asked = _asked(hub, line, req_id, ("enter_chat",), deadlines.EVENT)
    if asked.answered:
        raise asked.spent(body, "this request was answered")
    kind = body.get("msgtype")
    if kind == "text":
        content = Content("text", contents.words(body, "text"))
    elif kind == "template_card":
        content = contents.card(hub, "aibot_respond_welcome_msg", "bot", body.get("template_card"))
    else:
        raise RefusalError(codes.BAD_KIND, f"msgtype {kind} is no welcome")
    _limited(hub, asked.chat)
    asked.answered, asked.said = True, body
    hub.post(bot_chat(asked.userid), BOT, content)


def update(hub: WeCom, line: Line, req_id: str, body: Json) -> None:
    """aibot_respond_update_msg: the pressed card changes, within five seconds of the press."""
    where = "aibot_respond_update_msg"
    asked = _asked(hub, line, req_id, ("card",), deadlines.EVENT)
    if asked.answered:
        raise asked.spent(body, "this request was answered")
    if body.get("response_type") != "update_template_card":
        raise RefusalError(codes.BAD_PARAMETER, "response_type must be update_template_card")
    card = body.get("template_card")
    for remark in cards.check(card, update=True):
        hub.violation(where, remark)
    assert isinstance(card, dict)
    if card.get("task_id") != asked.task_id:
        raise RefusalError(codes.BAD_PARAMETER, "task_id is not that of the pressed card")
    userids = body.get("userids")
    if userids is not None and not (isinstance(userids, list) and all(isinstance(one, str) for one in userids)):
        raise RefusalError(codes.BAD_PARAMETER, "userids must be a list of userids")
    known = [member.userid for one in userids or [] if (member := hub.corp.seen_as(one))]
    asked.answered, asked.said = True, body
    hub.update_card("bot", asked.task_id, card, known if userids else None)


def send(hub: WeCom, _line: Line, _req_id: str, body: Json) -> None:
    """aibot_send_msg: a message of the bot's own, into a conversation in which somebody spoke to it."""
    chatid = body.get("chatid")
    if body.get("chat_type") not in (0, 1, 2, None):
        raise RefusalError(codes.BAD_PARAMETER, "chat_type is 0, 1 or 2")
    place = hub.bot_place(chatid, body.get("chat_type")) if isinstance(chatid, str) else None
    if place is None:
        raise RefusalError(codes.BAD_CHAT, "invalid chatid", noted=False)
    content = _content(hub, "aibot_send_msg", body)
    _limited(hub, place)
    hub.post(place, BOT, content)


HANDLERS: dict[str, Callable[[WeCom, Line, str, Json], Json | None]] = {
    "aibot_respond_msg": respond,
    "aibot_respond_welcome_msg": welcome,
    "aibot_respond_update_msg": update,
    "aibot_send_msg": send,
}
