"""The only bridge to `db/`: reads cached by viewer, revision and day; commands in one transaction each.

A rerun with nothing changed reads only the session row. A change by anybody, in any process, raises the revision, and
the next rerun reads again: there is no time limit to guess.
"""

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
from dashboard.store.actions import action_list, action_takers, case_actions
from dashboard.store.approvals import asked_about, desk, mail_link, to_answer
from dashboard.store.asked import bodies_to_answer, bodies_to_match, cover_to_answer, must_say, own_offers
from dashboard.store.bulk import MOST_CASES, Outcome, write_each
from dashboard.store.core import key, public_id
from dashboard.store.downloads import download_waits, fetch_download
from dashboard.store.drafts import keep_draft, kept_drafts
from dashboard.store.enquiries import enquiries, reach
from dashboard.store.leadership import Load, casework_over, coder_agreement, leadership_periods, released_caseloads
from dashboard.store.learning import (
    candidates,
    case_learnings,
    case_results,
    learnings,
    learnings_to_agree,
    lessons,
    output,
    output_of,
    outputs,
    outputs_waiting,
    published,
    published_claims,
    released_findings,
    series_consents,
    stories,
    themes_exact,
)
from dashboard.store.looks import access_lines, access_review, history
from dashboard.store.meetings import decisions_made, meetings_lately, minutes, minutes_of, next_meeting, past_meetings
from dashboard.store.organisations import (
    organisation,
    organisation_cases,
    organisation_findings,
    organisation_limits,
)
from dashboard.store.outage import first_of_all, hold, is_back, is_out, let_go, wait
from dashboard.store.pathways import case_codings, checklists, coders_to_ask, pathways
from dashboard.store.patterns import (
    befallen,
    emerging,
    examined,
    examined_cases,
    groups,
    organisation_examined,
    published_elsewhere,
)
from dashboard.store.reads import (
    allocation,
    asked_exceptions,
    attention,
    care,
    case,
    case_rows,
    caseworkers,
    check_in_kinds,
    condition_counts,
    condition_names,
    correctable,
    danger,
    doctor_care,
    duplicates,
    facts,
    find_bodies,
    found_conflicts,
    handovers,
    heatmap,
    heatmap_cases,
    last_night,
    linked,
    my_cases,
    my_cases_total,
    near_matches,
    nights,
    offerable,
    own_case,
    own_versions,
    people,
    person_detail,
    queue,
    rule_changes,
    safeguarding_lead,
    same_doctor,
    saves,
    timeline,
    trend,
    wall,
    words,
)
from dashboard.store.releases import (
    close_quarter,
    discarded,
    exact_beside,
    exact_examined,
    left_out,
    quarter_to_close,
    released,
    released_examined,
    signed,
    standing,
    totals,
)
from dashboard.store.reminders import calendar_items, inbox, mark_read, reminder_choices, unread
from dashboard.store.seen import released_seen
from dashboard.store.views import saved_views, view_counts
from dashboard.store.writes import (
    PROOF_LASTS,
    STALE,
    SavedDraft,
    answered_saves,
    characteristics,
    identity,
    identity_again,
    log_access,
    refresh_person,
    write,
)
