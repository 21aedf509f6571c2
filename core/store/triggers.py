"""Tables that only grow: the database itself refuses to change or remove their rows (reliability M1).

The guards are triggers, so they hold against a bug of ours, a forgotten WHERE at a prompt and a script from elsewhere.
To guard a table, add `guard(m.your_table)` to GUARDS below; that is all. `core.store.migrate` lifts the guards before
it migrates and installs them after it in the same transaction: what a batch migration on SQLite rebuilds has lost its
triggers. Whoever has to change such rows for good reason (a migration, a restore) does so between `lift` and `install`,
in one transaction. `waihu check` names those that are missing; `waihu db upgrade` puts them back.

Refused are UPDATE and DELETE, on PostgreSQL TRUNCATE as well, on SQLite also REPLACE of a row by its id. Inserting is
free, `ON CONFLICT DO NOTHING` included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text

from core.store import models as m

PREFIX = "guard_"
FUNCTION = "guard_append_only"  # PostgreSQL's; one for all
REFUSED = "23001"  # restrict_violation: the SQLSTATE of a refusal on PostgreSQL
_BODY = f"""
BEGIN
  RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '{REFUSED}';
END
"""

# pg_trigger.tgtype: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
_ROW, _TRUNCATE = str(1 + 2 + 8 + 16), str(2 + 32)
_HERE = "current_schema()::regnamespace"
# One that is switched off, has a condition, is for some columns only or calls something else has another shape.
_POSTGRESQL = text(
    "SELECT t.tgname, c.relname, CASE WHEN t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = '' "  # noqa: S608
    f"AND p.proname = '{FUNCTION}' THEN t.tgtype::text ELSE 'other' END "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    f"WHERE NOT t.tgisinternal AND c.relnamespace = {_HERE}"
)
_SOURCE = text(f"SELECT prosrc FROM pg_proc WHERE proname = :name AND pronamespace = {_HERE}")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Guard:
    """An append-only table: its name and the column that names a row."""

    table: str
    key: str


@dataclass(frozen=True, slots=True)
class _Trigger:
    """One trigger. `shape` is what it does as the database remembers it: SQLite keeps the text, PostgreSQL a number."""

    name: str
    table: str
    shape: str


def guard(table: Table) -> Guard:
    """The guard of a table with one primary key column. Raises ValueError for any other."""
    keys = [column.name for column in table.primary_key.columns]
    if len(keys) != 1:
        raise ValueError(f"{table.name} has no single key column to guard")
    return Guard(table.name, keys[0])


GUARDS: tuple[Guard, ...] = (
    guard(m.audit),
    guard(m.ledger_entries),
    guard(m.ledger_postings),
    guard(m.ledger_batches),
    guard(m.month_approvals),
    guard(m.month_statements),
    guard(m.adjustments),
    guard(m.proposal_decisions),
    guard(m.policy_versions),
    guard(m.policy_receipts),
)


def install(conn: Connection, guards: Iterable[Guard] = GUARDS) -> None:
    """Put every guard in its place; one that stands there already is written anew."""
    lift(conn)
    if conn.dialect.name == "postgresql":
        conn.execute(
            text(f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $guard${_BODY}$guard$")
        )
    for one in guards:
        for create in _wanted(conn, one).values():
            conn.execute(text(create))


def lift(conn: Connection) -> None:
    """Take every guard away, those of tables that are no longer guarded too."""
    for trigger in _standing(conn):
        on = f' ON "{trigger.table}"' if conn.dialect.name == "postgresql" else ""
        conn.execute(text(f'DROP TRIGGER "{trigger.name}"{on}'))


def missing(conn: Connection, guards: Iterable[Guard] = GUARDS) -> list[str]:
    """The tables whose rows could be changed: a guard of theirs is gone, disabled or not ours any more."""
    sound = _sound(conn)
    return [one.table for one in guards if not _wanted(conn, one).keys() <= sound]


def _wanted(conn: Connection, one: Guard) -> dict[_Trigger, str]:
    """The triggers of a guarded table, each with the statement that makes it."""
    table = one.table
    if conn.dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION {FUNCTION}()"
        return {
            _Trigger(f"{PREFIX}{table}_{what}", table, shape): f'CREATE TRIGGER "{PREFIX}{table}_{what}" {when} {call}'
            for what, shape, when in (
                ("change", _ROW, f'BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW'),
                ("truncate", _TRUNCATE, f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT'),
            )
        }
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    # REPLACE removes a row without asking the DELETE trigger; a generated id is not known yet at this moment.
    there = f'EXISTS (SELECT 1 FROM "{table}" WHERE "{one.key}" = NEW."{one.key}")'  # noqa: S608
    made = {
        f"{PREFIX}{table}_{what}": f'CREATE TRIGGER "{PREFIX}{table}_{what}" {when} {refuse}'
        for what, when in (
            ("update", f'BEFORE UPDATE ON "{table}"'),
            ("delete", f'BEFORE DELETE ON "{table}"'),
            ("replace", f'BEFORE INSERT ON "{table}" WHEN {there}'),
        )
    }
    return {_Trigger(name, table, create): create for name, create in made.items()}


def _standing(conn: Connection) -> set[_Trigger]:
    """Every trigger of ours that is there, sound or not."""
    if conn.dialect.name == "postgresql":
        found = conn.execute(_POSTGRESQL)
    else:
        found = conn.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {_Trigger(name, table, shape) for name, table, shape in found if name.startswith(PREFIX)}


def _sound(conn: Connection) -> set[_Trigger]:
    """Every trigger of ours that would refuse."""
    if conn.dialect.name == "postgresql" and conn.scalar(_SOURCE, {"name": FUNCTION}) != _BODY:
        return set()
    return _standing(conn)
