"""Learning: what did cases teach, and what became of it?"""

from dashboard import auth
from dashboard.learning import themes

person = auth.current()
themes.to_agree(person)
themes.learned(person)
