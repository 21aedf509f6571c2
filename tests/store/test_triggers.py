"""What only grows is guarded by the database itself, and a guard that is gone is found and put back (M1)."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, String, text
from sqlalchemy.exc import DBAPIError

from core.store import migrate, triggers
from core.store import models as m
from tests.office import Office
from tests.store import old_company
from tests.store.test_trouble import Installation, empty, installed

__all__ = ["empty", "installed"]  # fixtures

GUARDED = [one.table for one in triggers.GUARDS]


@pytest.fixture
async def trail(office: Office) -> Office:
    """An office whose audit trail has a line."""
    ana = await office.agent()
    async with office.db.transaction() as tx:
        await tx.note(ana.id, "export.calls", "calls")
    return office


async def refused(office: Office, statement: str) -> None:
    """The database says no, and everything is as it was."""
    before = await office.rows(m.audit)
    async with office.db.writer.connect() as conn:
        with pytest.raises(DBAPIError, match="only grows"):
            await conn.execute(text(statement))
        await conn.rollback()
    assert await office.rows(m.audit) == before


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET action = 'nothing'", "UPDATE audit SET id = id + 1 WHERE id = 1", "DELETE FROM audit"],
)
async def test_a_line_of_the_audit_trail_is_neither_changed_nor_removed(trail: Office, statement: str) -> None:
    await refused(trail, statement)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_line_is_not_replaced(trail: Office) -> None:
    await refused(
        trail, "REPLACE INTO audit (id, at, action, subject) VALUES (1, '2026-11-20 09:20:00.000000', 'nothing', '')"
    )


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", ["TRUNCATE audit", "TRUNCATE people CASCADE"])
async def test_the_trail_is_not_emptied(trail: Office, statement: str) -> None:
    await refused(trail, statement)


async def test_the_trail_goes_on(trail: Office) -> None:
    async with trail.db.transaction() as tx:
        await tx.insert_many(
            m.audit, [{"at": tx.now, "action": f"a{n}", "subject": "s", "detail": [n]} for n in range(3)]
        )
        await tx.note(None, "one", "more")

    assert [row.action for row in await trail.rows(m.audit)] == ["export.calls", "a0", "a1", "a2", "one"]


@pytest.mark.parametrize("table", GUARDED)
async def test_every_guarded_table_refuses(office: Office, table: str) -> None:
    """Also one without rows: the guards stand before the first line is written."""
    async with office.db.writer.connect() as conn:
        standing = await conn.run_sync(triggers._standing)

    assert {one.name.removeprefix(f"{triggers.PREFIX}{table}_") for one in standing if one.table == table} == (
        {"change", "truncate"} if office.db.writer.dialect.name == "postgresql" else {"update", "delete", "replace"}
    )


async def test_what_a_rebuilt_table_lost_is_back_after_the_next_upgrade(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """On SQLite a column is changed by making the table anew, and its triggers silently go with the old one."""
    url = request.getfixturevalue("blank") if kind == "postgresql" else f"sqlite+aiosqlite:///{tmp_path}/w.db"

    def rebuild(conn: Connection) -> None:
        migrate.apply(conn, "0003")
        with Operations(MigrationContext.configure(conn)).batch_alter_table("audit") as batch:
            batch.alter_column("action", type_=String(64))
        if conn.dialect.name == "postgresql":  # where nothing is lost, somebody takes it away
            conn.execute(text("DROP TRIGGER guard_audit_change ON audit"))

    async with migrate.alone(url) as conn:
        await conn.run_sync(rebuild)
    assert "audit" in await migrate.unguarded(url)
    await migrate.upgrade(url)

    assert await migrate.unguarded(url) == []
    with old_company.looking(url) as sync:
        sync.execute(text("INSERT INTO audit (at, action, subject) VALUES ('2026-11-20 09:20:00', 'a', 's')"))
        with pytest.raises(DBAPIError, match="only grows"):
            sync.execute(text("DELETE FROM audit"))


REMOVED = {
    "sqlite": [
        "DROP TRIGGER guard_audit_delete",
        "DROP TRIGGER guard_audit_update",
        "DROP TRIGGER guard_audit_replace",
    ],
    "postgresql": [
        "DROP TRIGGER guard_audit_change ON audit",
        "DROP TRIGGER guard_audit_truncate ON audit",
        "ALTER TABLE audit DISABLE TRIGGER guard_audit_change",
        "DROP FUNCTION guard_append_only() CASCADE",
        "CREATE OR REPLACE FUNCTION guard_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        """CREATE OR REPLACE TRIGGER guard_audit_change BEFORE UPDATE ON audit
        FOR EACH ROW EXECUTE FUNCTION guard_append_only()""",
    ],
}


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        pytest.param(kind, statement, marks=[pytest.mark.postgres] if kind == "postgresql" else [])
        for kind, statements in REMOVED.items()
        for statement in statements
    ],
    indirect=["kind"],
)
def test_a_guard_that_is_gone_is_found_and_put_back(installed: Installation, statement: str) -> None:
    installed.run(statement)

    assert re.search(r"!!  triggers: \d+ missing \(audit.*\): waihu db upgrade", installed.waihu("check", expect=1))
    assert "guards put back: " in installed.waihu("db", "upgrade", expect=0)
    assert "ok triggers: in place" in " ".join(installed.waihu("check", expect=1).split())  # nobody owns the company


def test_a_guard_that_does_nothing_is_no_guard(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as conn:
        conn.execute("CREATE TABLE audit (id INTEGER PRIMARY KEY)")
    conn.close()
    with old_company.looking(f"sqlite:///{tmp_path}/x.db") as sync:
        assert triggers.missing(sync, triggers.GUARDS[:1]) == ["audit"]
        triggers.install(sync, triggers.GUARDS[:1])
        assert triggers.missing(sync, triggers.GUARDS[:1]) == []
        sync.execute(text("DROP TRIGGER guard_audit_delete"))
        sync.execute(text("CREATE TRIGGER guard_audit_delete BEFORE DELETE ON audit BEGIN SELECT 1; END"))
        assert triggers.missing(sync, triggers.GUARDS[:1]) == ["audit"]


def test_a_table_with_two_keys_cannot_be_guarded() -> None:
    with pytest.raises(ValueError, match="claps"):
        triggers.guard(m.claps)
