"""Joining: one-time codes and binding an account (S5: about 79 random bits, 72 hours, hashed at rest)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from core.rules.errors import Refusal
from core.rules.names import clean_name
from core.rules.people import Person, Role, Status
from core.rules.sounds import sound
from core.store import invites, people
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
    """A new random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


async def invite(tx: Tx, person_id: int | None, created_by: int | None) -> tuple[str, datetime]:
    """A one-time code for a person (None: claims ownership) and when it ends; the person's older unused codes end now."""
    code = fresh_code()
    expires = tx.now + LIFE
    await invites.replace(tx, code_hash=digest(code), person_id=person_id, created_by=created_by, expires_at=expires)
    await tx.note(created_by, "invite.created", f"person:{person_id or 'owner'}")
    return code, expires


async def owner_code(tx: Tx) -> str:
    """A code that claims the company; printed at the start until it is used, each time a new one."""
    code, _ = await invite(tx, None, None)
    return code


async def bind(tx: Tx, channel: str, external_id: str, code: str, name: str) -> Person:
    """Tie an account to the person the code was made for. Raises Refusal; the caller counts failures."""
    mine = await invites.failures(tx, tx.now - WINDOW_PERSON, channel=channel, external_id=external_id)
    if mine >= TRIES_PERSON or await invites.failures(tx, tx.now - WINDOW_COMPANY) >= TRIES_COMPANY:
        raise Refusal("joining.too_many_tries")
    found = await invites.find(tx, digest(code))
    if found is None or found.used_at is not None or found.revoked_at is not None:
        raise Refusal("joining.code_unknown")
    if found.expires_at < tx.now:
        raise Refusal("joining.code_expired")
    if found.person_id is None:
        await invites.end_claims(tx, found.id)
        person = await _owner(tx, channel, external_id, name)
    else:
        person = await people.by_id(tx, found.person_id)
    if person is None or not person.works or not await invites.use(tx, found.id):
        raise Refusal("joining.code_unknown")
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
    shown = clean_name(name) or "Owner"
    person_id = await people.add(
        tx, employee_no=await people.free_number(tx, "owner"), name=shown, pinyin=sound(shown), role=Role.DIRECTOR,
        status=Status.REGULAR, team_id=None, hired_on=tx.today, is_owner=True, lang=tx.company.lang,
    )  # fmt: skip
    return await people.by_id(tx, person_id)


async def failed(tx: Tx, channel: str, external_id: str) -> None:
    """Count a wrong code."""
    await invites.count_failure(tx, channel, external_id)
