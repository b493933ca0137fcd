"""The only bridge to `db/`: reads cached by viewer, revision and day; commands in one transaction each.

A rerun with nothing changed reads nothing but the session row. A change by anybody, in any process,
raises the revision, and the next rerun reads afresh: no time limit has to be guessed.
"""

from dashboard.store import actions, releases
from dashboard.store.accounts import (
    about_account,
    account_for_sign_in,
    account_of_email,
    end_session,
    factor,
    is_used,
    link_opens,
    live_sessions,
    needs_code,
    note_failed_sign_in,
    note_proof,
    note_seen,
    person_of,
    start_session,
    take_cookie,
    use_code,
    use_link,
)
from dashboard.store.actions import *  # noqa: F403 - by the names in its own list
from dashboard.store.approvals import asked_about, desk, mail_link, to_answer
from dashboard.store.asked import bodies_to_answer, bodies_to_match, cover_to_answer, must_say, own_offers
from dashboard.store.bulk import Outcome, write_each
from dashboard.store.core import key, public_id
from dashboard.store.drafts import keep_draft, kept_draft, own_case
from dashboard.store.looks import access_lines, access_review, history
from dashboard.store.pathways import checklists, pathways
from dashboard.store.reads import (
    allocation,
    attention,
    care,
    case,
    caseworkers,
    condition_counts,
    documents,
    duplicates,
    find_bodies,
    found_conflicts,
    handovers,
    heatmap,
    heatmap_cases,
    my_cases,
    offerable,
    people,
    person_detail,
    queue,
    rule_changes,
    same_doctor,
    timeline,
    trend,
    wall,
    words,
)
from dashboard.store.releases import *  # noqa: F403 - by the names in its own list
from dashboard.store.reminders import calendar_items, inbox, mark_read, reminder_choices, unread
from dashboard.store.views import chosen_columns, saved_views, view_counts
from dashboard.store.writes import STALE, add_affiliation, end_affiliation, identity, log_access, refresh_person, write
from db.asked import ShownBodies
from db.commands.accounts import change_password
from db.commands.affiliations import agree_declaration
from db.commands.approvals import NewLink, agree_approval, refuse_approval, see_alone
from db.commands.assignments import answer_offer, end_assignment, offer_case
from db.commands.bodies import record_merger
from db.commands.caps import set_caps
from db.commands.checklists import answer_checklist
from db.commands.conflicts import answer_cover, see_bodies
from db.commands.consents import record_consent
from db.commands.contact import be_contact
from db.commands.deadline_dates import answer_rule_change, answer_rule_changes, move_deadline, pause_deadline
from db.commands.deadlines import add_deadline, change_deadline
from db.commands.debriefs import record_debrief
from db.commands.documents import add_document, withdraw_document
from db.commands.entries import add_entry
from db.commands.findings import add_finding
from db.commands.flags import clear_flag, raise_flag
from db.commands.handover import hand_over, offer_handover
from db.commands.identity import open_identity
from db.commands.leave import add_leave, change_cover, end_leave
from db.commands.matching import match_body, match_new_body, step_back_from_body
from db.commands.open_case import Intake, open_case
from db.commands.pathways import add_process_stage, correct_process_stage
from db.commands.people import add_volunteer, change_volunteer, deactivate, reactivate, send_link, set_says_full
from db.commands.processes import add_process, move_process
from db.commands.recusals import recuse
from db.commands.redactions import redact_words
from db.commands.reminders import make_calendar, set_digest, stop_calendar
from db.commands.requests import ask_update, clear_meeting_mark, mark_for_meeting
from db.commands.reviews import end_reviews
from db.commands.same_doctor import answer_same_doctor, undo_same_doctor
from db.commands.second_factor import begin_factor, confirm_factor, drop_factor, new_recovery_codes, reset_factor
from db.commands.update_status import note_no_change, update_status
from db.commands.views import choose_columns, delete_view, rename_view, replace_view, save_view
from db.commands.waiting import begin_waiting, end_waiting
from db.commands.wall import name_party, note_conflict, remove_party
from db.commands.wall_exceptions import agree_exception, ask_exception, end_exception
from db.queries.access_review import Period
from db.queries.approvals import Ask, Belonging, Declaration, Desk
from db.queries.calendar import Item as CalendarItem
from db.queries.care import Covering, DebriefDue
from db.queries.case_detail import CaseDetail
from db.queries.case_history import Happening
from db.queries.case_parts import Place
from db.queries.checklists import Answered, Check
from db.queries.documents import Paper
from db.queries.handover import LeftBehind
from db.queries.heatmap import Heatmap, HeatmapFilters
from db.queries.heatmap_cases import CasesBehind
from db.queries.heatmap_lines import Line as HeatmapLine
from db.queries.home import Attention
from db.queries.inbox import Notice
from db.queries.matching import ToMatch, Unmatched
from db.queries.my_cases import OwnCase
from db.queries.offers import OwnOffer
from db.queries.pathways import Pathway, StageTold
from db.queries.people import Employer, PersonDetail
from db.queries.queue import QueueFilters, QueuePage
from db.queries.rebalancing import Proposed, Rebalancing
from db.queries.reference import Body, Reference
from db.queries.reminders import Choices as ReminderChoices
from db.queries.rule_changes import RuleChange
from db.queries.same_doctor import Answered as AnsweredPair
from db.queries.same_doctor import Pair as DoctorPair
from db.queries.same_doctor import Side as PairSide
from db.queries.session import Person
from db.queries.suggestions import Allocation, Suggestion
from db.queries.timeline import Line
from db.queries.views import View
from db.queries.wall import ExceptionRow, Wall
from db.vault import Identity

