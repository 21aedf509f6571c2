"""The ledger in the database: entries are added and never touched again; balances are folded from the postings.

The rules are `core.rules.ledger`. Triggers refuse UPDATE and DELETE (migration 0004); `flaws` walks the chain.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, text

from core.rules import ledger as rules
from core.rules.calendar import Month
from core.rules.ledger import Account, Balances, Batch, Booked, Earned, Entry, Flaw, Kind, Posting
from core.store import facts
from core.store import models as m
from core.store.db import Tx

HEAD = "ledger.head"  # the last batch's number and digest, as a second witness beside the backups
CHUNK = 500  # keys in one query: both databases take that many parameters

_E, _P, _B = m.ledger_entries.c, m.ledger_postings.c, m.ledger_batches.c


class OtherContent(Exception):
    """The key is in the book already with another content: a programming error, or two people decided differently."""


# --- Adding -------------------------------------------------------------------------------------------------


async def append(tx: Tx, entry: Entry) -> int | None:
    """Write an entry; its id, or None when the same is booked already.

    Raises OtherContent when the key, or the entry that it reverses or settles, was used by another entry.
    """
    new = await tx.insert_once(m.ledger_entries, **_row(entry))
    if new is None:
        kept = await by_key(tx, entry.key)
        if kept is None or not rules.same(kept.entry, entry):
            raise OtherContent(entry.key)
        return None
    await tx.insert_many(m.ledger_postings, list(_postings(new, entry)))
    return new


async def append_many(tx: Tx, entries: Sequence[Entry]) -> int:
    """Write the entries that are not there yet, set-wise; how many were new. Raises OtherContent as `append` does.

    For one writer at a time, as closing a month is: a second one is stopped by the unique key.
    """
    wanted: dict[str, Entry] = {}
    for entry in entries:
        if not rules.same(wanted.setdefault(entry.key, entry), entry):
            raise OtherContent(entry.key)
    for keys in _chunks(list(wanted)):
        for kept in await _entries(tx, select(m.ledger_entries).where(_E.key.in_(keys))):
            if not rules.same(kept.entry, wanted.pop(kept.entry.key)):
                raise OtherContent(kept.entry.key)
    new = list(wanted.values())
    for some in _chunks(new):
        result = await tx.run(
            insert(m.ledger_entries).returning(_E.id, _E.key), [_row(entry) for entry in some]
        )  # fmt: skip
        ids = {row.key: row.id for row in result.all()}
        await tx.insert_many(m.ledger_postings, [row for entry in some for row in _postings(ids[entry.key], entry)])
    return len(new)


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "kind": entry.kind.value,
        "at": entry.at,
        "at_source": entry.at_source,
        "period": entry.period.key,
        "about": entry.about.key if entry.about else None,
        "version": entry.version,
        "refs": list(entry.refs),
        "by": list(entry.by),
        "reverses": entry.reverses,
        "digest": rules.digest(entry),
    }


def _postings(entry_id: int, entry: Entry) -> Iterator[dict[str, Any]]:
    for posting in entry.postings:
        yield {
            "entry_id": entry_id,
            "account": posting.account.value,
            "person_id": posting.person,
            "fen": posting.fen,
        }


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


# --- Reading ------------------------------------------------------------------------------------------------


async def by_key(tx: Tx, key: str) -> Booked | None:
    """An entry by its key."""
    found = await _entries(tx, select(m.ledger_entries).where(_E.key == key))
    return found[0] if found else None


async def of_person(
    tx: Tx, person_id: int, period: Month | None = None, kinds: Collection[Kind] = ()
) -> Sequence[Booked]:
    """What touched somebody's accounts, oldest first."""
    wanted = select(m.ledger_entries).where(_E.id.in_(select(_P.entry_id).where(_P.person_id == person_id)))
    if period is not None:
        wanted = wanted.where(_E.period == period.key)
    if kinds:
        wanted = wanted.where(_E.kind.in_([kind.value for kind in kinds]))
    return await _entries(tx, wanted)


async def settled(tx: Tx, entry_id: int) -> Booked | None:
    """The entry that takes back or settles another."""
    found = await _entries(tx, select(m.ledger_entries).where(_E.reverses == entry_id))
    return found[0] if found else None


async def open_fines(tx: Tx, before: datetime) -> Sequence[Booked]:
    """Fines assessed up to then that neither stand nor are void, the oldest first."""
    ended = select(_E.reverses).where(_E.reverses.is_not(None))
    return await _entries(
        tx,
        select(m.ledger_entries).where(
            _E.kind == Kind.FINE_PENDING.value, _E.at <= before.astimezone(UTC), _E.id.not_in(ended)
        ),
    )


