"""Facts of a case, and what the doctor told of themselves, sealed apart from the identity."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0029"
down_revision = "0030"
branch_labels = None
depends_on = None

KINDS = ("circumstance", "concern", "detriment", "ground", "impact", "pay", "policy", "indemnity")


def upgrade() -> None:
    op.add_column("identities", sa.Column("characteristics", sa.LargeBinary(), nullable=True))
    kind = sa.Enum(*KINDS, name="fact_kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "case_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("code", sa.String(40), nullable=True),
        sa.Column("took_place_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("examined_by", sa.String(120), nullable=False),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("case_process_id", sa.Integer(), nullable=True),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1 AND edition >= 1", name=op.f("ck_case_facts_counted_from_one")),
        sa.CheckConstraint("edition = 1 OR reason IS NOT NULL", name=op.f("ck_case_facts_changed_for_a_reason")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_facts_case_id")),
        sa.ForeignKeyConstraint(["case_process_id"], ["case_processes.id"], name=op.f("fk_case_facts_case_process_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_case_facts_finding_id")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_case_facts_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_facts")),
        sa.UniqueConstraint("case_id", "number", "edition", name=op.f("uq_case_facts_case_id_number_edition")),
    )
    op.create_index(op.f("ix_case_facts_case_process_id"), "case_facts", ["case_process_id"])
    op.create_index(op.f("ix_case_facts_finding_id"), "case_facts", ["finding_id"])


def downgrade() -> None:
    op.drop_table("case_facts")
    with op.batch_alter_table("identities") as identities:
        identities.drop_column("characteristics")
