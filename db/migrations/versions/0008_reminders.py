"""Inbox marks, calendar addresses and daily digests."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("seen_audit_id", sa.Integer(), nullable=False),
        sa.Column("calendar_hash", sa.String(length=64), nullable=True),
        sa.Column("calendar_made_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("calendar_read_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("wants_digest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_reminders_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("calendar_hash", name=op.f("uq_reminders_calendar_hash")),
    )
    op.create_table(
        "digests",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "claimed", "sent", "empty", name="digest_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_digests_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", "day", name=op.f("pk_digests")),
    )


def downgrade() -> None:
    op.drop_table("digests")
    op.drop_table("reminders")
