"""Cover during leave, caps for one person, hand-overs that wait for an answer, debriefs."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LIVE = "status IN ('offered', 'accepted')"


def upgrade() -> None:
    op.create_table(
        "caps",
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("most_crisis_cases", sa.Integer(), nullable=True),
        sa.Column("most_active_cases", sa.Integer(), nullable=True),
        sa.Column("most_points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("most_crisis_cases BETWEEN 0 AND 20", name=op.f("ck_caps_most_crisis_cases_in_range")),
        sa.CheckConstraint("most_active_cases BETWEEN 0 AND 50", name=op.f("ck_caps_most_active_cases_in_range")),
        sa.CheckConstraint("most_points BETWEEN 0 AND 200", name=op.f("ck_caps_most_points_in_range")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_caps_volunteer_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["volunteers.id"], name=op.f("fk_caps_set_by_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_caps")),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["assignments.id"], name=op.f("fk_handovers_offer_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["assignments.id"], name=op.f("fk_handovers_replaces_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_handovers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_handovers_offer_id")),
    )
    op.create_index("ix_handovers_case_id", "handovers", ["case_id"])
    op.create_index("ix_handovers_replaces_id", "handovers", ["replaces_id"])
    _debriefs()
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cover_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_leaves_cover_id"), "volunteers", ["cover_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_leaves_somebody_else_covers"), "cover_id <> volunteer_id")
        batch_op.create_index(batch_op.f("ix_leaves_cover_id"), ["cover_id"], unique=False)

    op.drop_index("uq_assignments_one_place", table_name="assignments")
    _index("uq_assignments_one_place", f"{LIVE} AND role <> 'interim'", unique=True)
    _index("uq_assignments_one_interim", f"{LIVE} AND role = 'interim'", unique=True)
    _index("ix_assignments_live", LIVE)
    op.create_index("ix_assignments_ended_at", "assignments", ["ended_at"])


def _debriefs() -> None:
    kinds = sa.Enum("hearing", "death", name="debrief_kind", native_enum=False, create_constraint=True, length=32)
    outcomes = sa.Enum("held", "declined", name="debrief_outcome", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "debriefs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("outcome", outcomes, nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (recorded_at IS NULL)", name=op.f("ck_debriefs_recorded_with_its_outcome")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_debriefs_case_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_debriefs_volunteer_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["volunteers.id"], name=op.f("fk_debriefs_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debriefs")),
        sa.UniqueConstraint(
            "volunteer_id",
            "case_id",
            "kind",
            "happened_on",
            name=op.f("uq_debriefs_volunteer_id_case_id_kind_happened_on"),
        ),
    )
    op.create_index("ix_debriefs_case_id", "debriefs", ["case_id"])
    op.create_index("ix_debriefs_happened_on", "debriefs", ["happened_on"])
    due = sa.text("outcome IS NULL")
    op.create_index("ix_debriefs_due", "debriefs", ["volunteer_id"], sqlite_where=due, postgresql_where=due)


def _index(name: str, where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        "assignments",
        ["case_id", "volunteer_id"],
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("ix_assignments_ended_at", table_name="assignments")
    for name in ("ix_assignments_live", "uq_assignments_one_interim", "uq_assignments_one_place"):
        op.drop_index(name, table_name="assignments")
    # The version before knew one live place a person, and no hand-over that waits: what it could not hold ends.
    op.execute(
        "UPDATE assignments SET status = 'ended', ended_at = CURRENT_TIMESTAMP, ended_reason = 'Interim place ended' "
        "WHERE role = 'interim' AND status IN ('offered', 'accepted') AND EXISTS (SELECT 1 FROM assignments AS other "
        "WHERE other.case_id = assignments.case_id AND other.volunteer_id = assignments.volunteer_id "
        "AND other.id <> assignments.id AND other.status IN ('offered', 'accepted'))"
    )
    op.execute(
        "UPDATE assignments SET status = 'ended', ended_at = CURRENT_TIMESTAMP, ended_reason = 'Hand-over taken back' "
        "WHERE status = 'offered' AND id IN (SELECT offer_id FROM handovers)"
    )
    _index("uq_assignments_one_place", LIVE, unique=True)
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_leaves_somebody_else_covers"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_leaves_cover_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_leaves_cover_id"))
        batch_op.drop_column("cover_id")
    for table in ("debriefs", "handovers", "caps"):
        op.drop_table(table)
