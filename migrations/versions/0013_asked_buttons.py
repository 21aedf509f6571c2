"""Buttons know whether their message answered the person or came as a notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Buttons that are out already count as answers, as they did."""
    op.add_column("buttons", sa.Column("asked", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column("buttons", "asked")
