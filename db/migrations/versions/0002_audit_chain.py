"""audit rows hang on a chain; no audit or access row is changed or deleted"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from tqdm import tqdm

import db.base
from db.audit_chain import FIRST, next_head
from db.settings import load_vault

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit", "access_log")
NOTHING = "0" * 64
BATCH = 5_000

AUDIT = sa.table(
    "audit",
    sa.column("id", sa.Integer),
    sa.column("at", db.base.UtcDateTime(timezone=True)),
    sa.column("actor_id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("case_id", sa.Integer),
    sa.column("details", sa.JSON),
    sa.column("previous", sa.String),
    sa.column("hash", sa.String),
)
REVISION = sa.table(
    "revision",
    sa.column("audit_id", sa.Integer),
    sa.column("audit_hash", sa.String),
    sa.column("audit_state", sa.String),
)


def upgrade() -> None:
    op.add_column("revision", sa.Column("audit_id", sa.Integer(), server_default="0", nullable=False))
    for name in ("audit_hash", "audit_state"):
        op.add_column("revision", sa.Column(name, sa.String(64), server_default=NOTHING, nullable=False))
    for name in ("previous", "hash"):
        op.add_column("audit", sa.Column(name, sa.String(64), nullable=True))
    _chain_what_is_there()
    with op.batch_alter_table("audit") as batch_op:
        for name in ("previous", "hash"):
            batch_op.alter_column(name, existing_type=sa.String(64), nullable=False)
    op.create_index("ix_audit_action", "audit", ["action"])
    op.create_index("ix_access_log_at", "access_log", ["at"])
    _add_triggers()


def _chain_what_is_there() -> None:
    """Hangs the rows of an earlier version on the chain, oldest first."""
    bind = op.get_bind()
    total = bind.scalar(sa.select(sa.func.count()).select_from(AUDIT)) or 0
    if not total:
        return
    vault = load_vault(bind.engine.url.render_as_string(hide_password=False))
    head, columns = FIRST, [AUDIT.c[name] for name in ("id", "at", "actor_id", "action", "case_id", "details")]
    oldest_first = sa.select(*columns).order_by(AUDIT.c.id).limit(BATCH)
    link = (
        sa.update(AUDIT)
        .where(AUDIT.c.id == sa.bindparam("row"))
        .values(previous=sa.bindparam("follows"), hash=sa.bindparam("digest"))
    )
    with tqdm(total=total, desc="Audit rows", unit="row", delay=1, disable=None) as bar:
        while rows := bind.execute(oldest_first.where(AUDIT.c.id > head.id)).all():
            links: list[dict[str, Any]] = []
            for row in rows:
                after = next_head(vault, head, **row._mapping)
                links.append({"row": row.id, "follows": head.hash, "digest": after.hash})
                head = after
            bind.execute(link, links)
            bar.update(len(rows))
    bind.execute(sa.update(REVISION).values(audit_id=head.id, audit_hash=head.hash, audit_state=head.state))


def _add_triggers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_to_rewrite_the_log() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_the_log()"
            )
        return
    for table in TABLES:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table} {refuse}")
        # INSERT OR REPLACE deletes without asking the trigger above.
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - names of ours
        op.execute(f"CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table} WHEN {taken} {refuse}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_is_append_only ON {table}")
        op.execute("DROP FUNCTION refuse_to_rewrite_the_log()")
    else:
        for table in TABLES:
            for name in ("changed", "deleted", "replaced"):
                op.execute(f"DROP TRIGGER {table}_is_not_{name}")
    op.drop_index("ix_access_log_at", "access_log")
    op.drop_index("ix_audit_action", "audit")
    with op.batch_alter_table("audit") as batch_op:
        batch_op.drop_column("hash")
        batch_op.drop_column("previous")
    with op.batch_alter_table("revision") as batch_op:
        for name in ("audit_state", "audit_hash", "audit_id"):
            batch_op.drop_column(name)
