"""New case: what has this doctor told us, and what must happen today?"""

from dashboard import auth
from dashboard.case import enquiries, enquiry_form, help_lines, intake
from dashboard.case.writer import Writer, writer

person = auth.current()
help_lines.help_lines(person)
if writer() is Writer.OTHER:
    enquiry_form.form(person)
    enquiries.waiting(person)
else:
    intake.form(person)
