"""What others published."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0040"
down_revision = "0038b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(40), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("listed", sa.String(40), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("imported_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name=op.f("ck_published_values_share_is_a_percentage")),
        sa.CheckConstraint("base > 0", name=op.f("ck_published_values_of_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_values")),
        sa.UniqueConstraint(
            "series",
            "measure",
            "year",
            "listed",
            "place",
            name=op.f("uq_published_values_series_measure_year_listed_place"),
        ),
    )


def downgrade() -> None:
    op.drop_table("published_values")
