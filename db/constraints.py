"""The constraints that two people, or one person in two tabs, can run into at once, and what the second is told."""

import functools

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from db.base import Base

TAKEN_PLACE = "That volunteer already has a place on this case, or an offer of one."
CODED_ALREADY = "That finding is already coded for this case and process."
SAVED_MEANWHILE = "Somebody else has just saved this. Look at it again before you save."

# By the constraint's name, in both databases. Any other that is broken is a bug.
REFUSALS = {
    "uq_action_offers_live": "That action is already offered to somebody: take back that offer first.",
    "uq_assignments_one_interim": TAKEN_PLACE,
    "uq_assignments_one_lead": "Somebody else has just become case lead. Refresh to see who.",
    "uq_assignments_one_place": TAKEN_PLACE,
    "uq_cases_source_key": "That row of the file is already a case.",
    "uq_conflict_checks_volunteer_id_case_id": SAVED_MEANWHILE,
    "uq_conflict_notices_volunteer_id_case_id": SAVED_MEANWHILE,
    "uq_deadlines_previous_id": "The next review has just been added. Look at the list again.",
    "uq_debriefs_volunteer_id_case_id_kind_happened_on": SAVED_MEANWHILE,
    "uq_doctor_answers_live": SAVED_MEANWHILE,
    "uq_findings_once_a_case": CODED_ALREADY,
    "uq_findings_once_a_process": CODED_ALREADY,
    "uq_flags_live": "That flag is already raised on this case.",
    "uq_identities_doctor_id": SAVED_MEANWHILE,
    "uq_meeting_marks_standing": "This case is already marked for the next meeting.",
    "uq_organisation_mergers_predecessor_id_successor_id": SAVED_MEANWHILE,
    "uq_parties_case_id_name_hash": SAVED_MEANWHILE,
    "uq_process_events_case_process_id_number_edition": SAVED_MEANWHILE,
    "uq_recusals_volunteer_id_case_id": "That person is already barred from this case.",
    "uq_releases_standing": "Somebody else has just computed this quarter.",
    "uq_saved_views_owner_id_folded": "You already have a view with that name.",
    "uq_update_requests_open": "Somebody has just asked for an update.",
    "uq_volunteer_names_volunteer_id_name_hash": SAVED_MEANWHILE,
    "uq_volunteers_username": "That username is taken. Choose another.",
}


def in_words(error: IntegrityError) -> str | None:
    """What to say to whoever ran into a constraint; None where it is none of theirs."""
    return next((REFUSALS[name] for name in broken(error) if name in REFUSALS), None)


def broken(error: IntegrityError) -> frozenset[str]:
    """The names of the constraint that was broken: of all it may be, as SQLite names the columns of a unique one."""
    told = getattr(error.orig, "diag", None)
    if told is not None:
        return frozenset(filter(None, (told.constraint_name,)))
    _, _, what = str(error.orig).partition("UNIQUE constraint failed: ")
    return unique_names().get(tuple(what.split(", ")), frozenset())


@functools.cache
def unique_names() -> dict[tuple[str, ...], frozenset[str]]:
    """By the columns of each unique constraint or index, in order, its name."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for table in Base.metadata.tables.values():
        unique: list[UniqueConstraint | Index] = [index for index in table.indexes if index.unique]
        unique += [one for one in table.constraints if isinstance(one, UniqueConstraint)]
        for one in unique:
            columns = tuple(f"{table.name}.{column.name}" for column in one.columns)
            found[columns] = found.get(columns, frozenset()) | {str(one.name)}
    return found
