"""When the rest of a deal's money was promised for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "deal_dues",
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_by", ID, nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deal_dues_deal_id")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_deal_dues_set_by")),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal_dues")),
    )
    op.create_index(op.f("ix_deal_dues_due_on"), "deal_dues", ["due_on"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("deal_dues")
