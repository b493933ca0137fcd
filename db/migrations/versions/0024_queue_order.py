"""A doctor in crisis stands before every other urgent flag in the queue; nobody chooses columns any more."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE cases SET queue_rank = CASE WHEN ' ' || flags || ' ' LIKE '% CRISIS %' THEN 0 ELSE queue_rank + 1 END"
    )
    op.drop_table("queue_columns")


def downgrade() -> None:
    op.create_table(
        "queue_columns",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_queue_columns_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_queue_columns")),
    )
    op.execute("UPDATE cases SET queue_rank = CASE WHEN queue_rank = 2 THEN 1 ELSE 0 END")
