"""Drafts, saved views of the queue, requests for an update, marks for the next meeting."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _drafts()
    _views()
    op.create_table(
        "update_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["volunteers.id"], name=op.f("fk_update_requests_asked_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_update_requests_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_requests")),
    )
    _unique_while("uq_update_requests_open", "update_requests", "answered_at IS NULL")
    op.create_table(
        "meeting_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cleared_by_id", sa.Integer(), nullable=True),
        sa.Column("cleared_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_marks_case_id")),
        sa.ForeignKeyConstraint(["cleared_by_id"], ["volunteers.id"], name=op.f("fk_meeting_marks_cleared_by_id")),
        sa.ForeignKeyConstraint(["marked_by_id"], ["volunteers.id"], name=op.f("fk_meeting_marks_marked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_marks")),
    )
    _unique_while("uq_meeting_marks_standing", "meeting_marks", "cleared_at IS NULL")


def _unique_while(name: str, table: str, where: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(
            name, ["case_id"], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_drafts_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("volunteer_id", "case_id", "form", name=op.f("uq_drafts_volunteer_id_case_id_form")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_saved_at"), ["saved_at"], unique=False)


def _views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_saved_views_name_has_a_length")),
        sa.ForeignKeyConstraint(["owner_id"], ["volunteers.id"], name=op.f("fk_saved_views_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner_id", "folded", name=op.f("uq_saved_views_owner_id_folded")),
    )
    with op.batch_alter_table("saved_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_views_shared"), ["shared"], unique=False)
    op.create_table(
        "queue_columns",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_queue_columns_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_queue_columns")),
    )


def downgrade() -> None:
    for table in ("meeting_marks", "update_requests", "queue_columns", "saved_views", "drafts"):
        op.drop_table(table)
