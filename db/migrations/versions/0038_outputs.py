"""Outputs, their sentences and what those rest on, and what came of advocacy."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

STATUSES = ("draft", "ready", "released", "dropped")
PURPOSES = ("hold", "second", "meeting", "contact", "counts", "learning", "digest", "media", "future")


def upgrade() -> None:
    _outputs()
    _claims()
    _bases()
    _flags()
    _advocacy()


def downgrade() -> None:
    for table in ("advocacy_results", "claim_flags", "claim_bases", "claims", "outputs"):
        op.drop_table(table)


def _to(table: str, of: str, *names: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_{table}_{name}")) for name in names]


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, db.base.UtcDateTime(timezone=True), nullable=nullable)


def _code(name: str, codes: tuple[str, ...], called: str) -> sa.Column[object]:
    kind = sa.Enum(*codes, native_enum=False, create_constraint=True, length=32, name=called)
    return sa.Column(name, kind, nullable=False)


def _outputs() -> None:
    op.create_table(
        "outputs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("to_whom", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _code("status", STATUSES, "output_status"),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        _at("planned_at"),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        _at("changed_at"),
        sa.Column("ready_by_id", sa.Integer(), nullable=True),
        _at("ready_at", nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        _at("released_at", nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("result", sa.String(40), nullable=True),
        sa.Column("dropped_why", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ready_by_id IS NULL) = (ready_at IS NULL)", name=op.f("ck_outputs_ready_or_not")),
        sa.CheckConstraint("(released_by_id IS NULL) = (released_at IS NULL)", name=op.f("ck_outputs_released_or_not")),
        *_to("outputs", "volunteers", "owner_id", "planned_by_id", "changed_by_id", "ready_by_id", "released_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outputs")),
    )
    for column in ("owner_id", "status"):
        op.create_index(op.f(f"ix_outputs_{column}"), "outputs", [column])


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("output_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("at"),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        _at("removed_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_to("claims", "outputs", "output_id"),
        *_to("claims", "volunteers", "by_id", "removed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_output_id"), "claims", ["output_id"])


def _bases() -> None:
    op.create_table(
        "claim_bases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("learning_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(40), nullable=True),
        sa.CheckConstraint("(learning_id IS NULL) <> (finding IS NULL)", name=op.f("ck_claim_bases_of_one")),
        sa.CheckConstraint("(learning_id IS NULL) = (case_id IS NULL)", name=op.f("ck_claim_bases_with_its_case")),
        *_to("claim_bases", "claims", "claim_id"),
        *_to("claim_bases", "learnings", "learning_id"),
        *_to("claim_bases", "cases", "case_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_bases")),
        sa.UniqueConstraint("claim_id", "learning_id", name=op.f("uq_claim_bases_claim_id_learning_id")),
        sa.UniqueConstraint("claim_id", "finding", name=op.f("uq_claim_bases_claim_id_finding")),
    )
    for column in ("learning_id", "case_id", "finding"):
        op.create_index(op.f(f"ix_claim_bases_{column}"), "claim_bases", [column])


def _flags() -> None:
    op.create_table(
        "claim_flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        _code("purpose", PURPOSES, "consent_purpose"),
        _at("at"),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        _at("settled_at", nullable=True),
        sa.Column("settled_how", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(settled_by_id IS NULL) = (settled_at IS NULL)", name=op.f("ck_claim_flags_settled_or_not")
        ),
        *_to("claim_flags", "claims", "claim_id"),
        *_to("claim_flags", "cases", "case_id"),
        *_to("claim_flags", "volunteers", "settled_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_flags")),
    )
    op.create_index(op.f("ix_claim_flags_case_id"), "claim_flags", ["case_id"])
    op.create_index(
        "uq_claim_flags_open",
        "claim_flags",
        ["claim_id", "case_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _advocacy() -> None:
    op.create_table(
        "advocacy_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("replied_on", sa.Date(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("result", sa.String(40), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("at"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_to("advocacy_results", "entries", "entry_id"),
        *_to("advocacy_results", "cases", "case_id"),
        *_to("advocacy_results", "volunteers", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advocacy_results")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_advocacy_results_entry_id")),
    )
    op.create_index(op.f("ix_advocacy_results_case_id"), "advocacy_results", ["case_id"])
