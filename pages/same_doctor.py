"""Same doctor?: which cases are one doctor's, so that nobody is counted twice?"""

from dashboard import auth, same_doctor_view

person = auth.current()
same_doctor_view.to_answer(person)
same_doctor_view.answered(person)
