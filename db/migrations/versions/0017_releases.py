"""Releases: what may be shown of each closed quarter; and which doctors said no to counts, found quickly."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STANDING: dict[str, Any] = {
    "sqlite_where": sa.text("discarded_at IS NULL"),
    "postgresql_where": sa.text("discarded_at IS NULL"),
}
COUNTS: dict[str, Any] = {
    "sqlite_where": sa.text("purpose = 'counts'"),
    "postgresql_where": sa.text("purpose = 'counts'"),
}


def upgrade() -> None:
    moments = ("reviewed_at", "signed_at", "discarded_at")
    numbers = ("open_pairs", "left_out", "shown_numbers", "shown_low", "withheld")
    people = ("computed_by_id", "reviewed_by_id", "signed_by_id", "discarded_by_id")
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("computed_at", db.base.UtcDateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in people),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        *(sa.Column(name, db.base.UtcDateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("discarded_why", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(quarter) = 6", name=op.f("ck_releases_quarter_like_2026Q4")),
        sa.CheckConstraint(
            "signed_at IS NULL OR reviewed_at IS NOT NULL", name=op.f("ck_releases_signed_after_review")
        ),
        sa.CheckConstraint(
            "signed_at IS NULL OR discarded_at IS NULL", name=op.f("ck_releases_never_discarded_once_signed")
        ),
        *(sa.ForeignKeyConstraint([name], ["volunteers.id"], name=op.f(f"fk_releases_{name}")) for name in people),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index("uq_releases_standing", "releases", ["quarter"], unique=True, **STANDING)
    op.create_table(
        "release_tables",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_release_tables_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_tables")),
        sa.UniqueConstraint(
            "release_id", "dimension", "period", name=op.f("uq_release_tables_release_id_dimension_period")
        ),
    )
    asked = ["case_id", "given_at", "given", "withdrawn_at", "expires_on"]
    op.create_index("ix_consents_counts", "consents", asked, unique=False, **COUNTS)


def downgrade() -> None:
    op.drop_index("ix_consents_counts", table_name="consents", **COUNTS)
    op.drop_table("release_tables")
    op.drop_index("uq_releases_standing", table_name="releases", **STANDING)
    op.drop_table("releases")
