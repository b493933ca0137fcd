"""Inbox: what happened on my cases since I last looked?"""

from dashboard import approval_view, auth, inbox_view

person = auth.current()
if person.is_lead:
    approval_view.approvals(person)
inbox_view.inbox(person)
