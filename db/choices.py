"""Every short list of codes that the code itself depends on, with the words people read.

Lists that only the data depends on (grades, grounds, outcomes …) are in `db/reference/coded_terms.csv`.
"""

from enum import StrEnum
from typing import Self


class Choice(StrEnum):
    """A stored code and its label on the screen."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Role(Choice):
    LEAD = "lead", "Lead"
    VOLUNTEER = "volunteer", "Volunteer"
    OBSERVER = "observer", "Observer"


class AffiliationKind(Choice):
    EMPLOYER = "employer", "Employer"
    DEANERY = "deanery", "Deanery or training programme"
    OTHER = "other", "Another organisation"
    CIRCLE = "circle", "Specialty circle"


class PartyRole(Choice):
    DOCTOR = "doctor", "The doctor"
    CASE_MANAGER = "case_manager", "Case manager"
    INVESTIGATOR = "investigator", "Case investigator"
    RESPONSIBLE_OFFICER = "responsible_officer", "Responsible officer or medical director"
    COMPLAINANT = "complainant", "Complainant"
    WITNESS = "witness", "Witness"
    SUPERVISOR = "supervisor", "Supervisor or line manager"
    OTHER = "other", "Somebody else named in the case"


class Stage(Choice):
    NEW = "new", "New"
    TRIAGE = "triage", "Triage"
    REVIEW = "review", "Review"
    FINDINGS = "findings", "Findings"
    ACTIVE = "active", "Active"
    CLOSING = "closing", "Closing"
    LEARNING = "learning", "Learning"
    CLOSED = "closed", "Closed"
    DECLINED = "declined", "Declined"
    REFERRED = "referred", "Referred on"

    @property
    def is_open(self) -> bool:
        return self not in (Stage.CLOSED, Stage.DECLINED, Stage.REFERRED)


OPEN_STAGES: tuple[Stage, ...] = tuple(stage for stage in Stage if stage.is_open)


class Condition(Choice):
    """Derived conditions of a case (docs/domain.md §4.2): never stored, always named in full."""

    CRISIS = "crisis", "Crisis"
    UNALLOCATED = "unallocated", "Unallocated"
    AT_RISK = "at_risk", "At risk"
    DEADLINE_MISSED = "deadline_missed", "Deadline missed"
    ACTION_OVERDUE = "action_overdue", "Action overdue"
    UPDATE_OVERDUE = "update_overdue", "Update overdue"
    CHASE_DUE = "chase_due", "Follow-up due"
    STALLED = "stalled", "No recent news"
    AWAITING_OTHERS = "awaiting_others", "Waiting for others"
    BODY_IN_BREACH = "body_in_breach", "Organisation past its limit"
    OWNER_AWAY = "owner_away", "Case lead away"


class QueueOrder(Choice):
    """Orders of the case queue. A case in crisis comes first in each."""

    URGENT = "urgent", "Most urgent first"
    DEADLINE = "deadline", "Nearest deadline first"
    AGE = "age", "Oldest first"
    REACHED = "reached", "Longest since the doctor was reached"
    UNALLOCATED = "unallocated", "Longest unallocated first"


class Lack(Choice):
    """What should be on an open case and is not (`db/queries/lacking.py`)."""

    UNCODED = "uncoded", "No finding coded"
    UNMATCHED = "unmatched", "Organisation not matched"
    NO_CONSENT = "no_consent", "No consent to the record"
    NO_DEADLINE = "no_deadline", "No deadline recorded"


class EntryKind(Choice):
    CONTACT = "contact", "Contact"
    DOCUMENT = "document", "Document"
    DECISION = "decision", "Decision"
    NOTE = "note", "Note"
    UPDATE = "update", "Status update"
    MEETING = "meeting", "Meeting"
    SUPPORT = "support", "Support given"
    ADVOCACY = "advocacy", "Advocacy"
    ACTION = "action", "Action done"
    SYSTEM = "system", "Record change"


WRITABLE_ENTRIES: tuple[EntryKind, ...] = tuple(
    kind for kind in EntryKind if kind not in (EntryKind.SYSTEM, EntryKind.UPDATE, EntryKind.ACTION)
)
# The code of an update that says only that, so that such updates can be counted.
NO_CHANGE_CODE = "no_change"
# The code of the entry that takes one back: what it corrects counts neither as an update nor as news.
UNDONE_CODE = "undone"
# Only these count as news of a case; a changed flag or code does not (docs/domain.md §4.2).
SUBSTANTIVE_ENTRIES: tuple[EntryKind, ...] = (
    EntryKind.CONTACT,
    EntryKind.DOCUMENT,
    EntryKind.DECISION,
    EntryKind.MEETING,
    EntryKind.SUPPORT,
    EntryKind.ADVOCACY,
    EntryKind.ACTION,
)


class Contact(Choice):
    REACHED = "reached", "Reached the doctor"
    TRIED = "tried", "Tried, not reached"
    NONE = "none", "No contact this time"


class Wellbeing(Choice):
    BETTER = "better", "Better"
    SAME = "same", "Same"
    WORSE = "worse", "Worse"
    NOT_ASKED = "not_asked", "Not asked"


class Channel(Choice):
    EMAIL = "email", "Email"
    PHONE = "phone", "Phone call"
    MESSAGE = "message", "Text or message"
    WEB_FORM = "web_form", "Website form"
    IN_PERSON = "in_person", "In person"
    REFERRAL = "referral", "Passed on by someone else"
    IMPORT = "import", "Imported"


class YesNo(Choice):
    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_ASKED = "not_asked", "Not asked yet"


class Representation(Choice):
    NONE = "none", "None"
    MDO = "mdo", "Medical defence organisation"
    UNION = "union", "Union"
    SOLICITOR = "solicitor", "Solicitor"
    SEVERAL = "several", "More than one of these"
    UNKNOWN = "unknown", "Not known yet"


class DeadlineKind(Choice):
    STATUTORY = "statutory", "Statutory"
    NATIONAL = "national", "National framework"
    TYPICAL = "typical", "Typical or target"
    LOCAL = "local", "Local policy"


# Missing one puts the doctor's case at risk; no action is put off beyond one.
HARD_KINDS: tuple[DeadlineKind, ...] = (DeadlineKind.STATUTORY, DeadlineKind.NATIONAL)


class Whose(Choice):
    OURS = "ours", "Ours"
    BODY = "body", "Theirs"
    # Neither ours nor a duty of the organisation: past it, it has closed, and nobody missed anything.
    WINDOW = "window", "A window that closes"


class Certainty(Choice):
    CONFIRMED = "confirmed", "Confirmed in a public source"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    PROPOSAL = "proposal", "A proposal of this project"


class AssignmentRole(Choice):
    LEAD = "lead", "Case lead"
    SECOND = "second", "Second volunteer"
    INTERIM = "interim", "Interim contact"


class AssignmentStatus(Choice):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    ENDED = "ended", "Ended"


class FindingKind(Choice):
    SYSTEMIC = "systemic", "Systemic issues"
    PROCEDURAL = "procedural", "Procedural failures"
    UNFAIRNESS = "unfairness", "Points of unfairness"


class Evidence(Choice):
    REPORTED = "reported", "Reported by the doctor"
    DOCUMENTED = "documented", "Documented"
    CONCEDED = "conceded", "Conceded by the organisation"
    FOUND = "found", "Found by a court, tribunal or inquiry"


class DoctorView(Choice):
    NOT_SHOWN = "not_shown", "Not yet shown to the doctor"
    AGREES = "agrees", "Doctor agrees"
    DISAGREES = "disagrees", "Doctor disagrees"


class Attributable(Choice):
    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


class ConsentPurpose(Choice):
    HOLD = "hold", "Hold this record"
    SECOND = "second", "Share with a second volunteer"
    MEETING = "meeting", "Discuss at the weekly meeting"
    CONTACT = "contact", "Contact the employer, GMC or another organisation"
    COUNTS = "counts", "Use in counts"
    LEARNING = "learning", "Use in de-identified learning"
    DIGEST = "digest", "Publish a written digest"
    MEDIA = "media", "Interview or article"
    FUTURE = "future", "Contact again in future"


class Approached(Choice):
    """Whom we may write to or speak with for a doctor, each with its own consent."""

    EMPLOYER = "employer", "The employer"
    GMC = "gmc", "The GMC"
    PPA = "ppa", "Practitioner Performance Advice"
    DEANERY = "deanery", "The training office (deanery)"
    CQC = "cqc", "The Care Quality Commission"
    PARLIAMENT = "parliament", "A Member of Parliament"
    PARTNER = "partner", "A union, defence organisation or college"
    COURT = "court", "A court or tribunal"
    OTHER = "other", "Another organisation"


class AuditAction(Choice):
    """Only the kinds that a page filters by, not every command."""

    VIEW = "view", "Viewed"
    SEARCH = "search", "Searched"
    PERSON_SEARCH = "person_search", "Found a case by the doctor’s name or contact"
    IDENTITY = "identity", "Identity opened"
    RAW_HEATMAP = "raw_heatmap", "Raw heatmap viewed"
    KEPT = "kept", "Personal data kept"
    DOWNLOAD = "download", "File downloaded"
    LEADERSHIP = "leadership", "Leadership’s exact numbers viewed"


class DownloadKind(Choice):
    """What can be downloaded (docs/developing.md, “Add a download”)."""

    LEADERSHIP = "leadership", "Leadership pack"
    MINUTES = "minutes", "Minutes of a meeting"
    HEATMAP = "heatmap", "Heatmap of a release"
    EVIDENCE = "evidence", "Evidence pack of an output"


class EnquiryEnd(Choice):
    """Why nothing is kept of a message from somebody other than the doctor."""

    REFUSED = "refused", "The doctor said no"
    NOT_REACHED = "not_reached", "The doctor could not be reached safely"
    WITHDRAWN = "withdrawn", "Whoever wrote took it back"
    NOT_OURS = "not_ours", "Not for us"


class HistoryKind(Choice):
    """The kinds of line in a case's history."""

    VIEW = "view", "Views"
    IDENTITY = "identity", "Identity opened"
    CHANGE = "change", "Changes"


