"""The end of a process may ask for a check-in, also where 0025 ran before it knew of that.

Such a database came through every later migration, and then could not hold this version's reference data.
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

PLACES = "'stage', 'end', 'outcome', 'flag', 'rule', 'finding', 'advocacy'"


def upgrade() -> None:
    name = op.f("ck_check_in_rules_check_in_at")
    with op.batch_alter_table("check_in_rules") as rules:
        rules.drop_constraint(name, type_="check")
        rules.create_check_constraint(name, f"place IN ({PLACES})")


def downgrade() -> None:
    """What 0025 makes today is the same."""
