"""Disputes about pay, and what is said in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "disputes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("line", sa.String(length=16), nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("instance", sa.Integer(), nullable=False),
        sa.Column("holder_id", ID, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("at_source", sa.String(length=16), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_disputes_deal_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_disputes_decided_by")),
        sa.ForeignKeyConstraint(["holder_id"], ["people.id"], name=op.f("fk_disputes_holder_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_disputes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("once", name=op.f("uq_disputes_once")),
    )
    op.create_index("ix_disputes_holder_state", "disputes", ["holder_id", "state"], unique=False)
    op.create_index("ix_disputes_month_state", "disputes", ["month", "state"], unique=False)
    op.create_index(op.f("ix_disputes_person_id"), "disputes", ["person_id"], unique=False)
    op.create_index("ix_disputes_state_due", "disputes", ["state", "due_at"], unique=False)
    op.create_table(
        "dispute_entries",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("dispute_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("at_source", sa.String(length=16), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_dispute_entries_author_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_entries_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_entries")),
        sa.UniqueConstraint("once", name=op.f("uq_dispute_entries_once")),
    )
    op.create_index(op.f("ix_dispute_entries_dispute_id"), "dispute_entries", ["dispute_id"], unique=False)
