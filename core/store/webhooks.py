"""Groups that are reached by a webhook: a group chat whose address is sealed (design D10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update

from core.rules.ways import WEBHOOK
from core.rules.webhooks import Address
from core.store import models as m
from core.store import people
from core.store.db import Tx
from core.store.people import Group
from core.store.sealed import ring

_G = m.group_chats.c
_ADDRESS = select(_G.webhook).where(_G.channel == WEBHOOK, _G.external_id == bindparam("chat"))
_KEPT = select(_G.external_id, _G.webhook, _G.bound_by).where(
    _G.channel == WEBHOOK, _G.state == "bound", _G.webhook.is_not(None)
)


@dataclass(frozen=True, slots=True)
class Hook:
    """A bound webhook: its group, the last characters of its key, who bound it (None: the setting)."""

    group: Group
    ending: str
    bound_by: int | None


def chat_of(address: Address) -> str:
    """The group's id here: the same for the same robot, and nothing can be read back from it."""
    return f"-{ring().index(address.key, 'webhook')}"


async def keep(tx: Tx, address: Address) -> Group:
    """The group of an address, which is sealed; it waits to be bound unless it is."""
    group = await people.group_seen(tx, WEBHOOK, chat_of(address), "")
    await tx.run(update(m.group_chats).where(_G.id == group.id).values(webhook=address.packed))
    return group


async def address_at(tx: Tx, chat: str) -> Address | None:
    """Where a group's messages are posted."""
    kept = await tx.scalar(_ADDRESS, chat=chat)
    return Address.unpacked(kept) if kept else None


async def bind_from_setting(tx: Tx, group: Group) -> None:
    """The whole company's, by the setting."""
    await tx.run(
        update(m.group_chats).where(_G.id == group.id).values(state="bound", whole_company=True, bound_by=None)
    )


async def forget(tx: Tx, group_id: int) -> None:
    """Nothing is posted there any more, and the address is gone."""
    await tx.run(delete(m.group_teams).where(m.group_teams.c.group_id == group_id))
    await tx.run(
        update(m.group_chats)
        .where(_G.id == group_id, _G.channel == WEBHOOK)
        .values(state="left", whole_company=False, webhook=None)
    )


async def hooks(tx: Tx) -> Sequence[Hook]:
    """Every bound webhook."""
    groups = {group.external_id: group for group in await people.groups(tx) if group.channel == WEBHOOK}
    rows = await tx.all(_KEPT)
    return [Hook(groups[chat], Address.unpacked(kept).ending, by) for chat, kept, by in rows if chat in groups]


async def addresses(tx: Tx) -> list[Address]:
    """Where bound groups' messages are posted: for trying them."""
    return [Address.unpacked(kept) for _, kept, _ in await tx.all(_KEPT)]


async def hook_at(tx: Tx, chat: str) -> Hook | None:
    """A webhook by its group, bound or not."""
    group = await people.group_at(tx, WEBHOOK, chat)
    if group is None:
        return None
    row = await tx.first(select(_G.webhook, _G.bound_by).where(_G.id == group.id))
    return Hook(group, Address.unpacked(row[0]).ending if row and row[0] else "", row[1] if row else None)
