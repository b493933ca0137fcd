"""Home: what needs attention today?"""

from dashboard import auth
from dashboard.case import same_doctor, wall
from dashboard.heatmap import release_desk, released
from dashboard.home import attention, bodies_to_match, debriefs_and_cover, rule_changes
from dashboard.people import approvals, people_table
from db.choices import Role

person = auth.current()
if person.role is Role.OBSERVER:
    released.totals(person)
else:
    if person.is_lead:
        attention.casework(person)
    # People in danger come before anything that has to be decided.
    attention.own_lines(person)
    if person.is_lead:
        bodies_to_match.bodies_to_match(person)
        wall.found(person)
        approvals.approvals(person)
        same_doctor.found(person)
        release_desk.waiting(person)
        rule_changes.found(person)
        people_table.left_behind(person)
        debriefs_and_cover.others(person)
    debriefs_and_cover.own(person)
    if person.is_lead:
        attention.trend(person)
