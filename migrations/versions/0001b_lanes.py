"""Outgoing rows know their lane, and the open ones have indexes of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001b"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = "state IN ('new', 'leased')"
LANE = """
UPDATE outbox SET lane = CASE
  WHEN person_id IS NOT NULL AND (chat IS NULL OR chat NOT LIKE '-%') THEN 'person:' || person_id
  ELSE channel || ':' || COALESCE(chat, '') END
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("outbox", sa.Column("lane", sa.String(length=96), nullable=False, server_default=""))
    op.execute(LANE + f"WHERE {OPEN}")
    op.drop_index("ix_outbox_state_due", table_name="outbox")
    for name, columns, where in (
        ("ix_outbox_lane", ["lane"], OPEN),
        ("ix_outbox_turn", ["rank", "id"], "state = 'new'"),
        ("ix_outbox_due", ["due_at"], OPEN),
        ("ix_outbox_dead", ["done_at"], "state = 'dead'"),  # counted at every look at /metrics
    ):
        op.create_index(
            name, "outbox", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
