"""Customers: each belongs to the agent who found them; a number is known company-wide by its blind index alone (D10).

Numbers are E.164 (`+8613800138000`). Names stand as typed (李总); their toneless pinyin finds 王方 when 王芳 was meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, update

from core.rules.names import clean_name
from core.rules.phones import last_four
from core.rules.sounds import sound
from core.store import models as m
from core.store.db import Tx
from core.store.sealed import ring


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody an agent calls. At least one of `name` and `phone` is known."""

    id: int
    owner_id: int
    name: str | None
    phone: str | None  # E.164; only its owner may be shown more than the masked number
    created_at: datetime
    last_contact_at: datetime | None
    dnc_at: datetime | None  # 谢绝来电: nobody of the company calls again

    @property
    def known_since(self) -> datetime:
        """The latest moment we know of: for "in touch with a colleague, last on …"."""
        return self.last_contact_at or self.created_at


_C = m.customers.c
_CUSTOMER = select(*(_C[name] for name in Customer.__dataclass_fields__))
_RECENT = (func.coalesce(_C.last_contact_at, _C.created_at).desc(), _C.id.desc())


def phone_mark(phone: str) -> str:
    """The blind index of a whole number."""
    return ring().index(phone, "phone")


def last4_mark(owner_id: int, last4: str) -> str:
    """The blind index of the last four digits, per owner: equal endings of two agents look different."""
    return ring().index(f"{owner_id}:{last4}", "last4")


_BY_ID = _CUSTOMER.where(_C.id == bindparam("customer"))
_BY_PHONE = (
    _CUSTOMER.where(_C.owner_id == bindparam("owner"), _C.phone_index == bindparam("mark")).order_by(*_RECENT).limit(1)
)
_WITH_NUMBER = _CUSTOMER.where(_C.phone_index == bindparam("mark")).order_by(*_RECENT)
_AROUND = _CUSTOMER.where(
    or_(
        _C.phone_index == bindparam("mark"),
        and_(_C.owner_id == bindparam("owner"), _C.name == bindparam("tidy"), _C.phone_index.is_(None)),
    )
).order_by(*_RECENT)
_NAMED = _CUSTOMER.where(_C.owner_id == bindparam("owner"), _C.name == bindparam("tidy")).order_by(*_RECENT)
_CONTACTED = (
    update(m.customers)
    .where(_C.id == bindparam("customer"), or_(_C.last_contact_at.is_(None), _C.last_contact_at < bindparam("moment")))
    .values(last_contact_at=bindparam("moment"))
)


async def _many(tx: Tx, statement: Select[Any], **named: Any) -> list[Customer]:
    return [Customer(*row) for row in await tx.all(statement, **named)]


async def _one(tx: Tx, statement: Select[Any], **named: Any) -> Customer | None:
    row = await tx.first(statement, **named)
    return None if row is None else Customer(*row)


# --- finding -------------------------------------------------------------------------------------------------


async def by_id(tx: Tx, customer_id: int) -> Customer | None:
    """A customer by id; the caller says who may see it."""
    return await _one(tx, _BY_ID, customer=customer_id)


async def by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, Customer]:
    """Customers by id."""
    wanted = sorted(set(ids))
    return {c.id: c for c in await _many(tx, _CUSTOMER.where(_C.id.in_(wanted)).order_by(*_RECENT))} if wanted else {}


async def by_phone(tx: Tx, owner_id: int, phone: str) -> Customer | None:
    """One's own customer with this number (E.164)."""
    return await _one(tx, _BY_PHONE, owner=owner_id, mark=phone_mark(phone))


async def with_number(tx: Tx, phone: str) -> list[Customer]:
    """Every record of this number in the company, the one contacted last first."""
    return await _many(tx, _WITH_NUMBER, mark=phone_mark(phone))


@dataclass(frozen=True, slots=True)
class Around:
    """What the company knows about a number, and one's own customers of the name it came with who have none."""

    holders: tuple[Customer, ...] = ()  # every record of the number, the one contacted last first
    numberless: tuple[Customer, ...] = ()


async def around(tx: Tx, owner_id: int, name: str | None, phone: str) -> Around:
    """Look a number up, with the name it came with, in one go."""
    tidy = clean_name(name or "")
    if not tidy:
        return Around(tuple(await with_number(tx, phone)))
    found = await _many(tx, _AROUND, mark=phone_mark(phone), owner=owner_id, tidy=tidy)
    return Around(
        tuple(one for one in found if one.phone is not None), tuple(one for one in found if one.phone is None)
    )


async def named(tx: Tx, owner_id: int, name: str) -> list[Customer]:
    """One's own customers of this name, the one contacted last first; without any, those that sound the same."""
    tidy = clean_name(name)
    if not tidy:
        return []
    same = await _named_exactly(tx, owner_id, tidy)
    alike = _CUSTOMER.where(_C.owner_id == owner_id, _C.pinyin == sound(tidy)).order_by(*_RECENT)
    return same or await _many(tx, alike)


async def ending_in(tx: Tx, owner_id: int, last4: str) -> list[Customer]:
    """One's own customers whose number ends in these four digits."""
    ending = _CUSTOMER.where(_C.owner_id == owner_id, _C.last4_index == last4_mark(owner_id, last4))
    return await _many(tx, ending.order_by(*_RECENT))


