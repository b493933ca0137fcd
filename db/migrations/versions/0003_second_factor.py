"""second factor, session limits, throttle by address"""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Everybody signs in anew: a session begun before has no limit for being idle and no proof of a password.
    op.execute("DELETE FROM sign_in_sessions")
    op.execute("DELETE FROM sign_in_attempts")
    with op.batch_alter_table("sign_in_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("idle_until", db.base.UtcDateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column("proved_at", db.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cookie_taken_at", db.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("address_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("proof_hash", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_sign_in_sessions_proof_hash"), ["proof_hash"])
        batch_op.create_index(
            batch_op.f("ix_sign_in_sessions_volunteer_id_address_hash"), ["volunteer_id", "address_hash"], unique=False
        )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address_hash", sa.String(length=64), nullable=False))
        batch_op.create_index(batch_op.f("ix_sign_in_attempts_address_hash_at"), ["address_hash", "at"], unique=False)
    op.create_table(
        "second_factors",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_second_factors_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_recovery_codes_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_volunteer_id"), ["volunteer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempts_address_hash_at"))
        batch_op.drop_column("address_hash")
    with op.batch_alter_table("sign_in_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_sessions_volunteer_id_address_hash"))
        batch_op.drop_constraint(batch_op.f("uq_sign_in_sessions_proof_hash"), type_="unique")
        for column in ("proof_hash", "address_hash", "cookie_taken_at", "proved_at", "idle_until"):
            batch_op.drop_column(column)
