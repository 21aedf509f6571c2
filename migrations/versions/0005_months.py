"""Closing a month: its state, who approved it, everybody's statement as data, adjustments, decided proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_person(table: str, column: str = "person_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "months",
        sa.Column("key", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("locked_at", INSTANT, nullable=True),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_months")),
    )
    op.create_table(
        "month_approvals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        _of_person("month_approvals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_approvals")),
        sa.UniqueConstraint(
            "month",
            "step",
            "round",
            "person_id",
            "digest",
            name=op.f("uq_month_approvals_month_step_round_person_id_digest"),
        ),
    )
    op.create_table(
        "month_statements",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("presence", sa.String(length=32), nullable=False),
        sa.Column("performance_fen", sa.BigInteger(), nullable=False),
        sa.Column("carried_fen", sa.BigInteger(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _of_person("month_statements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_statements")),
        sa.UniqueConstraint("month", "person_id", name=op.f("uq_month_statements_month_person_id")),
    )
    op.create_index("ix_month_statements_person_month", "month_statements", ["person_id", "month"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("about", sa.String(length=7), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        _of_person("adjustments"),
        _of_person("adjustments", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint("once", name=op.f("uq_adjustments_once")),
    )
    op.create_index(op.f("ix_adjustments_month"), "adjustments", ["month"], unique=False)
    op.create_table(
        "proposal_decisions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("decided_by", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _of_person("proposal_decisions"),
        _of_person("proposal_decisions", "decided_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_decisions")),
        sa.UniqueConstraint("month", "person_id", "topic", name=op.f("uq_proposal_decisions_month_person_id_topic")),
    )
    op.create_index(op.f("ix_proposal_decisions_person_id"), "proposal_decisions", ["person_id"], unique=False)
