"""Quiet until a day; and indexes for who is in danger and for the trend."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("volunteers", sa.Column("quiet_until", sa.Date(), nullable=True))
    live = sa.text("cleared_at IS NULL")
    op.create_index("ix_flags_live_code", "flags", ["code", "case_id"], sqlite_where=live, postgresql_where=live)
    op.drop_index("ix_stage_events_to_stage_at", "stage_events")
    op.drop_index("ix_stage_events_case_id", "stage_events")
    op.create_index("ix_stage_events_to_stage_at_from_stage", "stage_events", ["to_stage", "at", "from_stage"])
    columns = ["case_id", "to_stage", "at", "from_stage"]
    op.create_index("ix_stage_events_case_id_to_stage_at_from_stage", "stage_events", columns)


def downgrade() -> None:
    op.drop_index("ix_stage_events_case_id_to_stage_at_from_stage", "stage_events")
    op.drop_index("ix_stage_events_to_stage_at_from_stage", "stage_events")
    op.create_index("ix_stage_events_case_id", "stage_events", ["case_id"])
    op.create_index("ix_stage_events_to_stage_at", "stage_events", ["to_stage", "at"])
    op.drop_index("ix_flags_live_code", "flags")
    op.drop_column("volunteers", "quiet_until")
