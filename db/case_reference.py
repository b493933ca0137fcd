"""Case references like LNB-7K3M9Q: random, easy to read aloud, with a check character.

Never sequential: a gap would tell somebody who is barred that a case exists.
"""

import re
import secrets
from collections.abc import Iterator

# Nothing that looks like another: no 0, 1, I, L, O, U or V. 29 is prime, so the check finds any one slip or swap.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
PREFIX = "LNB-"
RANDOM_LENGTH = 5
# In a session: references of cases that are still to be written.
PROMISED = "promised_references"


def new_reference() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIX + body + check_character(body)


def check_character(body: str) -> str:
    """A weighted sum modulo the (prime) size of the alphabet. Finds one wrong character or two swapped ones."""
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


def meant_by(typed: str) -> list[str]:
    """The references that something typed may be with one slip: a character wrong, left out or too many, or two
    swapped. Hardly any, as the check character must fit."""
    tight = "".join(c for c in typed.upper() if c.isalnum())
    letters = tight.removeprefix(PREFIX.strip("-"))
    if not letters.isascii() or abs(len(letters) - RANDOM_LENGTH - 1) > 1:
        return []
    return sorted({PREFIX + near for near in _slips_of(letters) if is_reference(PREFIX + near)})


def _slips_of(letters: str) -> Iterator[str]:
    for at in range(len(letters) + 1):
        before, rest = letters[:at], letters[at:]
        yield before + rest[1:]
        yield before + rest[1:2] + rest[:1] + rest[2:]
        for letter in ALPHABET:
            yield before + letter + rest
            yield before + letter + rest[1:]


def reference_in(text: str) -> str:
    """The first well-formed reference in a text; empty if there is none."""
    found = re.findall(f"{PREFIX}[{ALPHABET}]{{{RANDOM_LENGTH + 1}}}", text)
    return next(filter(is_reference, found), "")


def is_reference(text: str) -> bool:
    """Whether this is a well-formed reference with the right check character."""
    body, check = text[len(PREFIX) : -1], text[-1:]
    well_formed = text.startswith(PREFIX) and len(body) == RANDOM_LENGTH and set(body) <= set(ALPHABET)
    return well_formed and check_character(body) == check
