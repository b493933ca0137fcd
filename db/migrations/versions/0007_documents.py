"""Links to the papers of a case."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("case_process_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint("link LIKE 'https://%'", name=op.f("ck_documents_link_is_https")),
        sa.ForeignKeyConstraint(["added_by_id"], ["volunteers.id"], name=op.f("fk_documents_added_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_documents_case_id")),
        sa.ForeignKeyConstraint(["case_process_id"], ["case_processes.id"], name=op.f("fk_documents_case_process_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["volunteers.id"], name=op.f("fk_documents_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_case_process_id"), ["case_process_id"], unique=False)


def downgrade() -> None:
    op.drop_table("documents")
