"""The deadline clock: pauses, the other regime, chains of reviews, changes by hand and by changed rules."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RULE_COLUMNS = {
    "alternative_to": 40,
    "next_rule": 40,
    "runs_in": 200,
    "paused_by": 40,
    "least_after": 40,
    "counts_by": 40,
}
DATES = (
    "rule_due_on",
    "may_apply_on",
    "sent_on",
    "received_on",
    "paused_from",
    "paused_to",
    "moved_from",
    "chain_ended_on",
    "asks_on",
)
FOREIGN = {"may_apply_rule": "time_rules.code", "previous_id": "deadlines.id", "asks_rule": "time_rules.code"}


def upgrade() -> None:
    for name, length in RULE_COLUMNS.items():
        op.add_column("time_rules", sa.Column(name, sa.String(length=length), nullable=True))
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        for name in DATES:
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("may_apply_rule", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("moved_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("previous_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("asks_rule", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("asks_since", db.base.UtcDateTime(timezone=True), nullable=True))
        for name, column in FOREIGN.items():
            table, key = column.split(".")
            batch_op.create_foreign_key(batch_op.f(f"fk_deadlines_{name}"), table, [name], [key])
        batch_op.create_unique_constraint(batch_op.f("uq_deadlines_previous_id"), ["previous_id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_deadlines_pause_ends_after_it_begins"), "paused_to IS NULL OR paused_from <= paused_to"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_deadlines_moved_with_a_reason"), "moved_from IS NULL OR moved_reason IS NOT NULL"
        )
        batch_op.create_index(
            "ix_deadlines_asks",
            ["asks_since"],
            sqlite_where=sa.text("asks_since IS NOT NULL"),
            postgresql_where=sa.text("asks_since IS NOT NULL"),
        )
    # Until now a date was what its rule gave, or what somebody had been told: a rule that changes asks about both.
    op.execute("UPDATE deadlines SET rule_due_on = due_on WHERE rule IS NOT NULL AND trigger_on IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index("ix_deadlines_asks")
        for name in ("pause_ends_after_it_begins", "moved_with_a_reason"):
            batch_op.drop_constraint(batch_op.f(f"ck_deadlines_{name}"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_deadlines_previous_id"), type_="unique")
        for name in FOREIGN:
            batch_op.drop_constraint(batch_op.f(f"fk_deadlines_{name}"), type_="foreignkey")
        for name in (*DATES, *FOREIGN, "moved_reason", "asks_since"):
            batch_op.drop_column(name)
    for name in RULE_COLUMNS:
        op.drop_column("time_rules", name)
