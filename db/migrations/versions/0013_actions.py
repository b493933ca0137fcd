"""Actions: how each ended and by whom, dates moved with a reason, offers to hand one over."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = ("contact", "document", "decision", "note", "update", "meeting", "support", "advocacy", "system")
UNDONE: dict[str, Any] = {"sqlite_where": sa.text("done_at IS NULL"), "postgresql_where": sa.text("done_at IS NULL")}
LIVE: dict[str, Any] = {
    "sqlite_where": sa.text("status = 'offered'"),
    "postgresql_where": sa.text("status = 'offered'"),
}
ENDS = sa.Enum(
    "done",
    "dropped",
    "replaced",
    "case_ended",
    name="action_end",
    native_enum=False,
    create_constraint=False,
    length=32,
)
ANSWERS = sa.Enum(
    "offered",
    "accepted",
    "declined",
    "ended",
    name="assignment_status",
    native_enum=False,
    create_constraint=True,
    length=32,
)


def upgrade() -> None:
    _kinds_of_entry((*KINDS[:-1], "action", "system"))
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("ended_how", ENDS, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_actions_done_by_id"), "volunteers", ["done_by_id"], ["id"])
        batch_op.create_check_constraint(
            batch_op.f("ck_actions_action_end"), "ended_how IN ('done', 'dropped', 'replaced', 'case_ended')"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_actions_ended_says_how_and_when"),
            "done_at IS NOT NULL OR (done_by_id IS NULL AND ended_how IS NULL)",
        )
        batch_op.drop_index(batch_op.f("ix_actions_owner_id"))
        batch_op.create_index("ix_actions_undone_owner", ["owner_id", "due_on"], unique=False, **UNDONE)
        batch_op.create_index("ix_actions_undone_due", ["due_on"], unique=False, **UNDONE)
    _moves()
    _offers()


def _kinds_of_entry(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    # SQLite makes the table anew, and would not let go of the old one while an entry points at another.
    op.execute("CREATE TABLE corrected AS SELECT id, corrects_id FROM entries WHERE corrects_id IS NOT NULL")
    op.execute("UPDATE entries SET corrects_id = NULL WHERE corrects_id IS NOT NULL")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_entries_entry_kind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_entries_entry_kind"), f"kind IN ({listed})")
    op.execute(
        "UPDATE entries SET corrects_id = (SELECT corrects_id FROM corrected WHERE corrected.id = entries.id)"
        " WHERE id IN (SELECT id FROM corrected)"
    )
    op.execute("DROP TABLE corrected")


def _moves() -> None:
    op.create_table(
        "action_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("to_on > from_on", name=op.f("ck_action_moves_moves_to_a_later_day")),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_action_moves_action_id")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_action_moves_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_action_moves_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_moves")),
    )
    op.create_index(op.f("ix_action_moves_action_id"), "action_moves", ["action_id"], unique=False)
    op.create_index(op.f("ix_action_moves_case_id"), "action_moves", ["case_id"], unique=False)


def _offers() -> None:
    people = ("from_id", "to_id", "offered_by_id")
    op.create_table(
        "action_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in people),
        sa.Column("offered_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", ANSWERS, nullable=False),
        sa.Column("answered_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_action_offers_goes_to_somebody_else")),
        sa.CheckConstraint(
            "(status = 'offered') = (answered_at IS NULL)", name=op.f("ck_action_offers_live_until_answered")
        ),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_action_offers_action_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_action_offers_case_id")),
        *(sa.ForeignKeyConstraint([name], ["volunteers.id"], name=op.f(f"fk_action_offers_{name}")) for name in people),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_offers")),
    )
    op.create_index(op.f("ix_action_offers_action_id"), "action_offers", ["action_id"], unique=False)
    op.create_index(op.f("ix_action_offers_case_id"), "action_offers", ["case_id"], unique=False)
    op.create_index("uq_action_offers_live", "action_offers", ["action_id"], unique=True, **LIVE)
    op.create_index("ix_action_offers_live_to", "action_offers", ["to_id"], unique=False, **LIVE)


def downgrade() -> None:
    op.drop_table("action_offers")
    op.drop_table("action_moves")
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.drop_index("ix_actions_undone_due", **UNDONE)
        batch_op.drop_index("ix_actions_undone_owner", **UNDONE)
        batch_op.create_index(batch_op.f("ix_actions_owner_id"), ["owner_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("ck_actions_ended_says_how_and_when"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_actions_action_end"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_actions_done_by_id"), type_="foreignkey")
        batch_op.drop_column("ended_how")
        batch_op.drop_column("done_by_id")
    # An action that was done stays on the timeline, as what it was before there was a word for it.
    op.execute("UPDATE entries SET kind = 'note' WHERE kind = 'action'")
    _kinds_of_entry(KINDS)
