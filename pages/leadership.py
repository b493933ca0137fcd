"""Leadership: how does the casework stand, beside last quarter and last year?"""

from dashboard import auth
from dashboard.leadership import exact, released

person = auth.current()
if person.is_lead:
    exact.casework(person)
else:
    released.caseload(person)
