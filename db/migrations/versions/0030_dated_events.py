"""What a doctor tells of with its day, and which rules count from it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dated_events",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("process", sa.String(40), nullable=True),
        sa.Column("place", sa.String(40), nullable=True),
        sa.Column("value", sa.String(40), nullable=True),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("as_date", sa.String(40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["process"], ["processes.code"], name=op.f("fk_dated_events_process")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dated_events")),
    )


def downgrade() -> None:
    op.drop_table("dated_events")
