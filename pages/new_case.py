"""New case: what has this doctor told us, and what must happen today?"""

from dashboard import auth
from dashboard.case import help_lines, intake

person = auth.current()
help_lines.help_lines(person)
intake.form(person)
