"""Dissent belongs to a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("meeting_notes") as notes:
        notes.add_column(sa.Column("dissents_from_id", sa.Integer(), nullable=True))
        notes.create_foreign_key(
            op.f("fk_meeting_notes_dissents_from_id"), "meeting_notes", ["dissents_from_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("meeting_notes") as notes:
        notes.drop_constraint(op.f("fk_meeting_notes_dissents_from_id"), type_="foreignkey")
        notes.drop_column("dissents_from_id")
