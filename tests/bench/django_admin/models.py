"""Our tables as Django sees them: read where they lie, never made or migrated."""

from django.db import models

from db.choices import (
    AssignmentRole,
    Choice,
    Contact,
    DeadlineKind,
    DoctorView,
    EntryKind,
    Evidence,
    Role,
    Stage,
    Whose,
)


def _one_of(choices: type[Choice]) -> models.CharField:
    return models.CharField(max_length=40, choices=[(each.value, each.label) for each in choices])


def _to(model: str, column: str, *, backwards: str = "+") -> models.ForeignKey:
    return models.ForeignKey(
        model, models.DO_NOTHING, db_column=column, null=True, related_name=backwards, db_constraint=False
    )


class Organisation(models.Model):
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    region = models.CharField(max_length=40)

    class Meta:
        managed = False
        db_table = "organisations"

    def __str__(self) -> str:
        return str(self.name)


class Volunteer(models.Model):
    username = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    role = _one_of(Role)
    active = models.BooleanField()
    joined_on = models.DateField()
    pledged_hours = models.FloatField()
    says_full = models.BooleanField()

    class Meta:
        managed = False
        db_table = "volunteers"

    def __str__(self) -> str:
        return str(self.name)


class Case(models.Model):
    reference = models.CharField(max_length=10)
    organisation = _to("Organisation", "organisation_id")
    body_kind = models.CharField(max_length=40)
    region = models.CharField(max_length=40)
    grade = models.CharField(max_length=40)
    specialty_group = models.CharField(max_length=40)
    stage = _one_of(Stage)
    summary = models.TextField()
    opened_on = models.DateField()
    is_open = models.BooleanField()
    lead = _to("Volunteer", "lead_id", backwards="led")
    flags = models.CharField(max_length=120)
    process_codes = models.CharField(max_length=120)
    next_deadline = _to("Deadline", "next_deadline_id")
    next_action = _to("Action", "next_action_id")
    reached_at = models.DateTimeField(null=True)
    queue_rank = models.IntegerField()
    queue_due_on = models.DateField()
    queue_since = models.DateField()

    class Meta:
        managed = False
        db_table = "cases"

    def __str__(self) -> str:
        return str(self.reference)


class Action(models.Model):
    case = _to("Case", "case_id")
    text = models.TextField()
    owner = _to("Volunteer", "owner_id")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "actions"

    def __str__(self) -> str:
        return str(self.text)


class Deadline(models.Model):
    case = _to("Case", "case_id")
    name = models.CharField(max_length=200)
    due_on = models.DateField()
    kind = _one_of(DeadlineKind)
    whose = _one_of(Whose)
    met_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "deadlines"

    def __str__(self) -> str:
        return f"{self.name}, {self.due_on}"


class Entry(models.Model):
    case = _to("Case", "case_id")
    at = models.DateTimeField()
    author = _to("Volunteer", "author_id")
    kind = _one_of(EntryKind)
    contact = _one_of(Contact)
    text = models.TextField()

    class Meta:
        managed = False
        db_table = "entries"

    def __str__(self) -> str:
        return f"{self.kind}, {self.at}"


class Assignment(models.Model):
    case = _to("Case", "case_id")
    volunteer = _to("Volunteer", "volunteer_id")
    role = _one_of(AssignmentRole)
    offered_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        managed = False
        db_table = "assignments"

    def __str__(self) -> str:
        return f"{self.role}, {self.offered_at}"


class Finding(models.Model):
    case = _to("Case", "case_id")
    code = models.CharField(max_length=40)
    evidence = _one_of(Evidence)
    quarter = models.CharField(max_length=6)
    doctor_view = _one_of(DoctorView)
    note = models.TextField()

    class Meta:
        managed = False
        db_table = "findings"

    def __str__(self) -> str:
        return f"{self.code}, {self.quarter}"


class Access(models.Model):
    """Who looked at what."""

    at = models.DateTimeField()
    actor = _to("Volunteer", "actor_id")
    case = _to("Case", "case_id")
    action = models.CharField(max_length=32)

    class Meta:
        managed = False
        db_table = "access_log"

    def __str__(self) -> str:
        return f"{self.action}, {self.at}"