__all__ = [
    "STALE",
    "Allocation",
    "Answered",
    "Ask",
    "Attention",
    "Belonging",
    "Body",
    "CalendarItem",
    "CaseDetail",
    "CasesBehind",
    "Check",
    "Covering",
    "DebriefDue",
    "Declaration",
    "Desk",
    "Employer",
    "ExceptionRow",
    "Happening",
    "Heatmap",
    "HeatmapFilters",
    "HeatmapLine",
    "Identity",
    "Intake",
    "LeftBehind",
    "Line",
    "NewLink",
    "Notice",
    "Outcome",
    "OwnCase",
    "Paper",
    "Pathway",
    "Period",
    "Person",
    "PersonDetail",
    "Place",
    "Proposed",
    "QueueFilters",
    "QueuePage",
    "Rebalancing",
    "Reference",
    "ReminderChoices",
    "RuleChange",
    "StageTold",
    "Suggestion",
    "View",
    "Wall",
    "about_account",
    "access_lines",
    "access_review",
    "account_for_sign_in",
    "account_of_email",
    "add_affiliation",
    "add_deadline",
    "add_document",
    "add_entry",
    "add_finding",
    "add_leave",
    "add_process",
    "add_process_stage",
    "add_volunteer",
    "agree_approval",
    "agree_declaration",
    "agree_exception",
    "allocation",
    "answer_checklist",
    "answer_offer",
    "answer_rule_change",
    "answer_rule_changes",
    "ask_exception",
    "ask_update",
    "asked_about",
    "attention",
    "be_contact",
    "begin_factor",
    "begin_waiting",
    "calendar_items",
    "care",
    "case",
    "caseworkers",
    "change_cover",
    "change_deadline",
    "change_password",
    "change_volunteer",
    "checklists",
    "choose_columns",
    "chosen_columns",
    "clear_flag",
    "clear_meeting_mark",
    "condition_counts",
    "confirm_factor",
    "correct_process_stage",
    "deactivate",
    "delete_view",
    "desk",
    "documents",
    "drop_factor",
    "duplicates",
    "end_affiliation",
    "end_assignment",
    "end_exception",
    "end_leave",
    "end_reviews",
    "end_session",
    "end_waiting",
    "factor",
    "find_bodies",
    "found_conflicts",
    "hand_over",
    "handovers",
    "heatmap",
    "heatmap_cases",
    "history",
    "identity",
    "inbox",
    "is_used",
    "keep_draft",
    "kept_draft",
    "key",
    "link_opens",
    "live_sessions",
    "log_access",
    "mail_link",
    "make_calendar",
    "mark_for_meeting",
    "mark_read",
    "move_deadline",
    "move_process",
    "my_cases",
    "name_party",
    "needs_code",
    "new_recovery_codes",
    "note_conflict",
    "note_failed_sign_in",
    "note_no_change",
    "note_proof",
    "note_seen",
    "offer_case",
    "offer_handover",
    "offerable",
    "open_case",
    "open_identity",
    "own_case",
    "pathways",
    "pause_deadline",
    "people",
    "person_detail",
    "person_of",
    "public_id",
    "queue",
    "raise_flag",
    "reactivate",
    "record_consent",
    "record_debrief",
    "recuse",
    "redact_words",
    "refresh_person",
    "refuse_approval",
    "reminder_choices",
    "remove_party",
    "rename_view",
    "replace_view",
    "reset_factor",
    "rule_changes",
    "save_view",
    "saved_views",
    "see_alone",
    "send_link",
    "set_caps",
    "set_digest",
    "set_says_full",
    "start_session",
    "stop_calendar",
    "take_cookie",
    "timeline",
    "to_answer",
    "trend",
    "unread",
    "update_status",
    "use_code",
    "use_link",
    "view_counts",
    "wall",
    "withdraw_document",
    "words",
    "write",
    "write_each",
]
__all__ += ["AnsweredPair", "DoctorPair", "PairSide", "answer_same_doctor", "same_doctor", "undo_same_doctor"]
__all__ += [
    "OwnOffer",
    "ShownBodies",
    "ToMatch",
    "Unmatched",
    "answer_cover",
    "bodies_to_answer",
    "bodies_to_match",
    "cover_to_answer",
    "match_body",
    "match_new_body",
    "must_say",
    "own_offers",
    "record_merger",
    "see_bodies",
    "step_back_from_body",
]
__all__ += actions.__all__
__all__ += releases.__all__
