"""Policy versions that are proposed and confirmed in the chat, and who has read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "policy_proposals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base", sa.String(length=16), nullable=False),
        sa.Column("proposer_id", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("at_source", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_policy_proposals_decided_by")),
        sa.ForeignKeyConstraint(["proposer_id"], ["people.id"], name=op.f("fk_policy_proposals_proposer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_proposals")),
        sa.UniqueConstraint("once", name=op.f("uq_policy_proposals_once")),
    )
    op.create_index(op.f("ix_policy_proposals_state"), "policy_proposals", ["state"], unique=False)
    op.create_table(
        "policy_versions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("proposed_by", ID, nullable=False),
        sa.Column("confirmed_by", ID, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_policy_versions_confirmed_by")),
        sa.ForeignKeyConstraint(["proposal_id"], ["policy_proposals.id"], name=op.f("fk_policy_versions_proposal_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_policy_versions_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("effective_from", name=op.f("uq_policy_versions_effective_from")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_policy_versions_proposal_id")),
    )
    op.create_table(
        "policy_receipts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("at_source", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_policy_receipts_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_receipts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_receipts")),
        sa.UniqueConstraint("version_id", "person_id", name=op.f("uq_policy_receipts_version_id_person_id")),
    )
