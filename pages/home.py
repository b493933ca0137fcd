"""Home: what needs attention today?"""

from dashboard import auth
from dashboard.case import same_doctor, wall
from dashboard.heatmap import release_desk, released
from dashboard.home import (
    attention,
    bodies_to_match,
    debriefs_and_cover,
    enquiries,
    hand_overs,
    met,
    nights,
    quiet,
    rule_changes,
    today,
)
from dashboard.learning import outputs
from dashboard.people import approvals
from db.choices import Role

person = auth.current()
if person.role is Role.OBSERVER:
    released.totals(person)
else:
    # Doctors at risk come before anything else, then what is this person's own to do.
    enquiries.waiting(person, in_danger=True)
    today.needs(person)
    enquiries.waiting(person, in_danger=False)
    met.meetings(person)
    outputs.waiting(person)
    if person.is_lead:
        nights.overdue(person)
        bodies_to_match.bodies_to_match(person)
        wall.asked(person)
        wall.found(person)
        approvals.on_home(person)
        same_doctor.found(person)
        release_desk.waiting(person)
        rule_changes.found(person)
        hand_overs.hand_overs(person)
        debriefs_and_cover.others(person)
    debriefs_and_cover.own(person)
    if person.is_lead:
        attention.casework(person)
        attention.trend(person)
    quiet.choice(person)
