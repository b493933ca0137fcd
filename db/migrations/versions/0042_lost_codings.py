"""A second coding ends when its coder may not read the case any more."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BEFORE = ("asked", "declined", "taken_back", "handed_in")


def upgrade() -> None:
    _allow(*BEFORE, "lost")


def downgrade() -> None:
    op.execute(sa.text("UPDATE codings SET status = 'taken_back' WHERE status = 'lost'"))
    _allow(*BEFORE)


def _allow(*codes: str) -> None:
    listed = ", ".join(f"'{code}'" for code in codes)
    with op.batch_alter_table("codings") as codings:
        codings.drop_constraint(op.f("ck_codings_coding_status"), type_="check")
        codings.create_check_constraint(op.f("ck_codings_coding_status"), f"status IN ({listed})")
