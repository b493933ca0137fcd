"""What a doctor tells is kept with each case; which cases are one doctor's is answered by leads; names add up."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LIVE: dict[str, Any] = {"sqlite_where": sa.text("undone_at IS NULL"), "postgresql_where": sa.text("undone_at IS NULL")}
MOMENT = db.base.UtcDateTime(timezone=True)
CASES = sa.table("cases", sa.column("id", sa.Integer), sa.column("doctor_id", sa.Integer))
DOCTORS = sa.table(
    "doctors",
    sa.column("id", sa.Integer),
    sa.column("identity", sa.LargeBinary),
    sa.column("identity_hash", sa.String),
    sa.column("created_at", MOMENT),
)
IDENTITIES = sa.table(
    "identities",
    sa.column("case_id", sa.Integer),
    sa.column("doctor_id", sa.Integer),
    sa.column("sealed", sa.LargeBinary),
)
ANSWERS = sa.table(
    "doctor_answers",
    sa.column("one_id", sa.Integer),
    sa.column("other_id", sa.Integer),
    sa.column("is_one", sa.Boolean),
    sa.column("at", MOMENT),
)


def upgrade() -> None:
    _identities()
    _answers()
    _names()
    _carry_over()
    op.drop_index(op.f("ix_doctors_identity_hash"), table_name="doctors")
    # Not in batch mode: SQLite would make the table anew, and cases point at it.
    op.execute("ALTER TABLE doctors DROP COLUMN identity_hash")
    op.execute("ALTER TABLE doctors DROP COLUMN identity")


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_hash", sa.String(length=64), nullable=True),
        sa.Column("name_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_identities_case_id")),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name=op.f("fk_identities_doctor_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_identities")),
        sa.UniqueConstraint("doctor_id", name=op.f("uq_identities_doctor_id")),
    )
    op.create_index(op.f("ix_identities_contact_hash"), "identities", ["contact_hash"], unique=False)
    op.create_index(op.f("ix_identities_name_hash_contact_hash"), "identities", ["name_hash", "contact_hash"])


def _answers() -> None:
    op.create_table(
        "doctor_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("is_one", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_doctor_answers_two_cases_in_order")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_doctor_answers_by_id")),
        sa.ForeignKeyConstraint(["one_id"], ["cases.id"], name=op.f("fk_doctor_answers_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_doctor_answers_other_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["volunteers.id"], name=op.f("fk_doctor_answers_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctor_answers")),
    )
    op.create_index(op.f("ix_doctor_answers_other_id"), "doctor_answers", ["other_id"], unique=False)
    op.create_index("uq_doctor_answers_live", "doctor_answers", ["one_id", "other_id"], unique=True, **LIVE)


def _names() -> None:
    """The hashes there are stay good for what was hashed with them; those of the present rule need the key, and are
    filled in at the next start (db/set_up.py)."""
    op.create_table(
        "volunteer_names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_names_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_names")),
        sa.UniqueConstraint("volunteer_id", "name_hash", name=op.f("uq_volunteer_names_volunteer_id_name_hash")),
    )
    op.create_index(op.f("ix_volunteer_names_name_hash"), "volunteer_names", ["name_hash"], unique=False)
    fill = sa.text(
        "INSERT INTO volunteer_names (volunteer_id, name_hash, added_at) "
        "SELECT id, name_hash, :now FROM volunteers WHERE name_hash IS NOT NULL ORDER BY id"
    ).bindparams(sa.bindparam("now", datetime.now(UTC), type_=MOMENT))
    op.get_bind().execute(fill)
    op.execute("UPDATE volunteers SET name_hash = NULL")


def _carry_over() -> None:
    """A shared identity is copied to each case that had it. The first keeps the doctor for its own; the others get one,
    to fall back on, and stay with the first as if a lead had said so."""
    run = op.get_bind().execute
    first = sa.select(sa.func.min(CASES.c.id).label("id")).group_by(CASES.c.doctor_id).subquery()
    own = sa.select(CASES.c.id, CASES.c.doctor_id, DOCTORS.c.identity).join(DOCTORS, DOCTORS.c.id == CASES.c.doctor_id)
    run(
        sa.insert(IDENTITIES).from_select(["case_id", "doctor_id", "sealed"], own.join(first, first.c.id == CASES.c.id))
    )
    here = IDENTITIES.alias("here")
    later = (
        sa.select(CASES.c.id, DOCTORS.c.identity, DOCTORS.c.created_at, here.c.case_id)
        .join(DOCTORS, DOCTORS.c.id == CASES.c.doctor_id)
        .join(here, here.c.doctor_id == CASES.c.doctor_id)
        .where(CASES.c.id != here.c.case_id)
        .order_by(CASES.c.id)
    )
    for case_id, sealed, created_at, first_id in run(later).all():
        values = {"identity": sealed, "created_at": created_at}
        doctor = run(sa.insert(DOCTORS).values(values).returning(DOCTORS.c.id)).scalar_one()
        run(sa.insert(IDENTITIES).values(case_id=case_id, doctor_id=doctor, sealed=sealed))
        run(sa.insert(ANSWERS).values(one_id=first_id, other_id=case_id, is_one=True, at=datetime.now(UTC)))


def downgrade() -> None:
    """The identity of the first case stands for all of a doctor's, and hashes must be made again."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    kind, empty = ("BYTEA", "''::bytea") if is_postgresql else ("BLOB", "x''")
    op.execute(f"ALTER TABLE doctors ADD COLUMN identity {kind} NOT NULL DEFAULT {empty}")
    op.execute("ALTER TABLE doctors ADD COLUMN identity_hash VARCHAR(64)")
    op.create_index(op.f("ix_doctors_identity_hash"), "doctors", ["identity_hash"], unique=False)
    op.execute(
        "UPDATE doctors SET identity = (SELECT sealed FROM identities JOIN cases ON cases.id = identities.case_id"
        " WHERE cases.doctor_id = doctors.id ORDER BY cases.id LIMIT 1)"
        " WHERE id IN (SELECT doctor_id FROM cases)"
    )
    op.execute("UPDATE volunteers SET name_hash = NULL")
    op.drop_table("volunteer_names")
    op.drop_table("doctor_answers")
    op.drop_table("identities")
