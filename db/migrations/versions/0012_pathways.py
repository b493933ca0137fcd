"""Stages of processes with their dates, and checklists of procedural fairness."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CERTAINTY = ("confirmed", "unconfirmed", "proposal")
EVIDENCE = ("reported", "documented", "conceded", "found")
FAIRNESS = ("met", "breached", "unknown")


def coded(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column("time_rules", sa.Column("spans", sa.String(length=40), nullable=True))
    op.add_column("process_stages", sa.Column("course", sa.String(length=40), nullable=True))
    _events()
    _questions()
    _answers()
    # All that is known of a process so far: the stage it is at, and that it began on some day. When it came to that
    # stage nobody was asked, so the day is not exact.
    fill = sa.text(
        "INSERT INTO process_events (case_process_id, number, edition, stage, since, is_exact, beside, withdrawn, at) "
        "SELECT id, 1, 1, stage, started_on, :no, :no, :no, :now FROM case_processes ORDER BY id"
    ).bindparams(
        sa.bindparam("no", False, type_=sa.Boolean()),
        sa.bindparam("now", datetime.now(UTC), type_=db.base.UtcDateTime(timezone=True)),
    )
    op.get_bind().execute(fill)


def _events() -> None:
    op.create_table(
        "process_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_process_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("beside", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_process_events_ends_after_it_begins")),
        sa.CheckConstraint("number >= 1 AND edition >= 1", name=op.f("ck_process_events_counted_from_one")),
        sa.ForeignKeyConstraint(
            ["case_process_id"], ["case_processes.id"], name=op.f("fk_process_events_case_process_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_process_events_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_events")),
        sa.UniqueConstraint(
            "case_process_id", "number", "edition", name=op.f("uq_process_events_case_process_id_number_edition")
        ),
    )


def _questions() -> None:
    op.create_table(
        "fairness_questions",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("certainty", coded("certainty", CERTAINTY), nullable=False),
        sa.ForeignKeyConstraint(["process"], ["processes.code"], name=op.f("fk_fairness_questions_process")),
        sa.ForeignKeyConstraint(["finding"], ["finding_codes.code"], name=op.f("fk_fairness_questions_finding")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_fairness_questions")),
    )
    with op.batch_alter_table("fairness_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fairness_questions_process"), ["process"], unique=False)


def _answers() -> None:
    op.create_table(
        "fairness_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("case_process_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", coded("fairness", FAIRNESS), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("evidence", coded("evidence", EVIDENCE), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "answer = 'unknown' OR evidence IS NOT NULL", name=op.f("ck_fairness_answers_answered_with_evidence")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_fairness_answers_case_id")),
        sa.ForeignKeyConstraint(
            ["case_process_id"], ["case_processes.id"], name=op.f("fk_fairness_answers_case_process_id")
        ),
        sa.ForeignKeyConstraint(["question"], ["fairness_questions.code"], name=op.f("fk_fairness_answers_question")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_fairness_answers_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fairness_answers")),
    )
    with op.batch_alter_table("fairness_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fairness_answers_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_fairness_answers_case_process_id_question_id"),
            ["case_process_id", "question", "id"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("fairness_answers")
    op.drop_table("fairness_questions")
    op.drop_table("process_events")
    op.drop_column("process_stages", "course")
    op.drop_column("time_rules", "spans")
