"""The doctor's safety: alerts to leads, check-ins, safety plans, contacts, disclosures, and how a crisis was cleared."""

import sqlalchemy as sa
from alembic import op

import db.base

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None

CERTAINTY = ("confirmed", "unconfirmed", "proposal")


def _coded(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, db.base.UtcDateTime(timezone=True), nullable=nullable)


def _dated() -> list[sa.Column[object]]:
    return [sa.Column("valid_from", sa.Date(), nullable=True), sa.Column("valid_to", sa.Date(), nullable=True)]


def upgrade() -> None:
    op.add_column("flags", sa.Column("spoke_by", sa.String(200), nullable=True))
    op.add_column("flags", sa.Column("spoke_on", sa.Date(), nullable=True))
    _alerts()
    _check_ins()
    _help_contacts()
    _what_was_agreed()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        _moment("made_at"),
        sa.Column("state", _coded("alert_state", "waiting", "claimed", "sent", "not_needed"), nullable=False),
        _moment("settled_at", nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name=op.f("fk_alerts_flag_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_alerts_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("flag_id", "volunteer_id", name=op.f("uq_alerts_flag_id_volunteer_id")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_alerts_to_send", "alerts", ["volunteer_id"], sqlite_where=waiting, postgresql_where=waiting)


def _check_ins() -> None:
    places = ("stage", "end", "outcome", "flag", "rule", "finding", "advocacy")
    op.create_table(
        "check_in_rules",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("place", _coded("check_in_at", *places), nullable=False),
        sa.Column("process", sa.String(40), nullable=True),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_dated(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("certainty", _coded("certainty", *CERTAINTY), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_check_in_rules")),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        _moment("made_at"),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_check_ins_action_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_check_ins_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("case_id", "happened_on", name=op.f("uq_check_ins_case_id_happened_on")),
    )
    op.create_index(op.f("ix_check_ins_action_id"), "check_ins", ["action_id"])
    op.create_table(
        "check_ins_off",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_check_ins_off_by_id")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_check_ins_off")),
    )


def _help_contacts() -> None:
    op.create_table(
        "help_contacts",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("number", sa.String(200), nullable=False),
        sa.Column("hours", sa.String(200), nullable=False),
        sa.Column("nations", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_dated(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("certainty", _coded("certainty", *CERTAINTY), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_help_contacts")),
    )


def _what_was_agreed() -> None:
    op.create_table(
        "safety_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("helps", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_safety_plans_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_safety_plans_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_plans")),
    )
    op.create_index(op.f("ix_safety_plans_case_id"), "safety_plans", ["case_id"])
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("to_whom", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("doctor_told", _coded("yes_no", "yes", "no", "not_asked"), nullable=False),
        sa.Column("told_how", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        _moment("answered_at", nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("second_id <> by_id", name=op.f("ck_disclosures_two_people")),
        sa.CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name=op.f("ck_disclosures_answered_or_not")),
        sa.ForeignKeyConstraint(["by_id"], ["volunteers.id"], name=op.f("fk_disclosures_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_disclosures_case_id")),
        sa.ForeignKeyConstraint(["second_id"], ["volunteers.id"], name=op.f("fk_disclosures_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index(op.f("ix_disclosures_case_id"), "disclosures", ["case_id"])


def downgrade() -> None:
    for table in ("disclosures", "safety_plans", "help_contacts", "check_ins_off", "check_ins", "check_in_rules"):
        op.drop_table(table)
    op.drop_table("alerts")
    with op.batch_alter_table("flags") as flags:
        flags.drop_column("spoke_on")
        flags.drop_column("spoke_by")