async def holder(tx: Tx, phone: str, *, besides: int) -> Customer | None:
    """The record of this number at somebody else of the company: the one contacted last."""
    return next((one for one in await with_number(tx, phone) if one.owner_id != besides), None)


def barred_since(there: Iterable[Customer]) -> datetime | None:
    """Since when a number must not be called by anybody of the company, from all its records; None when it may be."""
    return min((one.dnc_at for one in there if one.dnc_at is not None), default=None)


async def of_owner(tx: Tx, owner_id: int, *, limit: int = 100) -> list[Customer]:
    """Somebody's customers, the one contacted last first."""
    return await _many(tx, _CUSTOMER.where(_C.owner_id == owner_id).order_by(*_RECENT).limit(limit))


# --- writing -------------------------------------------------------------------------------------------------


async def find_or_create(
    tx: Tx,
    owner_id: int,
    name: str | None,
    phone: str | None,
    *,
    known: Around | None = None,
    contacted_at: datetime | None = None,
) -> Customer:
    """One's own customer by number, else by name; a new one when there is none. ValueError without either.

    The newest name wins. A number given for a name that had none completes that record, when it can only be that one.
    Of several customers of one name without a number the one contacted last is meant; ask before when it matters.
    `known`: what `around` said in this transaction; `contacted_at`: when a new one was contacted.
    """
    tidy = clean_name(name or "") or None
    if tidy is None and phone is None:
        raise ValueError("a customer needs a name or a number")
    found: Customer | None = None
    if phone is not None:
        known = known or await around(tx, owner_id, tidy, phone)
        found = next((one for one in known.holders if one.owner_id == owner_id), None)
        if found is None and len(known.numberless) == 1:
            found = known.numberless[0]
    elif tidy is not None:
        found = next(iter(await _named_exactly(tx, owner_id, tidy)), None)
    if found is None:
        return await _create(tx, owner_id, tidy, phone, barred_since(known.holders if known else ()), contacted_at)
    if (tidy is not None and tidy != found.name) or (phone is not None and phone != found.phone):
        return await change(tx, found, name=tidy or found.name, phone=phone or found.phone)
    return found


async def _named_exactly(tx: Tx, owner_id: int, name: str) -> list[Customer]:
    return await _many(tx, _NAMED, owner=owner_id, tidy=name)


def _columns(owner_id: int, name: str | None, phone: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "pinyin": sound(name) if name else None,
        "phone": phone,
        "phone_index": phone_mark(phone) if phone else None,
        "last4_index": last4_mark(owner_id, last_four(phone)) if phone else None,
    }


async def _create(
    tx: Tx, owner_id: int, name: str | None, phone: str | None, barred: datetime | None, contacted_at: datetime | None
) -> Customer:
    new = await tx.insert_once(
        m.customers,
        owner_id=owner_id, created_at=tx.now, dnc_at=barred, last_contact_at=contacted_at,
        **_columns(owner_id, name, phone),
    )  # fmt: skip
    if new is not None:
        last = contacted_at.astimezone(UTC) if contacted_at else None
        return Customer(new, owner_id, name, phone, tx.now.astimezone(UTC), last, barred)
    found = await by_phone(tx, owner_id, phone or "")
    assert found is not None
    return found


async def change(tx: Tx, customer: Customer, *, name: str | None, phone: str | None) -> Customer:
    """Give a customer another name or number; whoever calls has made sure that the number is not another record's."""
    await tx.run(
        update(m.customers)
        .where(_C.id == customer.id)
        .values(**_columns(customer.owner_id, clean_name(name or "") or None, phone))
    )
    found = await by_id(tx, customer.id)
    assert found is not None
    return found


async def contacted(tx: Tx, customer_id: int, at: datetime) -> None:
    """There was a contact at `at`; an older one changes nothing."""
    await tx.run(_CONTACTED, customer=customer_id, moment=at)


async def set_last_contact(tx: Tx, customer_id: int, at: datetime | None) -> None:
    """The latest contact as the calls now stand (one was undone)."""
    await tx.run(update(m.customers).where(_C.id == customer_id).values(last_contact_at=at))


def _same_number(customer: Customer) -> Any:
    return _C.id == customer.id if customer.phone is None else _C.phone_index == phone_mark(customer.phone)


async def mark_dnc(tx: Tx, customer: Customer, at: datetime) -> None:
    """谢绝来电: nobody of the company calls this number again. An earlier mark stands."""
    await tx.run(update(m.customers).where(_same_number(customer), _C.dnc_at.is_(None)).values(dnc_at=at))


async def unmark_dnc(tx: Tx, customer: Customer, at: datetime) -> None:
    """Take back the mark that was made at `at` (a slip of the finger); marks of other calls stand."""
    await tx.run(update(m.customers).where(_same_number(customer), _C.dnc_at == at).values(dnc_at=None))


async def count_of(tx: Tx, owner_id: int) -> int:
    """How many customers somebody has."""
    return int(await tx.scalar(select(func.count()).select_from(m.customers).where(_C.owner_id == owner_id)) or 0)
