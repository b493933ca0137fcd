"""Inbox: what happened on my cases since I last looked?"""

from dashboard import auth, inbox_view

inbox_view.inbox(auth.current())
