"""Where somebody with several accounts wants to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("people", sa.Column("prefers", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("people", "prefers")
