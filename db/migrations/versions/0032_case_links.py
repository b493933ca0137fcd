"""Cases that belong together."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_case_links_two_cases_in_order")),
        sa.ForeignKeyConstraint(["one_id"], ["cases.id"], name=op.f("fk_case_links_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_case_links_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["volunteers.id"], name=op.f("fk_case_links_ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_links")),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_case_links_live",
        "case_links",
        ["one_id", "other_id", "kind"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index(op.f("ix_case_links_other_id"), "case_links", ["other_id"])


def downgrade() -> None:
    op.drop_table("case_links")