class FoundIn(Choice):
    """Where a search found its words. A letter, as it begins each line of the index."""

    REFERENCE = "R", "Reference"
    BODY = "B", "Organisation"
    SUMMARY = "S", "Summary"
    PERSON = "P", "The doctor’s name or contact"
    FINDING = "F", "Finding"
    OUTCOME = "O", "Outcome of a process"
    FACT = "T", "Fact"
    DOCUMENT = "D", "Document"
    ACTION = "A", "Action"
    DEADLINE = "L", "Deadline"
    STAGE = "M", "Stage move"
    ENTRY = "E", "Timeline"


class TimelineKind(Choice):
    """What the timeline of a case is filtered by."""

    CONTACT = "contact", "Updates"
    NOTE = "note", "Notes"
    HELP = "help", "Support"
    ACTION = "action", "Actions"
    STAGE = "stage", "Stages"
    DEADLINE = "deadline", "Deadlines"
    DOCUMENT = "document", "Documents"
    FINDING = "finding", "Findings"
    OTHER = "other", "Other"


class AgendaSection(Choice):
    """The parts of a meeting's agenda, in the order in which they are discussed (docs/domain.md §7)."""

    OWED = "owed", "Owed from last time"
    AT_RISK = "at_risk", "Doctors at risk, and limits within 28 days"
    NEW = "new", "New and unallocated"
    OVERDUE = "overdue", "Missed, stalled or overdue"
    HELP = "help", "Help wanted"
    MARKED = "marked", "Marked for this meeting"
    QUIET = "quiet", "Nothing moved for a month"
    IN_DEPTH = "in_depth", "In depth, by rota"
    CLOSING = "closing", "Closing"
    PATTERNS = "patterns", "Patterns"
    WORKLOAD = "workload", "Workload and wellbeing"
    SIGN = "sign", "To sign or approve"
    OTHER = "other", "Other matters"


