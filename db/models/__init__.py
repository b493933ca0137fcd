"""Tables. ORM objects never leave `db/`."""

from db.models.cases import Case, Doctor
from db.models.casework import (
    Action,
    Assignment,
    CaseProcess,
    Deadline,
    Entry,
    Flag,
    StageEvent,
    Waiting,
)
from db.models.findings import CaseGround, Consent, Finding
from db.models.log import AccessLog, Audit, Revision
from db.models.people import (
    Affiliation,
    Leave,
    OneTimeLink,
    RecoveryCode,
    Recusal,
    SecondFactor,
    SignInAttempt,
    SignInSession,
    Volunteer,
)
from db.models.reference import (
    CodedTerm,
    FindingCode,
    Organisation,
    OrganisationAlias,
    Process,
    ProcessStage,
    TimeRule,
)

__all__ = [
    "AccessLog",
    "Action",
    "Affiliation",
    "Assignment",
    "Audit",
    "Case",
    "CaseGround",
    "CaseProcess",
    "CodedTerm",
    "Consent",
    "Deadline",
    "Doctor",
    "Entry",
    "Finding",
    "FindingCode",
    "Flag",
    "Leave",
    "OneTimeLink",
    "Organisation",
    "OrganisationAlias",
    "Process",
    "ProcessStage",
    "RecoveryCode",
    "Recusal",
    "Revision",
    "SecondFactor",
    "SignInAttempt",
    "SignInSession",
    "StageEvent",
    "TimeRule",
    "Volunteer",
    "Waiting",
]
