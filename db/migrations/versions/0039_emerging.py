"""What is emerging: the budget of false alarms, and what was dismissed."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0039"
down_revision = "0035"
branch_labels = None
depends_on = None


def _budget() -> sa.Enum:
    words = ("rare", "yearly", "quarterly", "monthly")
    return sa.Enum(*words, name="false_alarms", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "alarm_budgets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("budget", _budget(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_alarm_budgets_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_budgets")),
    )
    op.create_table(
        "dismissals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("other", sa.String(40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["finding_codes.code"], name=op.f("fk_dismissals_code")),
        sa.ForeignKeyConstraint(["other"], ["finding_codes.code"], name=op.f("fk_dismissals_other")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_dismissals_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissals")),
    )
    op.create_index(op.f("ix_dismissals_code"), "dismissals", ["code"])
    op.create_table(
        "dismissed_cases",
        sa.Column("dismissal_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dismissal_id"], ["dismissals.id"], name=op.f("fk_dismissed_cases_dismissal_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dismissed_cases_case_id")),
        sa.PrimaryKeyConstraint("dismissal_id", "case_id", name=op.f("pk_dismissed_cases")),
    )
    op.create_index(op.f("ix_dismissed_cases_case_id"), "dismissed_cases", ["case_id"])


def downgrade() -> None:
    op.drop_table("dismissed_cases")
    op.drop_table("dismissals")
    op.drop_table("alarm_budgets")
