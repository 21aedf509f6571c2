"""The Bot API's methods about the bot itself: commands by scope and language, name, descriptions, menu button."""

from __future__ import annotations

import re

from sandbox.access import find_chat
from sandbox.call import Call
from sandbox.errors import ApiError, bad
from sandbox.model import Chat, Json
from sandbox.network import Network

SCOPES = frozenset(
    [
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ]
)
_LIMITS = {"name": 64, "description": 512, "short_description": 120}
_PARAMETER = {"name": "name", "description": "description", "short_description": "short_description"}


async def get_me(net: Network, _call: Call) -> Json:
    bot = net.world.bot
    return {
        "id": bot.id,
        "is_bot": True,
        "first_name": net.world.profile["name"].get("", bot.first_name),
        "username": bot.username,
        "can_join_groups": True,
        "can_read_all_group_messages": not net.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _scope(net: Network, call: Call) -> str:
    """The key of a command scope: its type, with the ids that belong to it.

    Raises:
        ApiError: 400 for an unknown type, 400 "chat not found" for a chat the bot cannot write to.
    """
    scope = call.json("scope", "BotCommandScope")
    if scope is None:
        return "default"
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = str(scope.get("type"))
    if kind not in SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    if not kind.startswith("chat"):
        return kind
    if "chat_id" not in scope:
        raise bad("can't parse BotCommandScope: chat_id is empty")
    try:
        chat = find_chat(net, Call(call.method, {"chat_id": str(scope["chat_id"])}))
    except ApiError:
        raise bad("chat not found") from None
    if kind != "chat" and chat.type == "private":
        raise bad("chat not found")
    if kind == "chat_member":
        return f"chat_member:{chat.id}:{scope.get('user_id')}"
    return f"{kind}:{chat.id}"


def _language(call: Call) -> str:
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


async def set_my_commands(net: Network, call: Call) -> bool:
    commands = call.json("commands", "commands")
    if commands is None:
        commands = []
    if not isinstance(commands, list):
        raise bad("expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    key, language = _scope(net, call), _language(call)
    kept = [_command(item) for item in commands]
    if not kept:
        return await delete_my_commands(net, call)
    net.world.commands.setdefault(key, {})[language] = kept
    net.changed()
    return True


def _command(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad("can't parse BotCommand: expected an Object")
    command = str(item.get("command", "")).strip().removeprefix("/")
    description = str(item.get("description", "")).strip()
    if not command:
        raise bad("command must be non-empty")
    if len(command) > 32:
        raise bad("command length must not exceed 32")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad("BOT_COMMAND_INVALID")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": command, "description": description}


async def get_my_commands(net: Network, call: Call) -> list[Json]:
    return net.world.commands.get(_scope(net, call), {}).get(_language(call), [])


async def delete_my_commands(net: Network, call: Call) -> bool:
    key = _scope(net, call)
    net.world.commands.get(key, {}).pop(_language(call), None)
    if not net.world.commands.get(key, {}):
        net.world.commands.pop(key, None)
    net.changed()
    return True


def menu(net: Network, chat: Chat, user_id: int) -> list[Json]:
    """The commands a person sees in a chat: the first list found in the documented order, never merged."""
    user = net.world.users.get(user_id)
    language = ((user.language_code if user else None) or "")[:2]
    if chat.type == "private":
        keys = [f"chat:{chat.id}", "all_private_chats", "default"]
    else:
        keys = [f"chat_member:{chat.id}:{user_id}"]
        if user_id in chat.admins:
            keys.append(f"chat_administrators:{chat.id}")
        keys.append(f"chat:{chat.id}")
        if user_id in chat.admins:
            keys.append("all_chat_administrators")
        keys += ["all_group_chats", "default"]
    for key in keys:
        lists = net.world.commands.get(key, {})
        for wanted in (language, ""):
            if lists.get(wanted):
                return lists[wanted]
    return []


def _set(field: str) -> object:
    async def handler(net: Network, call: Call) -> bool:
        value, language = call.text(_PARAMETER[field]), _language(call)
        if len(value) > _LIMITS[field]:
            raise bad(f"bot {field.replace('_', ' ')} is too long")
        if value:
            net.world.profile[field][language] = value
        else:
            net.world.profile[field].pop(language, None)
        net.changed()
        return True

    return handler


def _get(field: str) -> object:
    async def handler(net: Network, call: Call) -> Json:
        values = net.world.profile[field]
        fallback = net.world.bot.first_name if field == "name" else ""
        return {_PARAMETER[field]: values.get(_language(call)) or values.get("", fallback)}

    return handler


async def set_chat_menu_button(net: Network, call: Call) -> bool:
    button = call.json("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or str(button.get("type")) not in {"commands", "web_app", "default"}:
        raise bad("can't parse menu button: MenuButton has unsupported type")
    if call.text("chat_id"):
        chat = find_chat(net, call)
        chat.menu_button = None if button["type"] == "default" else button
    else:
        net.world.menu_button = {"type": "commands"} if button["type"] == "default" else button
    net.changed()
    return True


async def get_chat_menu_button(net: Network, call: Call) -> Json:
    if call.text("chat_id"):
        return find_chat(net, call).menu_button or {"type": "default"}
    return net.world.menu_button


async def log_out(net: Network, call: Call) -> bool:
    net.violation(call.method, "a bot on the cloud server has no reason to log out")
    return True


HANDLERS = {
    "getMe": get_me,
    "logOut": log_out,
    "close": log_out,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _set("name"),
    "getMyName": _get("name"),
    "setMyDescription": _set("description"),
    "getMyDescription": _get("description"),
    "setMyShortDescription": _set("short_description"),
    "getMyShortDescription": _get("short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
