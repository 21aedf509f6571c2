"""Which chats and messages a call may touch, with the refusals of the real server."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.errors import bad, forbidden
from sandbox.markup import ButtonError, Markup, read_markup
from sandbox.model import Chat, Message
from sandbox.network import Network


def find_chat(net: Network, call: Call, name: str = "chat_id") -> Chat:
    """The chat a call names, whatever may be done there.

    Raises:
        ApiError: 400 for an empty or unknown chat.
    """
    given = call.text(name).strip()
    if not given:
        raise bad("chat_id is empty")
    try:
        chat_id = int(given)
    except ValueError:
        raise bad("chat not found") from None
    chat = net.world.chats.get(chat_id)
    if chat is None or chat.presence == "none":
        raise bad("chat not found")
    return chat


def readable(net: Network, call: Call, name: str = "chat_id") -> Chat:
    """A chat the bot may look at: any private one, a group it is in."""
    chat = find_chat(net, call, name)
    if chat.type == "supergroup":
        _must_be_there(chat)
    return chat


def writable(net: Network, call: Call, name: str = "chat_id") -> Chat:
    """A chat the bot may write into.

    Raises:
        ApiError: 403 for blocked, deactivated, kicked, and for a person the bot has met but who never pressed
            Start; 400 with migrate_to_chat_id for a moved group.
    """
    given = call.text(name).strip()
    stranger = net.world.users.get(int(given)) if given.isdigit() and int(given) not in net.world.chats else None
    if stranger is not None and stranger.seen:
        raise forbidden("bot can't initiate conversation with a user")
    chat = find_chat(net, call, name)
    if chat.type == "private":
        user = net.world.users[chat.user_id or chat.id]
        if user.deactivated:
            raise forbidden("user is deactivated")
        if user.blocked:
            raise forbidden("bot was blocked by the user")
        if not user.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    if chat.migrated_to:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    _must_be_there(chat)
    return chat


def _must_be_there(chat: Chat) -> None:
    if chat.presence == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if chat.presence == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")


def message_of(net: Network, chat: Chat, message_id: int, what: str) -> Message:
    """A message that is there, or 400 "message to ... not found"."""
    message = net.world.find(chat, message_id)
    if message is None:
        raise bad(f"{what} not found")
    return message


def keyboards(net: Network, call: Call, chat: Chat | None, *, inline_only: bool = False) -> Markup:
    """The reply_markup of a call; what the server would let pass silently is noted as a violation."""
    try:
        markup = read_markup(call, chat, inline_only=inline_only)
    except ButtonError as error:
        for remark in error.remarks:
            net.violation(call.method, remark)
        raise bad(error.reason) from None
    for remark in markup.remarks:
        net.violation(call.method, remark)
    return markup