async def standing_fines(
    tx: Tx, person_ids: Collection[int] | None = None, until: Month | None = None
) -> Sequence[Booked]:
    """Posted fines (up to a month) that were neither forgiven nor settled in any way, the oldest first."""
    kept = m.ledger_entries.alias("kept")
    settling = [func.replace(_E.key, "fine-posted:", f"fine-{how}:") for how in ("deducted", "collected", "waived")]
    wanted = select(m.ledger_entries).where(
        _E.kind == Kind.FINE_POSTED.value,
        _E.id.not_in(select(_E.reverses).where(_E.reverses.is_not(None))),
        ~select(kept.c.id).where(kept.c.key.in_(settling)).exists(),
    )
    if person_ids is not None:
        wanted = wanted.where(_E.id.in_(select(_P.entry_id).where(_P.person_id.in_(list(person_ids)))))
    if until is not None:
        wanted = wanted.where(_E.period <= until.key)
    return await _entries(tx, wanted)


LATER = (Kind.DIFFERENCE, Kind.FINE_FORGIVEN)  # what gives or takes something about a month that is closed


async def differences(tx: Tx, period: Month) -> Sequence[Booked]:
    """What later facts changed in earlier months, booked in this one: a fine that was paid and is forgiven is among
    them."""
    adjusting = select(_P.entry_id).where(_P.account == Account.ADJUSTMENTS.value)
    kinds = [kind.value for kind in LATER]
    wanted = select(m.ledger_entries).where(_E.period == period.key, _E.kind.in_(kinds), _E.id.in_(adjusting))
    return await _entries(tx, wanted)


async def balances(
    tx: Tx,
    *,
    person_ids: Collection[int] | None = None,
    period: Month | None = None,
    accounts: Collection[Account] = (),
) -> Balances:
    """What the accounts hold, in fen; those that came back to 0 are left out."""
    total = func.sum(_P.fen)
    wanted = select(_P.account, _P.person_id, total).group_by(_P.account, _P.person_id).having(total != 0)
    if person_ids is not None:
        wanted = wanted.where(_P.person_id.in_(list(person_ids)))
    if accounts:
        wanted = wanted.where(_P.account.in_([account.value for account in accounts]))
    if period is not None:
        wanted = wanted.join(m.ledger_entries, _E.id == _P.entry_id).where(_E.period == period.key)
    return {(Account(row[0]), row[1]): int(row[2]) for row in await tx.all(wanted)}


async def earned(tx: Tx, month: Month, person_ids: Collection[int] | None = None) -> dict[int, tuple[Earned, int]]:
    """What was booked *about* a month, wherever it was booked: (by component, later adjustments), in fen.

    A person without anything is left out.
    """
    about = func.coalesce(_E.about, _E.period)
    kinds = [Kind.PAY.value, Kind.DIFFERENCE.value, Kind.REVERSAL.value]
    accounts = [account.value for account in rules.EARNED]
    wanted = (
        select(_P.person_id, _P.account, func.sum(_P.fen))
        .join(m.ledger_entries, _E.id == _P.entry_id)
        .where(about == month.key, _E.kind.in_(kinds), _P.account.in_(accounts))
        .group_by(_P.person_id, _P.account)
    )
    if person_ids is not None:
        wanted = wanted.where(_P.person_id.in_(list(person_ids)))
    found: dict[int, dict[str, int]] = {}
    for person, account, fen in await tx.all(wanted):
        found.setdefault(person, {})[account] = int(fen)
    return {
        person: (Earned(**{k: v for k, v in held.items() if k != "adjustments"}), held.get("adjustments", 0))
        for person, held in found.items()
    }


async def is_booked(tx: Tx, month: Month) -> bool:
    """Was anybody's pay of this month booked?"""
    wanted = select(_E.id).where(_E.period == month.key, _E.kind == Kind.PAY.value).limit(1)
    return await tx.first(wanted) is not None


async def _entries(tx: Tx, wanted: Select[Any]) -> list[Booked]:
    rows = await tx.all(wanted.order_by(_E.id))
    postings = await _postings_of(tx, [row.id for row in rows])
    return [_booked(row, postings.get(row.id, ())) for row in rows]


async def _postings_of(tx: Tx, ids: Sequence[int]) -> dict[int, list[Posting]]:
    found: dict[int, list[Posting]] = {}
    for some in _chunks(ids):
        wanted = select(_P.entry_id, _P.account, _P.fen, _P.person_id).where(_P.entry_id.in_(some)).order_by(_P.id)
        for entry_id, account, fen, person in await tx.all(wanted):
            found.setdefault(entry_id, []).append(Posting(Account(account), int(fen), person))
    return found


def _booked(row: Any, postings: Sequence[Posting]) -> Booked:
    """Raises `Unbalanced` (a ValueError) for rows that no program of ours wrote."""
    entry = Entry(
        key=row.key,
        kind=Kind(row.kind),
        at=row.at,
        period=Month.parse(row.period),
        postings=tuple(postings),
        at_source=row.at_source,
        about=Month.parse(row.about) if row.about else None,
        version=row.version,
        refs=tuple(row.refs),
        by=tuple(row.by),
        reverses=row.reverses,
    )
    return Booked(row.id, entry, row.digest)


# --- The chain ------------------------------------------------------------------------------------------------


