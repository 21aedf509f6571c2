"""One person, several accounts: which there are, where notices go, and parting with one (docs/wecom.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.rules.errors import Refusal
from core.rules.people import Person
from core.rules.ways import network_of, sibling
from core.store import people
from core.store.db import Tx
from core.store.people import Account


@dataclass(frozen=True, slots=True)
class Login:
    """An account as its owner thinks of it: WeCom's bot and app under one userid are one. `id` is of one of them."""

    id: int
    network: str
    last_seen_at: datetime | None
    here: bool  # they speak from it now
    reachable: bool
    accounts: tuple[Account, ...]


async def logins(tx: Tx, person: Person, channel: str, external_id: str) -> list[Login]:
    """The person's accounts, the one they speak from (`channel`, `external_id`) first, then the one used last."""
    grouped: dict[tuple[str, str], list[Account]] = {}
    for account in await people.accounts_of(tx, person.id):
        same = sibling(account.channel, account.external_id) is not None
        key = (network_of(account.channel), account.external_id if same else f"{account.channel}:{account.id}")
        grouped.setdefault(key, []).append(account)
    found = [
        Login(
            id=accounts[0].id,
            network=network,
            last_seen_at=max((a.last_seen_at for a in accounts if a.last_seen_at), default=None),
            here=any((a.channel, a.external_id) == (channel, external_id) for a in accounts),
            reachable=any(a.unreachable_at is None for a in accounts),
            accounts=tuple(accounts),
        )
        for (network, _), accounts in grouped.items()
    ]
    return sorted(found, key=lambda one: (not one.here, -(one.last_seen_at.timestamp() if one.last_seen_at else 0)))


async def prefer(tx: Tx, person: Person, network: str | None, known: Sequence[Login]) -> None:
    """Notices go to this network; None: wherever the person was last. Refusal `people.link_gone`."""
    if network is not None and all(one.network != network for one in known):
        raise Refusal("people.link_gone")
    await people.change(tx, person.id, {"prefers": network})
    await tx.note(person.id, "account.preferred", f"person:{person.id}", {"network": network or ""})


async def part(tx: Tx, person: Person, login_id: int, known: Sequence[Login]) -> Login:
    """This account speaks for them no more; never the one they speak from. Refusal `people.link_gone`, `people.link_here`."""
    login = next((one for one in known if one.id == login_id), None)
    if login is None:
        raise Refusal("people.link_gone")
    if login.here:
        raise Refusal("people.link_here")
    for account in login.accounts:
        await people.unlink(tx, account.id)
    if await people.prefers(tx, person.id) == login.network and all(
        one.network != login.network for one in known if one.id != login.id
    ):
        await people.change(tx, person.id, {"prefers": None})
    await tx.note(person.id, "account.unlinked", f"person:{person.id}", {"network": login.network})
    return login
