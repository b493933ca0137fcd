"""People named in cases, exceptions and notices; circles beside employers."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conflict_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("found_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_conflict_notices_case_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["volunteers.id"], name=op.f("fk_conflict_notices_noted_by_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_conflict_notices_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_notices")),
        sa.UniqueConstraint("volunteer_id", "case_id", name=op.f("uq_conflict_notices_volunteer_id_case_id")),
    )
    with op.batch_alter_table("conflict_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_notices_case_id"), ["case_id"], unique=False)

    op.create_table(
        "parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "doctor",
                "case_manager",
                "investigator",
                "responsible_officer",
                "complainant",
                "witness",
                "supervisor",
                "other",
                name="party_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("case_id", "name_hash", name=op.f("uq_parties_case_id_name_hash")),
    )
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parties_name_hash"), ["name_hash"], unique=False)

    op.create_table(
        "wall_exceptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        sa.Column("agreed_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", db.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> asked_by_id", name=op.f("ck_wall_exceptions_two_people")
        ),
        sa.CheckConstraint(
            "agreed_by_id IS NULL OR volunteer_id <> agreed_by_id",
            name=op.f("ck_wall_exceptions_not_agreed_for_oneself"),
        ),
        sa.CheckConstraint("volunteer_id <> asked_by_id", name=op.f("ck_wall_exceptions_not_for_oneself")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["volunteers.id"], name=op.f("fk_wall_exceptions_agreed_by_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["volunteers.id"], name=op.f("fk_wall_exceptions_asked_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_wall_exceptions_case_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_wall_exceptions_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_exceptions")),
    )
    with op.batch_alter_table("wall_exceptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wall_exceptions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_wall_exceptions_volunteer_id_case_id"), ["volunteer_id", "case_id"], unique=False
        )

    op.create_index("ix_cases_specialty_group_region_opened_on", "cases", ["specialty_group", "region", "opened_on"])
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum(
                    "employer",
                    "deanery",
                    "other",
                    "circle",
                    name="affiliation_kind",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                # What all were until now.
                server_default="employer",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("specialty_group", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("region", sa.String(length=40), nullable=True))
        batch_op.alter_column("organisation_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_affiliations_a_body_or_a_circle"),
            "(kind = 'circle') = (organisation_id IS NULL)"
            " AND (kind = 'circle') = (specialty_group IS NOT NULL AND region IS NOT NULL)",
        )
        batch_op.create_index(
            batch_op.f("ix_affiliations_specialty_group_region"), ["specialty_group", "region"], unique=False
        )

    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)

    with op.batch_alter_table("volunteers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_hash", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_volunteers_name_hash"), ["name_hash"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_cases_specialty_group_region_opened_on", table_name="cases")
    op.drop_index("ix_volunteers_name_hash", table_name="volunteers")
    # Not in a batch: that would drop and make anew a table which most others point at.
    op.execute("ALTER TABLE volunteers DROP COLUMN name_hash")
    # The version before knew no circles.
    op.execute("DELETE FROM affiliations WHERE kind = 'circle'")
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_affiliations_a_body_or_a_circle"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_affiliations_affiliation_kind"), type_="check")
        batch_op.drop_index("ix_affiliations_specialty_group_region")
        batch_op.alter_column("organisation_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("region")
        batch_op.drop_column("specialty_group")
        batch_op.drop_column("kind")
    for table in ("wall_exceptions", "parties", "conflict_notices"):
        op.drop_table(table)
