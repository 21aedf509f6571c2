"""待办: what waits for this person, from every subject that has something to say.

A subject adds itself: `@todo.provider(20)` over `async def (ctx) -> Sequence[Item]`; lower numbers come first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes

PAGE = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: a line, and the button that takes it up (its label names it: `林晓燕 5,000`)."""

    text: str
    button: Button | None = None


Provider = Callable[[Ctx], Awaitable[Sequence[Item]]]


class Todo:
    """The registry."""

    def __init__(self) -> None:
        self._providers: list[tuple[int, Provider]] = []

    def provider(self, order: int) -> Callable[[Provider], Provider]:
        """Register who knows of things that wait."""

        def register(provider: Provider) -> Provider:
            self._providers.append((order, provider))
            self._providers.sort(key=lambda pair: pair[0])
            return provider

        return register

    async def items(self, ctx: Ctx) -> list[Item]:
        """Everything that waits for this person."""
        found: list[Item] = []
        for _, provider in self._providers:
            found += await provider(ctx)
        return found


todo = Todo()


@routes.word("待办", "/todo")
async def show(ctx: Ctx) -> Reply:
    """The list, from its beginning."""
    return await _page(ctx, 0)


@routes.action("todo.page")
async def turn(ctx: Ctx) -> Reply:
    """Another page of it, as it stands now."""
    return await _page(ctx, int(ctx.args.get("page", 0)))


async def _page(ctx: Ctx, page: int) -> Message:
    items = await todo.items(ctx)
    if not items:
        return ctx.say("todo.empty_agent" if ctx.me.is_agent else "todo.empty_head")
    pages = -(-len(items) // PAGE)
    page = min(max(page, 0), pages - 1)
    shown = items[page * PAGE : (page + 1) * PAGE]
    title = ctx.t("todo.title", count=len(items))
    if pages > 1:
        title = ctx.t("todo.page", count=len(items), page=page + 1, pages=pages)
    lines = [title, *(f"{n} {item.text}" for n, item in enumerate(shown, 1))]
    rows = [(item.button,) for item in shown if item.button is not None]
    turns = []
    if page > 0:
        turns.append(ctx.button("todo.back", "todo.page", once=False, page=page - 1))
    if page + 1 < pages:
        turns.append(ctx.button("todo.on", "todo.page", once=False, page=page + 1))
    if turns:
        rows.append(tuple(turns))  # type: ignore[arg-type]  # one button a row above, one or two here
    return Message("\n".join(lines), tuple(rows), edit=ctx.pressed, protect=True)
