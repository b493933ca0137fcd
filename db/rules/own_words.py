"""Names and contacts that a form has in a field of their own, found again in its free text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from db.rules.contacts import addresses_in, contact_keys
from db.rules.folding import folded
from db.rules.names import PARTICLES, TITLES, TOKEN, name_key, name_keys, names_in
from db.rules.personal_data import Found

OURS = "a doctor’s name or contact"
INVOLVED = "a name from this form"
TITLED = re.compile(rf"\b({'|'.join(sorted({*TITLES, 'doctor'}, key=len, reverse=True))})\b\.?\s{{1,3}}", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class OwnWords:
    """Names and contacts of the doctor, and names of others involved. Its repr shows nothing, for logs and traces."""

    names: Sequence[str]
    contacts: Sequence[str]
    others: Sequence[str]

    def find(self, text: str) -> Iterator[Found]:
        """Where the text names them: in full, by title and one of their names, or by a contact."""
        for kind, people in ((OURS, self.names), (INVOLVED, self.others)):
            if any(people):
                yield from (Found(kind, start, end) for start, end in _people(text, people))
        known = {key for contact in self.contacts for key in contact_keys(contact)}
        for start, end, keys in addresses_in(text) if known else ():
            if known & set(keys):
                yield Found(OURS, start, end)


def _people(text: str, people: Sequence[str]) -> Iterator[tuple[int, int]]:
    wanted = {key for name in people for key in (name_key(name), *name_keys(name)) if " " in key}
    for start, end, keys in names_in(text):
        if wanted & keys:
            yield start, end
    single = {word for name in people for word in name_key(name).split() if len(word) > 1} - PARTICLES
    for title in TITLED.finditer(text):
        word = TOKEN.match(text, title.end())
        if word and folded(re.sub(r"['’]s?$", "", word.group())) in single:
            yield title.start(), word.end()