async def seal(tx: Tx, occasion: str) -> Batch | None:
    """Close what was booked since the last batch; None when there is nothing, or when the occasion was sealed before."""
    if tx.conn.dialect.name == "postgresql":  # nobody is half-way through an entry with a lower number
        await tx.run(text("LOCK TABLE ledger_entries, ledger_batches IN SHARE ROW EXCLUSIVE MODE"))
    if await tx.first(select(_B.number).where(_B.occasion == occasion)) is not None:
        return None
    last = await last_batch(tx)
    booked = [one async for one in _walk(tx, after=last.last_id if last else 0)]
    if not booked:
        return None
    walk = rules.Walk([], None)
    if flaw := next((flaw for one in booked for flaw in walk.read(one)), None):
        raise rules.Unbalanced(f"{flaw.where} {flaw.what}")
    batch = rules.seal(last, booked, occasion, tx.now)
    await tx.insert(
        m.ledger_batches, number=batch.number, occasion=batch.occasion, sealed_at=batch.sealed_at,
        last_id=batch.last_id, count=batch.count, previous=batch.previous, digest=batch.digest,
    )  # fmt: skip
    await facts.put(tx, HEAD, {"number": batch.number, "digest": batch.digest})
    return batch


async def last_batch(tx: Tx) -> Batch | None:
    """The head of the chain."""
    row = await tx.first(select(m.ledger_batches).order_by(_B.number.desc()).limit(1))
    return None if row is None else Batch(**row._mapping)


async def unsealed(tx: Tx) -> int:
    """How many entries wait for the next batch."""
    last = await last_batch(tx)
    return int(
        await tx.scalar(select(func.count()).select_from(m.ledger_entries).where(_E.id > (last.last_id if last else 0)))
    )


async def flaws(tx: Tx, head: str | None = None) -> list[Flaw]:
    """Everything in the book that does not fit; [] when it is whole.

    `head`: the digest that somebody noted, from a backup or a message; otherwise the one kept in `facts`.
    """
    kept = await facts.get(tx, HEAD)
    batches = [Batch(**row._mapping) for row in await tx.all(select(m.ledger_batches).order_by(_B.number))]
    walk = rules.Walk(batches, head or (kept["digest"] if kept else None))
    found = [Flaw(f"batch:{batches[-1].number}", "unwitnessed")] if batches and kept is None and head is None else []
    async for one in _walk(tx, after=0, broken=found):
        found += walk.read(one)
    orphans = select(_P.id).where(_P.entry_id.not_in(select(_E.id))).order_by(_P.id).limit(1)
    lost = [Flaw(f"posting:{row.id}", "extra") for row in await tx.all(orphans)]
    return [*found, *walk.end(), *lost]


async def _walk(tx: Tx, after: int, broken: list[Flaw] | None = None) -> AsyncIterator[Booked]:
    """The book, oldest first, in pieces. A row that cannot be an entry is told to `broken`, or raises Unbalanced."""
    while True:
        rows = await tx.all(select(m.ledger_entries).where(_E.id > after).order_by(_E.id).limit(CHUNK))
        if not rows:
            return
        postings = await _postings_of(tx, [row.id for row in rows])
        for row in rows:
            try:
                yield _booked(row, postings.get(row.id, ()))
            except (ValueError, TypeError):
                if broken is None:
                    raise
                broken.append(Flaw(f"entry:{row.id}", "unreadable"))
        after = rows[-1].id


# --- Export ---------------------------------------------------------------------------------------------------


async def export(tx: Tx, since: datetime | None, until: datetime | None) -> AsyncIterator[dict[str, Any]]:
    """Postings as plain dicts, oldest first; `since` is included, `until` is not.

    `entry` is the entry's key; `reverses` the key of the entry it takes back.
    """
    original = m.ledger_entries.alias("original")
    wanted = (
        select(
            _P.id, _P.account, _P.fen, m.people.c.employee_no, _E.key, _E.kind, _E.at, _E.at_source, _E.period,
            _E.about, _E.version, _E.refs, original.c.key.label("reverses"),
        )
        .select_from(
            m.ledger_postings.join(m.ledger_entries, _E.id == _P.entry_id)
            .outerjoin(m.people, m.people.c.id == _P.person_id)
            .outerjoin(original, original.c.id == _E.reverses)
        )
        .order_by(_P.id)
    )  # fmt: skip
    if since is not None:
        wanted = wanted.where(_E.at >= since.astimezone(UTC))
    if until is not None:
        wanted = wanted.where(_E.at < until.astimezone(UTC))
    result = await tx.conn.stream(wanted)
    async for row in result:
        yield {
            "id": row.id, "employee_no": row.employee_no,
            "at": row.at.astimezone(tx.company.zone).isoformat(timespec="seconds"), "at_source": row.at_source,
            "entry": row.key, "kind": row.kind, "account": row.account, "fen": row.fen, "reverses": row.reverses,
            "period": row.period, "about": row.about, "policy_version": row.version, "refs": row.refs,
        }  # fmt: skip
