"""Bodies: where they are, who took whose place, which are one for the wall; and what was said of a conflict in view."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.base
from db.rules.families import Member, kin

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

QUEUE = (
    "queue_rank",
    "queue_due_on",
    "queue_since",
    "id",
    "is_open",
    "stage",
    "body_kind",
    "region",
    "lead_id",
    "grade",
    "specialty_group",
    "opened_on",
    "ours_due_on",
)


def upgrade() -> None:
    _places()
    op.create_table(
        "organisation_mergers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("merged_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_organisation_mergers_two_bodies")),
        *(
            sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_organisation_mergers_{name}"))
            for name, of in (
                ("predecessor_id", "organisations"),
                ("successor_id", "organisations"),
                ("recorded_by_id", "volunteers"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_mergers")),
        sa.UniqueConstraint(
            "predecessor_id", "successor_id", name=op.f("uq_organisation_mergers_predecessor_id_successor_id")
        ),
    )
    op.create_index(op.f("ix_organisation_mergers_successor_id"), "organisation_mergers", ["successor_id"])
    _kin()
    op.create_table(
        "conflict_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("bodies", sa.String(64), nullable=False),
        sa.Column("shown_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("no_conflict", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (no_conflict IS NULL)", name=op.f("ck_conflict_checks_answered_with_its_answer")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_conflict_checks_case_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_conflict_checks_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_checks")),
        sa.UniqueConstraint("volunteer_id", "case_id", name=op.f("uq_conflict_checks_volunteer_id_case_id")),
    )
    op.create_index(op.f("ix_conflict_checks_case_id"), "conflict_checks", ["case_id"])
    _queue_index((*QUEUE, "organisation_id"))


def _places() -> None:
    # One by one: SQLite would make the whole table anew, which others point at.
    op.add_column("organisations", sa.Column("town", sa.String(200), nullable=True))
    op.add_column("organisations", sa.Column("postcode", sa.String(12), nullable=True))
    op.add_column("organisations", sa.Column("changed_at", db.base.UtcDateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_organisations_changed_at"), "organisations", ["changed_at"])


def _kin() -> None:
    """Worked out from the parents that are known: a wall that stands must not wait for the next import."""
    table = op.create_table(
        "body_kin",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("kin_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["organisations.id"], name=op.f("fk_body_kin_body_id")),
        sa.ForeignKeyConstraint(["kin_id"], ["organisations.id"], name=op.f("fk_body_kin_kin_id")),
        sa.PrimaryKeyConstraint("body_id", "kin_id", name=op.f("pk_body_kin")),
    )
    op.create_index(op.f("ix_body_kin_kin_id"), "body_kin", ["kin_id"])
    bodies = sa.table("organisations", *(sa.column(name) for name in ("id", "parent_id", "kind")))
    known = [Member(*row) for row in op.get_bind().execute(sa.select(*bodies.c))]
    pairs = [{"body_id": one, "kin_id": other} for one, other in sorted(kin(known, ()))]
    if pairs:
        op.bulk_insert(table, pairs)


def _queue_index(columns: tuple[str, ...]) -> None:
    where: dict[str, Any] = {"sqlite_where": sa.text("is_open = 1"), "postgresql_where": sa.text("is_open")}
    op.drop_index("ix_cases_queue", table_name="cases", **where)
    op.create_index("ix_cases_queue", "cases", list(columns), unique=False, **where)


def downgrade() -> None:
    _queue_index(QUEUE)
    op.drop_table("conflict_checks")
    op.drop_table("body_kin")
    op.drop_table("organisation_mergers")
    op.drop_index(op.f("ix_organisations_changed_at"), table_name="organisations")
    for name in ("changed_at", "postcode", "town"):
        op.drop_column("organisations", name)
