"""Inbox: what happened on my cases since I marked it as read?"""

from dashboard import auth
from dashboard.home import danger_band, inbox, today
from dashboard.people import approvals

person = auth.current()
# A doctor at risk before everything here too.
danger_band.on_top(person)
today.flags_to_look_at(person)
if person.is_lead:
    approvals.approvals(person)
inbox.inbox(person)