class AgendaWhy(Choice):
    """Why a case is on the agenda. Each is a fact with its day, told in words by `db/rules/agenda.py`."""

    CARRIED = "carried", "Carried over"
    OWED = "owed", "Action owed"
    FLAG = "flag", "Urgent flag"
    HEARING = "hearing", "Hearing"
    LIMIT = "limit", "Deadline of ours"
    UNALLOCATED = "unallocated", "No case lead"
    NEW = "new", "New"
    MISSED = "missed", "Deadline missed"
    STALLED = "stalled", "No recent news"
    CHASE = "chase", "Follow-up due"
    UPDATE = "update", "Update overdue"
    ACTION = "action", "Action overdue"
    HELP = "help", "Help wanted"
    MARKED = "marked", "Marked"
    QUIET = "quiet", "Nothing moved"
    ROTA = "rota", "Its turn"
    CLOSING = "closing", "Closing"
    ADDED = "added", "Added"


class NoteKind(Choice):
    """What is written down in a meeting."""

    DISCUSSION = "discussion", "Discussion"
    DECISION = "decision", "Decision"
    DISSENT = "dissent", "Dissent"
    ADDENDUM = "addendum", "Addendum"


class Decision(Choice):
    KEEP_GOING = "keep_going", "Keep going"
    ACTION = "action", "New action"
    NOTED = "noted", "Decided"


