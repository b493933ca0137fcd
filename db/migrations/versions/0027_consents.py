"""Whom a consent to contact organisations speaks of."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

WHOM = ("employer", "gmc", "ppa", "deanery", "cqc", "parliament", "partner", "court", "other")


def upgrade() -> None:
    approached = sa.Enum(*WHOM, name="approached", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("consents") as consents:
        consents.add_column(sa.Column("whom", approached, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("consents") as consents:
        consents.drop_constraint(op.f("ck_consents_approached"), type_="check")
        consents.drop_column("whom")
