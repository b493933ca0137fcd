"""Somebody else writes first: kept only until the doctor has been asked."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None

CHANNELS = ("email", "phone", "message", "web_form", "in_person", "referral", "import")


def _coded(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("channel", _coded("channel", *CHANNELS), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("danger", _coded("yes_no", "yes", "no", "not_asked"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("body_text", sa.String(200), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("doctor_hash", sa.String(64), nullable=True),
        sa.Column("writer_hash", sa.String(64), nullable=True),
        sa.Column("barred_id", sa.Integer(), nullable=True),
        sa.Column("ask_by", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", db.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "organisation_id IS NOT NULL OR body_text IS NOT NULL", name=op.f("ck_enquiries_has_a_body")
        ),
        sa.ForeignKeyConstraint(["barred_id"], ["volunteers.id"], name=op.f("fk_enquiries_barred_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_enquiries_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["volunteers.id"], name=op.f("fk_enquiries_owner_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["volunteers.id"], name=op.f("fk_enquiries_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
    )
    op.create_index(op.f("ix_enquiries_owner_id"), "enquiries", ["owner_id"])
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("flag_id", existing_type=sa.Integer(), nullable=True)
        alerts.add_column(sa.Column("enquiry_id", sa.Integer(), nullable=True))
        alerts.create_foreign_key(op.f("fk_alerts_enquiry_id"), "enquiries", ["enquiry_id"], ["id"])
        alerts.create_unique_constraint(op.f("uq_alerts_enquiry_id_volunteer_id"), ["enquiry_id", "volunteer_id"])
        alerts.create_check_constraint(op.f("ck_alerts_of_one"), "(flag_id IS NULL) <> (enquiry_id IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM alerts WHERE flag_id IS NULL")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_constraint(op.f("ck_alerts_of_one"), type_="check")
        alerts.drop_constraint(op.f("uq_alerts_enquiry_id_volunteer_id"), type_="unique")
        alerts.drop_constraint(op.f("fk_alerts_enquiry_id"), type_="foreignkey")
        alerts.drop_column("enquiry_id")
        alerts.alter_column("flag_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index(op.f("ix_enquiries_owner_id"), "enquiries")
    op.drop_table("enquiries")
