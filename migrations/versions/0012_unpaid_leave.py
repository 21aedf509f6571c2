"""Leave with and without pay; a team's own workweek."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Leave that was granted before stays paid: nobody's month shrinks by an upgrade."""
    op.add_column("leaves", sa.Column("paid", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("teams", sa.Column("workweek", sa.String(length=16), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("teams", "workweek")
    op.drop_column("leaves", "paid")
