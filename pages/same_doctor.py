"""Same doctor?: which cases are one doctor's, so that nobody is counted twice?"""

from dashboard import auth
from dashboard.case import same_doctor

person = auth.current()
same_doctor.to_answer(person)
same_doctor.answered(person)
