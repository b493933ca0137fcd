"""New case: what has this doctor told us, and what must happen today?"""

from dashboard import auth
from dashboard.case import intake

person = auth.current()
intake.crisis_contacts()
intake.form(person)
