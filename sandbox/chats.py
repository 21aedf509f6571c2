"""The Bot API's methods that look at chats, their members and files."""

from __future__ import annotations

from sandbox.access import readable, writable
from sandbox.call import Call
from sandbox.errors import bad
from sandbox.files import DOWNLOAD_LIMIT
from sandbox.model import Chat, Json
from sandbox.network import BOT_RIGHTS, Network
from sandbox.render import chat_json, message_json, sender_json, user_json


async def get_chat(net: Network, call: Call) -> Json:
    chat = readable(net, call)
    data = chat_json(net.world, chat) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
            False,
        ),
    }
    if chat.pinned and (message := net.world.find(chat, chat.pinned)):
        data["pinned_message"] = message_json(net.world, message, with_reply=False)
    return data


def _member(net: Network, chat: Chat, user_id: int) -> Json:
    if user_id == net.world.bot.id:
        return {"user": sender_json(net.world, user_id), **net.bot_status(chat)}
    user = net.world.users.get(user_id)
    if user is None or not (user.seen or user_id in chat.members):
        raise bad("PARTICIPANT_ID_INVALID")
    person: Json = {"user": user_json(user)}
    if user_id in chat.admins:
        if chat.admins[0] == user_id:
            return {**person, "status": "creator", "is_anonymous": False}
        return {**person, "status": "administrator", **BOT_RIGHTS}
    return {**person, "status": "member" if user_id in chat.members or chat.type == "private" else "left"}


async def get_chat_member(net: Network, call: Call) -> Json:
    chat = readable(net, call)
    if chat.type != "private" and call.integer("user_id") != net.world.bot.id:
        chat = writable(net, call)
    if not call.integer("user_id"):
        raise bad("invalid user_id specified")
    return _member(net, chat, call.integer("user_id"))


async def get_chat_administrators(net: Network, call: Call) -> list[Json]:
    chat = readable(net, call)
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    chat = writable(net, call)
    admins = [_member(net, chat, user_id) for user_id in chat.admins]
    if chat.presence == "administrator":
        admins.append(_member(net, chat, net.world.bot.id))
    return admins


async def get_chat_member_count(net: Network, call: Call) -> int:
    chat = readable(net, call)
    if chat.type == "private":
        return 2
    return len(writable(net, call).members) + 1


async def leave_chat(net: Network, call: Call) -> bool:
    chat = readable(net, call)
    if chat.type == "private":
        raise bad("chat member status can't be changed in private chats")
    net.bot_leaves(writable(net, call))
    return True


async def get_file(net: Network, call: Call) -> Json:
    file = net.files.get(call.text("file_id"))
    if not call.text("file_id"):
        raise bad("file_id not specified")
    if file is None:
        raise bad("invalid file_id")
    if file.size > DOWNLOAD_LIMIT:
        raise bad("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


HANDLERS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "getFile": get_file,
}
