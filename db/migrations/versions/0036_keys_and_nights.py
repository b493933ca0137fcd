"""A check of the keys that belong to a database, and what ran each night."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0036"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revision", sa.Column("hash_check", sa.String(64), nullable=True))
    op.add_column("revision", sa.Column("identity_check", sa.LargeBinary(), nullable=True))
    op.create_table(
        "night_steps",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("began_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("day", "step", name=op.f("pk_night_steps")),
    )


def downgrade() -> None:
    op.drop_table("night_steps")
    with op.batch_alter_table("revision") as batch_op:
        batch_op.drop_column("identity_check")
        batch_op.drop_column("hash_check")
