"""Windows that close, dates that must not be missed, and what ended only because its case did."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0027"
branch_labels = None
depends_on = None

POINTING = ("rule", "may_apply_rule", "asks_rule", "previous_id")
TABLES = ("deadlines", "time_rules")
deadlines = sa.table(
    "deadlines",
    sa.column("id"),
    sa.column("lapsed_reason"),
    sa.column("ended_with_case", sa.Boolean()),
    *(sa.column(name) for name in POINTING),
)
flags = sa.table(
    "flags", sa.column("cleared_why"), sa.column("cleared_by_id"), sa.column("ended_with_case", sa.Boolean())
)
WITH_THE_CASE = ("Case: Closed", "Case: Declined", "Case: Referred on")


def upgrade() -> None:
    _whose("'ours', 'body', 'window'")
    for table, name in (("deadlines", "must_not_miss"), ("deadlines", "ended_with_case"), ("flags", "ended_with_case")):
        op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(deadlines.update().where(deadlines.c.lapsed_reason.in_(WITH_THE_CASE)).values(ended_with_case=True))
    alone = sa.and_(flags.c.cleared_why.in_(WITH_THE_CASE), flags.c.cleared_by_id.is_(None))
    op.execute(flags.update().where(alone).values(ended_with_case=True))


def downgrade() -> None:
    for of, name in (("flags", "ended_with_case"), ("deadlines", "ended_with_case"), ("deadlines", "must_not_miss")):
        op.drop_column(of, name)
    for table in (sa.table(name, sa.column("whose")) for name in TABLES):
        op.execute(table.update().where(table.c.whose == "window").values(whose="body"))
    _whose("'ours', 'body'")


def _whose(listed: str) -> None:
    # SQLite makes a table anew, and would not let go of the old one while a row points at another.
    op.execute("CREATE TABLE pointing AS SELECT id, rule, may_apply_rule, asks_rule, previous_id FROM deadlines")
    op.execute(deadlines.update().values(dict.fromkeys(POINTING)))
    for name in TABLES:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"ck_{name}_whose"), type_="check")
            batch_op.create_check_constraint(batch_op.f(f"ck_{name}_whose"), f"whose IN ({listed})")
    kept = sa.table("pointing", sa.column("id"), *(sa.column(name) for name in POINTING))
    back = {name: sa.select(kept.c[name]).where(kept.c.id == deadlines.c.id).scalar_subquery() for name in POINTING}
    op.execute(deadlines.update().values(back))
    op.drop_table("pointing")
