"""Joining: one-time codes, binding an account, leaving (S5: 80 random bits, 72 hours, hashed at rest)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from core.rules.errors import Refusal
from core.rules.people import Person, Role, Status
from core.store import models as m
from core.store import people
from core.store.db import Tx

LIFE = timedelta(hours=72)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
LENGTH = 16
TRIES_PERSON = 5
TRIES_COMPANY = 50
WINDOW_PERSON = timedelta(minutes=15)
WINDOW_COMPANY = timedelta(hours=1)


def tidy(code: str) -> str:
    """A code as somebody may type it: spaces, dashes and small letters do not matter."""
    return "".join(c for c in code.upper() if c.isalnum())


def digest(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(f"waihu-invite:{tidy(code)}".encode()).hexdigest()


def fresh_code() -> str:
    """A new random code: about 79 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


async def invite(tx: Tx, person_id: int | None, created_by: int | None) -> tuple[str, datetime]:
    """A one-time code for a person (None: claims ownership); older unused codes of theirs end."""
    c = m.invites.c
    same = c.person_id.is_(None) if person_id is None else c.person_id == person_id
    await tx.run(update(m.invites).where(same, c.used_at.is_(None), c.revoked_at.is_(None)).values(revoked_at=tx.now))
    code = fresh_code()
    expires = tx.now + LIFE
    await tx.insert(
        m.invites, code_hash=digest(code), person_id=person_id, created_by=created_by, created_at=tx.now,
        expires_at=expires,
    )  # fmt: skip
    await tx.note(created_by, "invite.created", f"person:{person_id or 'owner'}")
    return code, expires


async def owner_code(tx: Tx) -> str:
    """A code that claims the company; printed at the first start, replaced at each start until it is used."""
    code, _ = await invite(tx, None, None)
    return code


async def bind(tx: Tx, channel: str, external_id: str, code: str, name: str) -> Person:
    """Tie an account to the person the code was made for. Raises Refusal; failures are counted (S5)."""
    f = m.failed_codes.c
    mine = await tx.scalar(
        select(func.count()).select_from(m.failed_codes).where(
            f.channel == channel, f.external_id == external_id, f.at > tx.now - WINDOW_PERSON
        )
    )  # fmt: skip
    every = await tx.scalar(select(func.count()).select_from(m.failed_codes).where(f.at > tx.now - WINDOW_COMPANY))
    if int(mine or 0) >= TRIES_PERSON or int(every or 0) >= TRIES_COMPANY:
        raise Refusal("joining.too_many_tries")
    c = m.invites.c
    row = await tx.first(
        select(c.id, c.person_id, c.expires_at, c.used_at, c.revoked_at).where(c.code_hash == digest(code))
    )
    if row is None or row.used_at is not None or row.revoked_at is not None:
        raise Refusal("joining.code_unknown")
    if row.expires_at < tx.now:
        raise Refusal("joining.code_expired")
    person = await people.by_id(tx, row.person_id) if row.person_id else await _owner(tx, channel, external_id, name)
    if person is None or not person.works:
        raise Refusal("joining.code_unknown")
    await tx.run(update(m.invites).where(c.id == row.id, c.used_at.is_(None)).values(used_at=tx.now))
    await people.bind(tx, channel, external_id, person.id)
    await tx.note(person.id, "account.bound", f"person:{person.id}")
    return person


async def _owner(tx: Tx, channel: str, external_id: str, name: str) -> Person | None:
    """Whoever holds the owner's code owns the company: the person bound to this account, else a new one."""
    if await people.has_owner(tx):
        return None
    known = await people.by_account(tx, channel, external_id)
    if known is not None:
        await people.change(tx, known[0].id, {"is_owner": True})
        return await people.by_id(tx, known[0].id)
    number = "owner"
    person_id = await tx.insert(
        m.people, employee_no=number, name=name[:32] or "Owner", pinyin=number, role=Role.DIRECTOR.value,
        status=Status.REGULAR.value, hired_on=tx.today, is_owner=True, lang=tx.company.lang, created_at=tx.now,
    )  # fmt: skip
    await people.assign(tx, person_id, tx.today, role=Role.DIRECTOR, status=Status.REGULAR, team_id=None)
    return await people.by_id(tx, person_id)


async def failed(tx: Tx, channel: str, external_id: str) -> None:
    """Count a wrong code."""
    await tx.insert(m.failed_codes, channel=channel, external_id=external_id, at=tx.now)
