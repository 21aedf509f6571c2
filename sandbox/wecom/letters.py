"""What the self-built app is told about what members do: the XML inside encrypted callbacks."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from sandbox.wecom.inbound import Press
from sandbox.wecom.media import keep
from sandbox.wecom.model import Member, Message

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

Fields = list[tuple[str, "str | int | Fields"]]
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(fields: Fields, root: str = "xml") -> str:
    """Fields as the server writes them: texts as CDATA, numbers bare."""
    return f"<{root}>{''.join(_element(name, value) for name, value in fields)}</{root}>"


def _element(name: str, value: str | int | Fields) -> str:
    if isinstance(value, list):
        return xml(value, name)
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    safe = _NOT_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"


def _common(hub: WeCom, member: Member, kind: str) -> Fields:
    return [
        ("ToUserName", hub.corp.console.corp_id),
        ("FromUserName", member.userid),
        ("CreateTime", hub.net.clock.stamp),
        ("MsgType", kind),
    ]


def message_xml(hub: WeCom, member: Member, message: Message) -> str:
    """A message. What a member quotes does not come through: it is plain text here."""
    kind = message.kind if message.kind in {"image", "voice", "video", "location", "link"} else "text"
    fields = _common(hub, member, kind)
    if kind == "text":
        fields.append(("Content", message.text))
    elif kind == "location":
        fields += [("Location_X", "31.2304"), ("Location_Y", "121.4737"), ("Scale", 15), ("Label", message.text)]
        fields.append(("AppType", "wxwork"))
    elif kind == "link":
        fields += [("Title", message.text), ("Description", ""), ("Url", "https://example.com/"), ("PicUrl", "")]
    else:
        media_id = _media(hub, message, kind)
        if kind == "image":
            fields.append(("PicUrl", f"{hub.root()}/media/{message.file}"))
        fields.append(("MediaId", media_id))
        if kind == "voice":
            fields.append(("Format", "amr"))
        if kind == "video":
            fields.append(("ThumbMediaId", media_id))
    return xml([*fields, ("MsgId", int(message.key)), ("AgentID", hub.corp.console.agent_id)])


def _media(hub: WeCom, message: Message, kind: str) -> str:
    file = hub.net.files.get(str(message.file))
    data = hub.net.files.read(file) if file else None
    assert file is not None
    assert data is not None
    return keep(hub, "app", kind, file.name, data).id


def event_xml(hub: WeCom, member: Member, event: str, key: str | None = None) -> str:
    """An event that says nothing but its name and, for a menu, its key."""
    fields = [*_common(hub, member, "event"), ("Event", event)]
    if key is not None:
        fields.append(("EventKey", key))
    return xml([*fields, ("AgentID", hub.corp.console.agent_id)])


def press_xml(hub: WeCom, member: Member, pressed: Press, response_code: str) -> str:
    """template_card_event: which button, what was chosen, and the right to update the card once."""
    items: Fields = []
    for question, ids in pressed.chosen.items():
        options: Fields = [("OptionId", one) for one in ids]
        items.append(("SelectedItem", [("QuestionKey", question), ("OptionIds", options)]))
    fields = [
        *_common(hub, member, "event"),
        ("Event", "template_card_event"),
        ("EventKey", pressed.key),
        ("TaskId", pressed.task_id),
        ("CardType", pressed.card_type),
        ("ResponseCode", response_code),
        ("AgentID", hub.corp.console.agent_id),
    ]
    return xml([*fields, ("SelectedItems", items)] if items else fields)


def number() -> str:
    """A MsgId: 64 bits, as text."""
    return str(secrets.randbits(62) | 1 << 61)
