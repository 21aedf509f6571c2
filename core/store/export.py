"""Everything that can be exported, a plain dict a record, oldest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from core.rules.money import plain
from core.store import models as m
from core.store.db import Tx

Range = tuple[date | None, date | None]  # both days are included


def _within(tx: Tx, column: Any, span: Range) -> list[ColumnElement[bool]]:
    since, until = span
    found: list[ColumnElement[bool]] = []
    if since:
        found.append(column >= datetime.combine(since, time(), tx.company.zone))
    if until:
        found.append(column < datetime.combine(until + timedelta(days=1), time(), tx.company.zone))
    return found


def _at(tx: Tx, value: datetime | None) -> str | None:
    return value.astimezone(tx.company.zone).isoformat(timespec="seconds") if value else None


async def _numbers(tx: Tx) -> dict[int, str]:
    return {row[0]: row[1] for row in await tx.all(select(m.people.c.id, m.people.c.employee_no))}


async def _stream(tx: Tx, statement: Select[Any]) -> AsyncIterator[Any]:
    result = await tx.conn.stream(statement)
    async for row in result:
        yield row


async def calls(tx: Tx, span: Range) -> AsyncIterator[dict[str, Any]]:
    """Calls as logged, undone ones left out."""
    people = await _numbers(tx)
    c, k = m.calls.c, m.customers.c
    statement = (
        select(
            c.id, c.person_id, c.at, c.at_source, k.phone, k.name, c.outcome, c.intention, c.stage, c.next_contact,
            c.note, c.logged_by, c.proxy,
        )
        .select_from(m.calls.outerjoin(m.customers, k.id == c.customer_id))
        .where(c.state == "logged", *_within(tx, c.at, span))
        .order_by(c.at, c.id)
    )  # fmt: skip
    async for row in _stream(tx, statement):
        yield {
            "id": row.id, "employee_no": people.get(row.person_id), "at": _at(tx, row.at), "at_source": row.at_source,
            "phone": row.phone, "name": row.name, "outcome": row.outcome, "intention": row.intention,
            "stage": row.stage, "next_contact": _at(tx, row.next_contact), "note": row.note,
            "logged_by": people.get(row.logged_by), "proxy": row.proxy,
        }  # fmt: skip


async def payments(tx: Tx, span: Range) -> AsyncIterator[dict[str, Any]]:
    """Money that came in for deals, in every state; `employee_no` is the deal's seller."""
    people = await _numbers(tx)
    y, d, k = m.deal_payments.c, m.deals.c, m.customers.c
    statement = (
        select(m.deal_payments, d.seller_id, k.name.label("customer"))
        .select_from(m.deal_payments.join(m.deals, d.id == y.deal_id).outerjoin(m.customers, k.id == d.customer_id))
        .where(*_within(tx, y.at, span))
        .order_by(y.at, y.id)
    )
    async for row in _stream(tx, statement):
        yield {
            "id": row.id, "employee_no": people.get(row.seller_id), "at": _at(tx, row.at), "at_source": row.at_source,
            "deal": row.deal_id, "kind": row.kind, "amount": plain(row.amount_fen), "state": row.state,
            "received_on": row.received_on.isoformat(), "customer": row.customer,
            "entered_by": people.get(row.entered_by), "decided_by": people.get(row.decided_by or 0),
            "decided_at": _at(tx, row.decided_at), "reason": row.reason,
        }  # fmt: skip


async def deals(tx: Tx, span: Range) -> AsyncIterator[dict[str, Any]]:
    """Deals in every state."""
    people = await _numbers(tx)
    d, k = m.deals.c, m.customers.c
    statement = (
        select(m.deals, k.name.label("customer"))
        .select_from(m.deals.outerjoin(m.customers, k.id == d.customer_id))
        .where(*_within(tx, d.at, span))
        .order_by(d.at, d.id)
    )
    async for row in _stream(tx, statement):
        yield {
            "id": row.id, "employee_no": people.get(row.seller_id), "at": _at(tx, row.at), "at_source": row.at_source,
            "amount": plain(row.amount_fen), "kind": row.kind, "visited_by": people.get(row.visitor_id or 0),
            "state": row.state, "signed_on": row.signed_on.isoformat(), "customer": row.customer,
            "decided_by": people.get(row.decided_by or 0), "decided_at": _at(tx, row.decided_at),
            "reason": row.reason, "joint": row.joint_id,
        }  # fmt: skip
