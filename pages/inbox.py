"""Inbox: what happened on my cases since I marked it as read?"""

from dashboard import auth
from dashboard.home import inbox
from dashboard.people import approvals

person = auth.current()
if person.is_lead:
    approvals.approvals(person)
inbox.inbox(person)
