"""Tables. ORM objects never leave `db/`."""

from db.models.actions import Action, ActionMove, ActionOffer
from db.models.allotting import Assignment, Debrief, Handover
from db.models.approvals import Approval
from db.models.cases import Case, CaseIdentity, CaseLink, Doctor, DoctorAnswer
from db.models.casework import (
    CaseProcess,
    Deadline,
    Entry,
    Flag,
    Redaction,
    StageEvent,
    Waiting,
)
from db.models.codings import Coding, CodingMark, DoctorSaid, FindingMapping
from db.models.corrections import Correction, FindingEdition
from db.models.documents import Document
from db.models.downloads import Download
from db.models.emerging import AlarmBudget, Dismissal, DismissedCase
from db.models.enquiries import Enquiry
from db.models.facts import CaseFact
from db.models.findings import CaseGround, Consent, Finding
from db.models.learning import Learning
from db.models.log import AccessLog, Audit, NightStep, Revision
from db.models.meetings import Meeting, MeetingAttendee, MeetingItem, MeetingNote
from db.models.outputs import AdvocacyResult, Claim, ClaimBasis, ClaimFlag, Output
from db.models.pathways import FairnessAnswer, FairnessQuestion, ProcessEvent, ProcessOutcome
from db.models.people import (
    Affiliation,
    Caps,
    Leave,
    OneTimeLink,
    RecoveryCode,
    SecondFactor,
    SignInAttempt,
    SignInSession,
    Volunteer,
    VolunteerName,
)
from db.models.published import PublishedValue
from db.models.reference import (
    BodyKin,
    CodedTerm,
    DatedEvent,
    FindingCode,
    Organisation,
    OrganisationAlias,
    OrganisationMerger,
    OutcomeTerm,
    Process,
    ProcessStage,
    TimeRule,
)
from db.models.releases import Release, ReleaseTable
from db.models.reminders import Digest, DigestState, Reminders
from db.models.safety import Alert, CheckIn, CheckInOff, CheckInRule, Disclosure, HelpContact, SafetyPlan
from db.models.search import SearchText
from db.models.series import SeriesConsent, Story, StoryStep
from db.models.wall import ConflictCheck, ConflictNotice, Party, Recusal, WallException
from db.models.work import Draft, MeetingMark, SavedView, UpdateRequest, UsedToken

__all__ = [
    "AccessLog",
    "Action",
    "ActionMove",
    "ActionOffer",
    "AdvocacyResult",
    "Affiliation",
    "AlarmBudget",
    "Alert",
    "Approval",
    "Assignment",
    "Audit",
    "BodyKin",
    "Caps",
    "Case",
    "CaseFact",
    "CaseGround",
    "CaseIdentity",
    "CaseLink",
    "CaseProcess",
    "CheckIn",
    "CheckInOff",
    "CheckInRule",
    "Claim",
    "ClaimBasis",
    "ClaimFlag",
    "CodedTerm",
    "Coding",
    "CodingMark",
    "ConflictCheck",
    "ConflictNotice",
    "Consent",
    "Correction",
    "DatedEvent",
    "Deadline",
    "Debrief",
    "Digest",
    "DigestState",
    "Disclosure",
    "Dismissal",
    "DismissedCase",
    "Doctor",
    "DoctorAnswer",
    "DoctorSaid",
    "Document",
    "Download",
    "Draft",
    "Enquiry",
    "Entry",
    "FairnessAnswer",
    "FairnessQuestion",
    "Finding",
    "FindingCode",
    "FindingEdition",
    "FindingMapping",
    "Flag",
    "Handover",
    "HelpContact",
    "Learning",
    "Leave",
    "Meeting",
    "MeetingAttendee",
    "MeetingItem",
    "MeetingMark",
    "MeetingNote",
    "NightStep",
    "OneTimeLink",
    "Organisation",
    "OrganisationAlias",
    "OrganisationMerger",
    "OutcomeTerm",
    "Output",
    "Party",
    "Process",
    "ProcessEvent",
    "ProcessOutcome",
    "ProcessStage",
    "PublishedValue",
    "RecoveryCode",
    "Recusal",
    "Redaction",
    "Release",
    "ReleaseTable",
    "Reminders",
    "Revision",
    "SafetyPlan",
    "SavedView",
    "SearchText",
    "SecondFactor",
    "SeriesConsent",
    "SignInAttempt",
    "SignInSession",
    "StageEvent",
    "Story",
    "StoryStep",
    "TimeRule",
    "UpdateRequest",
    "UsedToken",
    "Volunteer",
    "VolunteerName",
    "Waiting",
    "WallException",
]
