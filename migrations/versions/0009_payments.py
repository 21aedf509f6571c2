"""Payments of deals: deposits and balances, each confirmed by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "deal_payments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entered_by", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("at_source", sa.String(length=16), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_payments_deal_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_deal_payments_decided_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_deal_payments_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_payments")),
        sa.UniqueConstraint("once", name=op.f("uq_deal_payments_once")),
    )
    op.create_index(op.f("ix_deal_payments_deal_id"), "deal_payments", ["deal_id"], unique=False)
    op.create_index("ix_deal_payments_received_state", "deal_payments", ["received_on", "state"], unique=False)
    op.create_index("ix_deal_payments_state", "deal_payments", ["state"], unique=False)
