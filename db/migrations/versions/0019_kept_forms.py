"""Drafts of every form, with or without a case; and which forms were saved, so that none is saved twice."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NO_CASE: dict[str, Any] = {
    "sqlite_where": sa.text("case_id IS NULL"),
    "postgresql_where": sa.text("case_id IS NULL"),
}


def upgrade() -> None:
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("form", existing_type=sa.String(length=40), type_=sa.String(length=80))
        batch_op.create_index("uq_drafts_without_case", ["volunteer_id", "form"], unique=True, **NO_CASE)
    op.create_table(
        "used_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("command", sa.String(length=40), nullable=False),
        sa.Column("values", sa.String(length=64), nullable=False),
        sa.Column("used_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_used_tokens_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_tokens")),
        sa.UniqueConstraint("volunteer_id", "token", name=op.f("uq_used_tokens_volunteer_id_token")),
    )
    with op.batch_alter_table("used_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_tokens_volunteer_id_form"), ["volunteer_id", "form"], unique=False)
        batch_op.create_index(batch_op.f("ix_used_tokens_used_at"), ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("used_tokens")
    op.execute("DELETE FROM drafts WHERE case_id IS NULL OR length(form) > 40")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index("uq_drafts_without_case", **NO_CASE)
        batch_op.alter_column("form", existing_type=sa.String(length=80), type_=sa.String(length=40))
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=False)
