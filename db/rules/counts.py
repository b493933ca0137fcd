"""A raw, confidential count of distinct doctors."""

from typing import NamedTuple


class Count(NamedTuple):
    """Raw and confidential: distinct doctors, the organisations they come from, and how many of the doctors come from
    the organisation with most."""

    doctors: int
    bodies: int = 0
    largest: int = 0


NOBODY = Count(0)
