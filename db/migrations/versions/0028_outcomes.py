"""What processes come to, and what of a kind of process is data: its first hearing, the duties that begin by themselves."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0028"
down_revision = "0029"
branch_labels = None
depends_on = None

CERTAINTY = ("confirmed", "unconfirmed", "proposal")
KINDS = ("statutory", "national", "typical", "local")
ANSWERS = ("yes", "no", "not_asked")


def _coded(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column("processes", sa.Column("first_hearing", sa.String(40), nullable=True))
    op.add_column("process_stages", sa.Column("starts", sa.String(40), nullable=True))
    _terms()
    _outcomes()


def _terms() -> None:
    op.create_table(
        "outcome_terms",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("processes", sa.String(200), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("effect", sa.String(40), nullable=True),
        sa.Column("asks", sa.String(200), nullable=False),
        sa.Column("ends_as", sa.String(200), nullable=False),
        sa.Column("review_as", sa.String(200), nullable=False),
        sa.Column("kind", _coded("deadline_kind", *KINDS), nullable=True),
        sa.Column("starts", sa.String(40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("certainty", _coded("certainty", *CERTAINTY), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_outcome_terms")),
    )


def _outcomes() -> None:
    pointing = {
        "case_id": "cases.id",
        "case_process_id": "case_processes.id",
        "outcome": "outcome_terms.code",
        "end_deadline_id": "deadlines.id",
        "review_deadline_id": "deadlines.id",
        "duty_deadline_id": "deadlines.id",
        "by_id": "volunteers.id",
    }
    checks = {
        "ends_after_it_begins": "end_on IS NULL OR end_on >= happened_on",
        "reviewed_after_it_begins": "review_on IS NULL OR review_on >= happened_on",
        "changes_an_earlier_one": "changes IS NULL OR changes < number",
        "counted_from_one": "number >= 1 AND edition >= 1",
    }
    op.create_table(
        "process_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("case_process_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=True),
        sa.Column("effect", sa.String(40), nullable=True),
        sa.Column("costs_threat", _coded("costs_threat", *ANSWERS), nullable=True),
        sa.Column("confidential", _coded("confidential", *ANSWERS), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("reopened_from", sa.Date(), nullable=True),
        sa.Column("end_deadline_id", sa.Integer(), nullable=True),
        sa.Column("review_deadline_id", sa.Integer(), nullable=True),
        sa.Column("duty_deadline_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        *(sa.CheckConstraint(told, name=op.f(f"ck_process_outcomes_{name}")) for name, told in checks.items()),
        *(
            sa.ForeignKeyConstraint([name], [of], name=op.f(f"fk_process_outcomes_{name}"))
            for name, of in pointing.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_outcomes")),
        sa.UniqueConstraint(
            "case_process_id",
            "number",
            "edition",
            name=op.f("uq_process_outcomes_case_process_id_number_edition"),
        ),
    )
    op.create_index("ix_process_outcomes_case_id", "process_outcomes", ["case_id"])


def downgrade() -> None:
    op.drop_table("process_outcomes")
    op.drop_table("outcome_terms")
    op.drop_column("process_stages", "starts")
    op.drop_column("processes", "first_hearing")
