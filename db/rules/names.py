"""When two ways of writing a name are taken for the same person."""

import re

TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame", "lord", "lady"})


def name_key(name: str) -> str:
    """The words of a name without titles, in one order: “Dr Ann Example” and “EXAMPLE, Ann” are the same.

    Too many matches are better than too few here: a wrong one is let through by two people, a missed one leaks.
    """
    words = re.findall(r"[^\W\d_]+", name.casefold())
    return " ".join(sorted(word for word in words if word not in TITLES))
