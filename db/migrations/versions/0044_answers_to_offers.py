"""What somebody says as they answer an offer of a place is kept, whatever they answer; it is for leads and whoever asked.

What was said as an offer was declined stood among the reasons that a whole team reads.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# What the app itself writes there.
OWN = "Has or had a link to the organisation"


def upgrade() -> None:
    op.add_column("assignments", sa.Column("answer", sa.Text(), nullable=True))
    places = sa.table("assignments", *(sa.column(name, sa.Text()) for name in ("status", "ended_reason", "answer")))
    said = places.c.ended_reason
    moved = sa.update(places).where(places.c.status == "declined", said.is_not(None), said != OWN)
    op.execute(moved.values(answer=said, ended_reason=None))


def downgrade() -> None:
    op.execute(
        sa.text("UPDATE assignments SET ended_reason = answer WHERE status = 'declined' AND ended_reason IS NULL")
    )
    with op.batch_alter_table("assignments") as assignments:
        assignments.drop_column("answer")
