"""What a person can tell apart in a list, and what two of one name are told apart by."""

import unicodedata


def seen_as(words: str) -> str:
    """What the eye takes words for: spaces, capitals, signs without a shape tell nothing."""
    shapes = (c for c in unicodedata.normalize("NFKC", words) if unicodedata.category(c) != "Cf")
    return " ".join("".join(shapes).casefold().split())


def with_username(name: str, username: str) -> str:
    """The username, never an id: people know it, and it tells of nobody else."""
    return f"{' '.join(name.split())} ({username})"
