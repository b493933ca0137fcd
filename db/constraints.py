"""Constraints that two people, or two tabs, can break at the same time, and what to tell the second."""

import functools

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from db.base import Base

TAKEN_PLACE = "That volunteer already has a place on this case, or an offer of one."
CODED_ALREADY = "That finding is already coded for this case and process."
SAVED_MEANWHILE = "Somebody else has just saved this. Check their changes before you save yours."

# By the constraint's name, in both databases. Any other that is broken is a bug.
REFUSALS = {
    "uq_action_offers_live": "That action is already offered to somebody. Take that offer back first.",
    "uq_assignments_one_interim": TAKEN_PLACE,
    "uq_assignments_one_lead": "Somebody else has just become case lead. Refresh to see who.",
    "uq_assignments_one_place": TAKEN_PLACE,
    "uq_case_links_live": "These two cases are linked so already.",
    "uq_case_facts_case_id_number_edition": SAVED_MEANWHILE,
    "uq_cases_source_key": "This row of the file is already a case.",
    "uq_advocacy_results_entry_id": SAVED_MEANWHILE,
    "uq_check_ins_case_id_happened_on": SAVED_MEANWHILE,
    "uq_claim_bases_claim_id_finding": SAVED_MEANWHILE,
    "uq_claim_bases_claim_id_learning_id": SAVED_MEANWHILE,
    "uq_claim_flags_open": SAVED_MEANWHILE,
    "uq_coding_marks_coding_id_code": SAVED_MEANWHILE,
    "uq_codings_asked": "Somebody has just been asked to code this case. Look at it again.",
    "uq_conflict_checks_volunteer_id_case_id": SAVED_MEANWHILE,
    "uq_conflict_notices_volunteer_id_case_id": SAVED_MEANWHILE,
    "uq_deadlines_previous_id": "The next review has just been added. Look at the list again.",
    "uq_debriefs_volunteer_id_case_id_kind_happened_on": SAVED_MEANWHILE,
    "uq_doctor_answers_live": SAVED_MEANWHILE,
    "uq_finding_editions_finding_id_edition": SAVED_MEANWHILE,
    "uq_findings_once_a_case": CODED_ALREADY,
    "uq_findings_once_a_process": CODED_ALREADY,
    "uq_flags_live": "That flag is already raised on this case.",
    "uq_identities_doctor_id": SAVED_MEANWHILE,
    "uq_meeting_attendees_meeting_id_volunteer_id": SAVED_MEANWHILE,
    "uq_meeting_items_once_a_case": SAVED_MEANWHILE,
    "uq_meeting_marks_standing": "This case is already marked for the next meeting.",
    "uq_meetings_not_closed": "A meeting is planned already. Close it first, or change its day.",
    "uq_organisation_mergers_predecessor_id_successor_id": SAVED_MEANWHILE,
    "uq_parties_case_id_name_hash": SAVED_MEANWHILE,
    "uq_process_events_case_process_id_number_edition": SAVED_MEANWHILE,
    "uq_process_outcomes_case_process_id_number_edition": SAVED_MEANWHILE,
    "uq_recusals_volunteer_id_case_id": "That person already has a conflict of interest on this case.",
    "uq_releases_standing": "Somebody else has just computed this quarter. Refresh to see it.",
    "uq_saved_views_owner_id_folded": "You already have a view with that name.",
    "uq_stories_live": "A story of this case is under way already.",
    "uq_update_requests_open": "An update was already asked for a moment ago.",
    "uq_volunteer_names_volunteer_id_name_hash": SAVED_MEANWHILE,
    "uq_volunteers_username": "That username is taken. Choose another.",
}


def in_words(error: IntegrityError) -> str | None:
    """What to tell the person whose change broke a constraint; None if it is not one of `REFUSALS`."""
    return next((REFUSALS[name] for name in broken(error) if name in REFUSALS), None)


def broken(error: IntegrityError) -> frozenset[str]:
    """The name of the broken constraint. SQLite gives only the columns, so there may be several."""
    told = getattr(error.orig, "diag", None)
    if told is not None:
        return frozenset(filter(None, (told.constraint_name,)))
    _, _, what = str(error.orig).partition("UNIQUE constraint failed: ")
    return unique_names().get(tuple(what.split(", ")), frozenset())


@functools.cache
def unique_names() -> dict[tuple[str, ...], frozenset[str]]:
    """The names of unique constraints and indexes, by their columns in order."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for table in Base.metadata.tables.values():
        unique: list[UniqueConstraint | Index] = [index for index in table.indexes if index.unique]
        unique += [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        for one in unique:
            columns = tuple(f"{table.name}.{column.name}" for column in one.columns)
            found[columns] = found.get(columns, frozenset()) | {str(one.name)}
    return found
