"""Help: what I can do, by role, and the words under the typing line."""

from __future__ import annotations

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.texts import t
from core.rules.closing import may_close
from core.rules.people import Person, Role
from core.rules.ways import network_of

AGENT_WORDS = (("call", "deal", "weekly"), ("pay", "board", "todo"))
SUPERVISOR_WORDS = (("todo", "team", "board"), ("deal", "pay", "target"))
# The "/" menu, most used first; what is registered and not named here stands at the end.
MENU = (
    "call", "deal", "today", "todo", "weekly", "monthly", "pay", "board", "deals", "reports", "leave", "team", "target",
    "policy", "invite", "remove", "link", "language", "help", "back", "cancel", "bind",
)  # fmt: skip
OFFICE_WORDS = (("todo", "team", "board"), ("target", "leave", "help"))


def keyboard(lang: str, person: Person) -> tuple[tuple[str, ...], ...]:
    """The words that somebody of this role needs most."""
    rows = AGENT_WORDS if person.is_agent else SUPERVISOR_WORDS if person.role is Role.SUPERVISOR else OFFICE_WORDS
    return tuple(tuple(t(lang, f"help.word_{name}") for name in row) for row in rows)


def menu(lang: str) -> list[list[str]]:
    """The commands of the "/" menu with their description."""
    names = sorted(
        (name.lstrip("/") for name, _ in routes.commands), key=lambda n: MENU.index(n) if n in MENU else len(MENU)
    )
    return [[f"/{name}", t(lang, f"help.menu_{name}")] for name in names]


@routes.word("帮助", "/help", "help", "菜单", "?", "\uff1f")
async def show(ctx: Ctx) -> Reply:
    """What this person can do here, in seven lines."""
    role = ctx.me.role
    kind = "agent" if ctx.me.is_agent else "supervisor" if role is Role.SUPERVISOR else "office"
    closing = ctx.t("help.office_closing") if may_close(ctx.me) else ""
    binding = ctx.t(f"help.binding_{network_of(ctx.event.channel)}")
    return Message(ctx.t(f"help.{kind}", closing=closing, binding=binding), keyboard=keyboard(ctx.lang, ctx.me))
