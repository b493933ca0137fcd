"""Second codings, what the doctor said of findings, and codes that others replaced."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def _coded(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, db.base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _codings()
    _marks()
    _doctor_said()
    op.create_table(
        "finding_mappings",
        sa.Column("old_code", sa.String(40), nullable=False),
        sa.Column("new_code", sa.String(40), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.CheckConstraint("old_code <> new_code", name=op.f("ck_finding_mappings_another_code")),
        sa.ForeignKeyConstraint(["new_code"], ["finding_codes.code"], name=op.f("fk_finding_mappings_new_code")),
        sa.ForeignKeyConstraint(["old_code"], ["finding_codes.code"], name=op.f("fk_finding_mappings_old_code")),
        sa.PrimaryKeyConstraint("old_code", name=op.f("pk_finding_mappings")),
    )


def _codings() -> None:
    op.create_table(
        "codings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        _moment("asked_at"),
        sa.Column("status", _coded("coding_status", "asked", "declined", "taken_back", "handed_in"), nullable=False),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint("coder_id <> asked_by_id", name=op.f("ck_codings_asked_of_another")),
        sa.CheckConstraint("(status = 'asked') = (ended_at IS NULL)", name=op.f("ck_codings_asked_until_it_ends")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["volunteers.id"], name=op.f("fk_codings_asked_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_codings_case_id")),
        sa.ForeignKeyConstraint(["coder_id"], ["volunteers.id"], name=op.f("fk_codings_coder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codings")),
    )
    asked = sa.text("status = 'asked'")
    op.create_index(op.f("ix_codings_case_id"), "codings", ["case_id"])
    op.create_index("uq_codings_asked", "codings", ["case_id"], unique=True, sqlite_where=asked, postgresql_where=asked)
    op.create_index("ix_codings_asked_coder", "codings", ["coder_id"], sqlite_where=asked, postgresql_where=asked)


def _marks() -> None:
    op.create_table(
        "coding_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("coding_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("by_first", sa.Boolean(), nullable=False),
        sa.Column("by_second", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled", _coded("settled", "added", "left_out", "kept", "withdrawn"), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        _moment("settled_at", nullable=True),
        sa.CheckConstraint("by_first OR by_second", name=op.f("ck_coding_marks_chosen_by_somebody")),
        sa.CheckConstraint(
            "settled IS NULL OR by_first <> by_second", name=op.f("ck_coding_marks_only_a_difference_is_settled")
        ),
        sa.CheckConstraint("(settled IS NULL) = (settled_at IS NULL)", name=op.f("ck_coding_marks_settled_at_a_time")),
        sa.CheckConstraint("(settled IS NULL) = (why IS NULL)", name=op.f("ck_coding_marks_settled_for_a_reason")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_coding_marks_case_id")),
        sa.ForeignKeyConstraint(["code"], ["finding_codes.code"], name=op.f("fk_coding_marks_code")),
        sa.ForeignKeyConstraint(["coding_id"], ["codings.id"], name=op.f("fk_coding_marks_coding_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["volunteers.id"], name=op.f("fk_coding_marks_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_marks")),
        sa.UniqueConstraint("coding_id", "code", name=op.f("uq_coding_marks_coding_id_code")),
    )
    op.create_index(op.f("ix_coding_marks_case_id"), "coding_marks", ["case_id"])


def _doctor_said() -> None:
    op.create_table(
        "doctor_said",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("view", _coded("doctor_says", "agrees", "disagrees", "adds"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_doctor_said_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_doctor_said_case_id")),
        sa.ForeignKeyConstraint(["code"], ["finding_codes.code"], name=op.f("fk_doctor_said_code")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_doctor_said_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctor_said")),
    )
    op.create_index(op.f("ix_doctor_said_case_id"), "doctor_said", ["case_id"])
    op.create_index(op.f("ix_doctor_said_finding_id"), "doctor_said", ["finding_id"])


def downgrade() -> None:
    for table in ("finding_mappings", "doctor_said", "coding_marks", "codings"):
        op.drop_table(table)
