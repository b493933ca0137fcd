"""Whether two entries in a list look the same, and how to tell two people of the same name apart."""

import unicodedata


def seen_as(words: str) -> str:
    """The words as they look, ignoring spaces, capitals and invisible characters."""
    # Letters of ASCII look like nothing but themselves, and most names have no others.
    if not words.isascii():
        words = "".join(c for c in unicodedata.normalize("NFKC", words) if unicodedata.category(c) != "Cf")
    return " ".join(words.casefold().split())


def with_username(name: str, username: str) -> str:
    """The name with the username, which people know and which, unlike an id, reveals nothing about others."""
    return f"{' '.join(name.split())} ({username})"
