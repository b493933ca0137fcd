"""A raw, confidential count of distinct doctors, before it is released."""

from typing import NamedTuple


class Count(NamedTuple):
    """Raw and confidential: distinct doctors, the bodies they come from, and how many of
    the doctors come from the body with most."""

    doctors: int
    bodies: int = 0
    largest: int = 0


NOBODY = Count(0)
