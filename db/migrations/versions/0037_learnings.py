"""What is to be learned from a case."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

PEOPLE = ("by_id", "agreed_by_id", "withdrawn_by_id")


def upgrade() -> None:
    op.create_table(
        "learnings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("findings", sa.String(400), nullable=False),
        sa.Column("processes", sa.String(400), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("returned_why", sa.Text(), nullable=True),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> by_id", name=op.f("ck_learnings_agreed_by_a_second")
        ),
        sa.CheckConstraint("(agreed_by_id IS NULL) = (agreed_at IS NULL)", name=op.f("ck_learnings_agreed_or_not")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_why IS NULL)", name=op.f("ck_learnings_withdrawn_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_learnings_case_id")),
        *(sa.ForeignKeyConstraint([name], ["volunteers.id"], name=op.f(f"fk_learnings_{name}")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnings")),
    )
    for column in ("case_id", "theme"):
        op.create_index(op.f(f"ix_learnings_{column}"), "learnings", [column])


def downgrade() -> None:
    op.drop_table("learnings")
