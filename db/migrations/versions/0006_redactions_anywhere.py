"""Words taken out of any text of a case, not of entries only."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("place", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("row_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE redactions SET place = 'entries', row_id = entry_id,"
        " case_id = (SELECT entries.case_id FROM entries WHERE entries.id = redactions.entry_id)"
    )
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redactions_entry_id"))
        batch_op.drop_constraint(batch_op.f("fk_redactions_entry_id"), type_="foreignkey")
        batch_op.drop_column("entry_id")
        batch_op.alter_column("case_id", nullable=False, existing_type=sa.Integer())
        batch_op.alter_column("place", nullable=False, existing_type=sa.String(length=40))
        batch_op.alter_column("row_id", nullable=False, existing_type=sa.Integer())
        batch_op.create_foreign_key(batch_op.f("fk_redactions_case_id"), "cases", ["case_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_redactions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redactions_place_row_id"), ["place", "row_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("entry_id", sa.Integer(), nullable=True))
    op.execute("DELETE FROM redactions WHERE place <> 'entries'")
    op.execute("UPDATE redactions SET entry_id = row_id")
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redactions_place_row_id"))
        batch_op.drop_index(batch_op.f("ix_redactions_case_id"))
        batch_op.drop_constraint(batch_op.f("fk_redactions_case_id"), type_="foreignkey")
        batch_op.drop_column("row_id")
        batch_op.drop_column("place")
        batch_op.drop_column("case_id")
        batch_op.alter_column("entry_id", nullable=False, existing_type=sa.Integer())
        batch_op.create_foreign_key(batch_op.f("fk_redactions_entry_id"), "entries", ["entry_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_redactions_entry_id"), ["entry_id"], unique=False)
