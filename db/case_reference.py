"""Case references like LNB-7K3M9Q: random, easy to read aloud, with a check character.

Never sequential: a gap would tell a barred person that a case exists.
"""

import secrets

# No 0/O, 1/I/L, U/V confusions; 29 characters, a prime, so that the check catches every single slip and swap.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
PREFIX = "LNB-"
RANDOM_LENGTH = 5


def new_reference() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIX + body + check_character(body)


def check_character(body: str) -> str:
    """Weighted sum modulo the (prime) size of the alphabet: any one wrong or two swapped letters show."""
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, start=2))
    return ALPHABET[total % len(ALPHABET)]


def is_reference(text: str) -> bool:
    """Whether this has the form of a reference, check character included."""
    body, check = text[len(PREFIX) : -1], text[-1:]
    well_formed = text.startswith(PREFIX) and len(body) == RANDOM_LENGTH and set(body) <= set(ALPHABET)
    return well_formed and check_character(body) == check
