"""Weekly meetings."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SECTIONS = (
    *("owed", "at_risk", "new", "overdue", "help", "marked", "quiet", "in_depth", "closing", "patterns", "workload"),
    *("sign", "other"),
)
NOTES = ("discussion", "decision", "dissent", "addendum")


def upgrade() -> None:
    _meetings()
    _attendees()
    _items()
    _notes()


def downgrade() -> None:
    for table in ("meeting_notes", "meeting_items", "meeting_attendees", "meetings"):
        op.drop_table(table)


def _people(table: str, *names: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], ["volunteers.id"], name=op.f(f"fk_{table}_{name}")) for name in names]


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=False),
        sa.Column("note_taker_id", sa.Integer(), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("planned_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_people("meetings", "chair_id", "note_taker_id", "planned_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index(op.f("ix_meetings_held_on"), "meetings", ["held_on"])
    op.create_index(
        "uq_meetings_not_closed",
        "meetings",
        ["is_closed"],
        unique=True,
        sqlite_where=sa.text("is_closed = 0"),
        postgresql_where=sa.text("NOT is_closed"),
    )


def _attendees() -> None:
    op.create_table(
        "meeting_attendees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=True),
        sa.Column("confirmed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_attendees_meeting_id")),
        *_people("meeting_attendees", "volunteer_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendees")),
        sa.UniqueConstraint("meeting_id", "volunteer_id", name=op.f("uq_meeting_attendees_meeting_id_volunteer_id")),
    )
    op.create_index(op.f("ix_meeting_attendees_volunteer_id"), "meeting_attendees", ["volunteer_id"])


def _items() -> None:
    op.create_table(
        "meeting_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "section",
            sa.Enum(*SECTIONS, native_enum=False, create_constraint=True, length=32, name="section"),
            nullable=False,
        ),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.Column("opened_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("is_carried", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_items_meeting_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_items_case_id")),
        *_people("meeting_items", "added_by_id", "removed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_items")),
    )
    op.create_index(op.f("ix_meeting_items_meeting_id"), "meeting_items", ["meeting_id"])
    op.create_index(op.f("ix_meeting_items_case_id"), "meeting_items", ["case_id"])
    op.create_index(
        "uq_meeting_items_once_a_case",
        "meeting_items",
        ["meeting_id", "case_id"],
        unique=True,
        sqlite_where=sa.text("case_id IS NOT NULL"),
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )


def _notes() -> None:
    op.create_table(
        "meeting_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(*NOTES, native_enum=False, create_constraint=True, length=32, name="note_kind"),
            nullable=False,
        ),
        sa.Column("decision", sa.String(40), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_notes_meeting_id")),
        sa.ForeignKeyConstraint(["item_id"], ["meeting_items.id"], name=op.f("fk_meeting_notes_item_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_notes_case_id")),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_meeting_notes_action_id")),
        *_people("meeting_notes", "owner_id", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_notes")),
    )
    for column in ("meeting_id", "item_id", "case_id"):
        op.create_index(op.f(f"ix_meeting_notes_{column}"), "meeting_notes", [column])
