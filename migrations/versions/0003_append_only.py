"""The audit trail only grows: the database refuses to change it."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As of this revision. What guards the tables of a later one is installed after every migration.
SQLITE = (
    """CREATE TRIGGER "guard_audit_update" BEFORE UPDATE ON "audit"
    BEGIN SELECT RAISE(ABORT, 'audit only grows'); END""",
    """CREATE TRIGGER "guard_audit_delete" BEFORE DELETE ON "audit"
    BEGIN SELECT RAISE(ABORT, 'audit only grows'); END""",
)
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION guard_append_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
    BEGIN
      RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23001';
    END $guard$""",
    """CREATE TRIGGER "guard_audit_change" BEFORE UPDATE OR DELETE ON "audit"
    FOR EACH ROW EXECUTE FUNCTION guard_append_only()""",
    """CREATE TRIGGER "guard_audit_truncate" BEFORE TRUNCATE ON "audit"
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only()""",
)


def upgrade() -> None:
    """Apply."""
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
