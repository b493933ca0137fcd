"""The lived-experience series."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0038b"
down_revision = "0038"
branch_labels = None
depends_on = None

STAGES = (
    *("invited", "interview", "draft", "seen", "employer", "legal"),
    *("published", "taken_down", "withdrawn"),
)
STILL = sa.text("stage <> 'withdrawn'")


def upgrade() -> None:
    op.create_table(
        "series_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("wording", sa.String(40), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("given_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        *_to("series_consents", case_id="cases", recorded_by_id="volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_consents")),
    )
    op.create_index(op.f("ix_series_consents_case_id"), "series_consents", ["case_id"])
    op.create_table(
        "stories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        _stage("story_stage"),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_to("stories", case_id="cases", changed_by_id="volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index("uq_stories_live", "stories", ["case_id"], unique=True, sqlite_where=STILL, postgresql_where=STILL)
    op.create_table(
        "story_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        _stage("step_stage"),
        sa.Column("channel", sa.String(40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", db.base.UtcDateTime(timezone=True), nullable=False),
        *_to("story_steps", story_id="stories", case_id="cases", by_id="volunteers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_steps")),
    )
    for column in ("story_id", "case_id"):
        op.create_index(op.f(f"ix_story_steps_{column}"), "story_steps", [column])


def downgrade() -> None:
    for table in ("story_steps", "stories", "series_consents"):
        op.drop_table(table)


def _to(table: str, **to: str) -> list[sa.ForeignKeyConstraint]:
    return [sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_{table}_{name}")) for name, of in to.items()]


def _stage(called: str) -> sa.Column[object]:
    kind = sa.Enum(*STAGES, native_enum=False, create_constraint=True, length=32, name=called)
    return sa.Column("stage", kind, nullable=False)
