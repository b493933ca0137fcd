"""Corrections: what was put right and why, earlier editions of findings, and walls that a correction does not lower."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0020"
down_revision = "0024"
branch_labels = None
depends_on = None

WHAT = (
    "name",
    "contact",
    "safe_channel",
    "safe_times",
    "never_use",
    "summary",
    "body",
    "grade",
    "specialty_group",
    "channel",
    "immediate_danger",
    "representation",
    "received_at",
    "grounds",
    "process",
    "process_body",
    "finding",
)
KINDS = (
    "add_account",
    "change_account",
    "link",
    "let_back_in",
    "reset_factor",
    "deactivate",
    "end_affiliation",
    "remove_party",
)


def _coded(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("what", _coded("corrected", *WHAT), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "was IS NULL OR what NOT IN ('name', 'contact', 'safe_channel', 'safe_times', 'never_use')",
            name=op.f("ck_corrections_no_old_identity"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_corrections_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_case_id_what"), "corrections", ["case_id", "what"])
    _finding_editions()
    op.add_column("recusals", sa.Column("is_kept", sa.Boolean(), server_default=sa.false(), nullable=False))
    _kinds_of_approval((*KINDS, "lift_kept"))


def _finding_editions() -> None:
    op.create_table(
        "finding_editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("case_process_id", sa.Integer(), nullable=True),
        sa.Column("process_stage", sa.String(40), nullable=True),
        sa.Column("evidence", _coded("evidence", "reported", "documented", "conceded", "found"), nullable=False),
        sa.Column("quarter", sa.String(6), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("doctor_view", _coded("doctor_view", "not_shown", "agrees", "disagrees"), nullable=False),
        sa.Column("coded_by_id", sa.Integer(), nullable=True),
        sa.Column("coded_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("second_coder_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("edition >= 1", name=op.f("ck_finding_editions_counted_from_one")),
        *(
            sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_finding_editions_{name}"))
            for name, of in (
                ("case_id", "cases.id"),
                ("finding_id", "findings.id"),
                ("correction_id", "corrections.id"),
                ("code", "finding_codes.code"),
                ("case_process_id", "case_processes.id"),
                ("coded_by_id", "volunteers.id"),
                ("second_coder_id", "volunteers.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_editions")),
        sa.UniqueConstraint("finding_id", "edition", name=op.f("uq_finding_editions_finding_id_edition")),
    )
    op.create_index(op.f("ix_finding_editions_case_id"), "finding_editions", ["case_id"])


def _kinds_of_approval(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_approvals_approval_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_approvals_approval_kind"), f"kind IN ({listed})")


def downgrade() -> None:
    op.execute("DELETE FROM approvals WHERE kind = 'lift_kept'")
    _kinds_of_approval(KINDS)
    op.drop_column("recusals", "is_kept")
    op.drop_table("finding_editions")
    op.drop_table("corrections")
