"""Pictures or words: a switch of the company and one of each person (图片 开, 图片 关, 图片 全公司 关)."""

from __future__ import annotations

from core.rules.errors import Refusal
from core.rules.people import Person, Role
from core.store import facts
from core.store.db import Tx

COMPANY = "pictures:company"


def _own(person_id: int) -> str:
    return f"pictures:person:{person_id}"


async def wanted(tx: Tx, person_id: int | None = None) -> bool:
    """Does this person (None: a group) get pictures? Their own word counts, then the company's; pictures by default."""
    if person_id is not None:
        own = await facts.get(tx, _own(person_id))
        if own is not None:
            return bool(own)
    company = await facts.get(tx, COMPANY)
    return company is None or bool(company)


def may_switch_company(actor: Person) -> bool:
    """The manager, the director, the owner."""
    return actor.is_owner or actor.role in {Role.MANAGER, Role.DIRECTOR}


async def switch(tx: Tx, actor: Person, *, on: bool, company: bool = False) -> None:
    """Turn pictures on or off, for oneself or for the company. Raises Refusal."""
    if company and not may_switch_company(actor):
        raise Refusal("pictures.not_yours")
    await facts.put(tx, COMPANY if company else _own(actor.id), on)
    await tx.note(actor.id, "pictures.on" if on else "pictures.off", "company" if company else f"person:{actor.id}")
