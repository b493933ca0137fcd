"""What waits for a second lead; who declared an employer and when; when an address was changed."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "add_account",
    "change_account",
    "link",
    "let_back_in",
    "reset_factor",
    "deactivate",
    "end_affiliation",
    "remove_party",
    name="approval_kind",
    native_enum=False,
    create_constraint=True,
    length=32,
)
OUTCOMES = sa.Enum(
    "waiting",
    "agreed",
    "refused",
    "withdrawn",
    "lapsed",
    "alone",
    name="approval_outcome",
    native_enum=False,
    create_constraint=True,
    length=32,
)
PEOPLE = ("asked_by_id", "seen_by_id", "settled_by_id", "volunteer_id")


def upgrade() -> None:
    _approvals()
    op.add_column("volunteers", sa.Column("email_changed_at", db.base.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("declared_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("declared_at", db.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_affiliations_declared_by_id"), "volunteers", ["declared_by_id"], ["id"]
        )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", OUTCOMES, nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome <> 'agreed' OR (settled_by_id IS NOT NULL AND settled_by_id <> asked_by_id)",
            name=op.f("ck_approvals_two_people"),
        ),
        sa.CheckConstraint(
            "outcome <> 'agreed' OR volunteer_id IS NULL OR volunteer_id <> settled_by_id",
            name=op.f("ck_approvals_not_agreed_by_the_person"),
        ),
        sa.CheckConstraint(
            "(outcome IN ('waiting', 'alone')) = (settled_at IS NULL)", name=op.f("ck_approvals_settled_says_when")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id")),
        *(sa.ForeignKeyConstraint([name], ["volunteers.id"], name=op.f(f"fk_approvals_{name}")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_outcome_asked_at"), "approvals", ["outcome", "asked_at"], unique=False)
    op.create_index(op.f("ix_approvals_volunteer_id"), "approvals", ["volunteer_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_affiliations_declared_by_id"), type_="foreignkey")
        for name in ("waits", "declared_at", "declared_by_id"):
            batch_op.drop_column(name)
    # Not by a new table: SQLite would not let go of the old one while others point at it.
    op.drop_column("volunteers", "email_changed_at")
    op.drop_table("approvals")
