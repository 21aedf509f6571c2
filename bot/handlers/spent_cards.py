"""A card takes one press. What it offered besides, and what did not succeed, is offered again with the answer.

Where messages keep their buttons (Telegram) this is never needed; there an edit takes them away, and so it does here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx
from core.rules.errors import Refusal
from core.store import buttons, drafts

# The last words of the refusals after which the same press can only be refused again: the matter is settled, or it is
# somebody else's. Their texts say what to do instead. After any other (an amount is wrong, something is missing, it is
# too early) the person mends it and presses again.
OVER = frozenset(
    {
        "already_paid", "already_submitted", "answered", "answered_already", "cleared", "closed", "customer_gone", "decided",
        "excuse_decided", "excuse_needless", "excuse_over", "fine_collected", "fine_forgiven", "fine_settled",
        "fund_decided", "fund_payers", "gone", "heads_only", "in_training", "link_gone", "locked", "no_longer_fits",
        "no_slip", "not_for_you", "not_returned", "not_submitted", "not_yours", "not_yours_plain",
        "number_not_yours", "open_already", "own", "own_only", "past", "second_person", "twice", "two_people",
        "undone_already", "unknown", "was_overtaken",
    }
)  # fmt: skip


def final(refusal: Refusal) -> bool:
    """Would the same press be refused again, whatever this person does?"""
    return refusal.key.rpartition(".")[2] in OVER


async def offering_again(ctx: Ctx, said: Sequence[Message], refusal: Refusal | None = None) -> list[Message]:
    """The answer to a press, with the buttons of its card that are left. As it is where the answer brings buttons of
    its own, replaces the card, or comes while something else is being asked."""
    found = list(said)
    if not found or found[0].edit or any(message.rows for message in found) or (refusal and final(refusal)):
        return found
    press = await buttons.find(ctx.tx, ctx.event.token or "")
    if press is None or ctx.person is None or not _theirs(ctx, press):
        return found
    open_ = await drafts.active(ctx.tx, ctx.person.id)
    if open_ is not None and press.args.get("draft") != open_.id:
        return found
    left = [
        Button(one.label, one.action, one.args, once=one.once)
        for one in await buttons.on_board(ctx.tx, press.board)
        if _theirs(ctx, one) and (refusal is not None or not (one.once and one.token == press.token))
    ]
    if left:
        found[-1] = replace(found[-1], rows=tuple((button,) for button in left))
    return found


def _theirs(ctx: Ctx, one: buttons.Press) -> bool:
    """May this person still press it here?"""
    here = one.channel == ctx.event.channel and one.chat == ctx.event.chat
    mine = ctx.person is not None and one.person_id == ctx.person.id
    return here and mine and one.used_at is None and one.expires_at >= ctx.tx.now
