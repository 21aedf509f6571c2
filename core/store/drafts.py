"""Drafts: the raw answers of an open form. They survive a kill, a restart and a week (D3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from core.store import models as m
from core.store.db import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """An open form of a person."""

    id: int
    person_id: int
    form: str
    version: int
    subject: str
    submission: str
    answers: dict[str, str]
    context: dict[str, Any]
    editing: str | None
    active: bool
    channel: str
    chat: str
    created_at: datetime
    updated_at: datetime


_COLUMNS = [m.drafts.c[name] for name in Draft.__dataclass_fields__]
_ACTIVE = select(*_COLUMNS).where(m.drafts.c.person_id == bindparam("person"), m.drafts.c.active)


async def active(tx: Tx, person_id: int) -> Draft | None:
    """The form this person is in the middle of."""
    row = await tx.first(_ACTIVE, person=person_id)
    return None if row is None else Draft(*row)


async def find(tx: Tx, person_id: int, form: str, subject: str) -> Draft | None:
    """The draft of one form about one subject."""
    c = m.drafts.c
    row = await tx.first(select(*_COLUMNS).where(c.person_id == person_id, c.form == form, c.subject == subject))
    return None if row is None else Draft(*row)


async def by_id(tx: Tx, person_id: int, draft_id: int) -> Draft | None:
    """A person's draft by id."""
    row = await tx.first(select(*_COLUMNS).where(m.drafts.c.id == draft_id, m.drafts.c.person_id == person_id))
    return None if row is None else Draft(*row)


async def parked(tx: Tx, person_id: int, limit: int = 5) -> list[Draft]:
    """The drafts that were put aside, newest first."""
    c = m.drafts.c
    rows = await tx.all(
        select(*_COLUMNS).where(c.person_id == person_id, ~c.active).order_by(c.updated_at.desc()).limit(limit)
    )
    return [Draft(*row) for row in rows]


async def open_draft(
    tx: Tx,
    person_id: int,
    form: str,
    version: int,
    *,
    subject: str,
    answers: dict[str, str],
    context: dict[str, Any],
    channel: str,
    chat: str,
) -> Draft:
    """Make this form the active one, parking any other. A draft of the same subject is taken up again."""
    await tx.run(update(m.drafts).where(m.drafts.c.person_id == person_id, m.drafts.c.active).values(active=False))
    known = await find(tx, person_id, form, subject)
    if known is not None:
        merged = answers | known.answers if known.version == version else known.answers | answers
        await tx.run(
            update(m.drafts)
            .where(m.drafts.c.id == known.id)
            .values(
                active=True,
                answers=merged,
                context=context,
                version=version,
                channel=channel,
                chat=chat,
                editing=None,
                updated_at=tx.now,
            )
        )
    else:
        await tx.insert(
            m.drafts,
            person_id=person_id, form=form, version=version, subject=subject, submission=secrets.token_urlsafe(16),
            answers=answers, context=context, editing=None, active=True, channel=channel, chat=chat,
            created_at=tx.now, updated_at=tx.now,
        )  # fmt: skip
    draft = await find(tx, person_id, form, subject)
    assert draft is not None
    return draft


async def save(tx: Tx, draft_id: int, **values: Any) -> None:
    """Change some columns of a draft."""
    await tx.run(update(m.drafts).where(m.drafts.c.id == draft_id).values(updated_at=tx.now, **values))


async def close(tx: Tx, draft_id: int) -> None:
    """The form was sent or given up."""
    await tx.run(delete(m.drafts).where(m.drafts.c.id == draft_id))
