"""Home: what needs attention today?"""

from dashboard import (
    approval_view,
    attention,
    auth,
    care_view,
    match_view,
    people_view,
    release_forms,
    released_view,
    rule_changes_view,
    same_doctor_view,
    wall_forms,
)
from db.choices import Role

person = auth.current()
if person.role is Role.OBSERVER:
    released_view.totals(person)
else:
    if person.is_lead:
        attention.casework(person)
    # People at risk before everything that has to be decided.
    attention.own_lines(person)
    if person.is_lead:
        match_view.bodies_to_match(person)
        wall_forms.found(person)
        approval_view.approvals(person)
        same_doctor_view.found(person)
        release_forms.waiting(person)
        rule_changes_view.found(person)
        people_view.left_behind(person)
        care_view.others(person)
    care_view.own(person)
    if person.is_lead:
        attention.trend(person)