class CaseState(Choice):
    OPEN = "open", "Open cases"
    CLOSED = "closed", "Closed cases"


class Dimension(Choice):
    """What the heatmap counts findings by."""

    BODY_KIND = "body_kind", "Kind of organisation"
    ORGANISATION = "organisation", "Organisation"
    REGION = "region", "Region"
    NATION = "nation", "Nation"
    PROCESS = "process", "Process"
    PROCESS_STAGE = "process_stage", "Process stage"
    GRADE = "grade", "Grade"
    SPECIALTY_GROUP = "specialty_group", "Specialty group"
    GROUND = "ground", "Ground alleged"
    QUARTER = "quarter", "Quarter"
    FINDING = "finding", "Another finding"
    MONTH = "month", "Month coded"


# For leads only, as exact numbers; no release has a table of them.
EXACT_ONLY = (Dimension.ORGANISATION, Dimension.PROCESS_STAGE, Dimension.FINDING, Dimension.MONTH)
# The table of conditions on the day against who examined them, which has no findings in it.
EXAMINED = "examined"
RELEASED_DIMENSIONS = tuple(dimension for dimension in Dimension if dimension not in EXACT_ONLY)


class FalseAlarms(Choice):
    """How many alarms of something emerging leads put up with that are chance. The numbers are in a year."""

    RARE = "rare", "About one in two years"
    YEARLY = "yearly", "About one a year"
    QUARTERLY = "quarterly", "About four a year"
    MONTHLY = "monthly", "About one a month"

    @property
    def in_a_year(self) -> float:
        return {"rare": 0.5, "yearly": 1, "quarterly": 4, "monthly": 12}[self.value]


class Measure(Choice):
    """What the cells of a heatmap say."""

    DOCTORS = "doctors", "Doctors"
    SHARE = "share", "Share of the row"
    RESIDUAL = "residual", "More or fewer than expected"
    CHANGE = "change", "Change on the period before"


class RowOrder(Choice):
    """How a heatmap's rows follow one another, within their kind."""

    LISTED = "listed", "As published"
    COUNT = "count", "Most doctors first"
    LIKENESS = "likeness", "Alike together"
    NAME = "name", "By name"


class GroupBy(Choice):
    """Groups of doctors that are compared. The values are lists of `coded_terms.csv`."""

    GRADE = "grade", "Grade"
    GROUND = "ground", "Ground alleged"


class Befallen(Choice):
    """What befell a doctor."""

    PROCESS = "process", "Process"
    EXCLUDED = "excluded", "Exclusion"
    OUTCOME = "outcome", "Outcome"
