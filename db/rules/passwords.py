"""Which passwords are too easy to guess here: what is common anywhere, and what is made of this campaign's own words.

Whoever attacks this record knows the campaign, the person and the address it is at. So their words count as nothing:
they are cut out, with whatever stands for their letters, and what is left must be hard to guess by itself.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from db.errors import CommandRefused

# The demonstration's own, printed on its front page: it may be chosen there and nowhere else.
DEMO_PASSWORD = "learn-not-blame"  # noqa: S105 - no secret
MIN_LENGTH, MAX_LENGTH, MAX_BYTES = 12, 64, 72
# zxcvbn's scale is 0 to 4; 3 is "safely unguessable: moderate protection from an offline attack".
STRONG_ENOUGH = 3
# The thirty thousand passwords that zxcvbn brings, by how often people choose them.
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
_OWN = """
learn learns learned learning not blame blames blamed blaming lnb dauk doctor doctors association united kingdom england
scotland wales ireland nhs gmc mpts mhps bma trust hospital health medical medicine nurse patient patients case cases
casework caseworker work worker dashboard campaign support volunteer volunteers lead leads leader observer demo admin
user account login sign signin password passwort passwd pass word secret welcome justice safety culture just fair
fairness whistle whistleblower blower speak speaking freedom org com net www http https
"""
OWN_WORDS = frozenset(_OWN.split())
# What stands for a letter in words that are spelled in signs.
SIGNS = {
    "a": "4@",
    "b": "8",
    "c": "([{<k",
    "d": "",
    "e": "3€",
    "g": "69",
    "h": "#",
    "i": "1!|l",
    "k": "c",
    "l": "1!|i7",
    "n": "",
    "o": "0",
    "q": "9",
    "r": "",
    "s": "5$z",
    "t": "7+",
    "u": "v",
    "v": "u",
    "x": "%",
    "z": "2s",
}
MOST_GAP = 2
WHAT_TO_DO = "Try four unrelated words."
# More than anybody types: nothing longer is hashed, looked up or counted.
MOST_TYPED = 200


def checked_password(password: str, again: str, *, about: Iterable[str] = (), is_demo: bool = False) -> str:
    """The password, if it may be used; `about` is what tells of its owner and of this place. Refuses, by field: the
    two unlike, an outer space, too short or long, common, or made of words that anybody would try here first."""
    if password != again:
        raise CommandRefused("The two passwords are not the same.", field="again")
    if password != password.strip():
        raise CommandRefused(
            "It begins or ends with a space, which signing in leaves out. Take it away, or use a space between words.",
            field="password",
        )
    if is_demo and password == DEMO_PASSWORD:
        return password
    if len(password) < MIN_LENGTH:
        raise CommandRefused(f"Use at least {MIN_LENGTH} characters: a few words is best.", field="password")
    if len(password) > MAX_LENGTH or not fits(password):
        raise CommandRefused(f"Use at most {MAX_LENGTH} plain characters.", field="password")
    if password.lower() in COMMON:
        raise CommandRefused(f"This is one of the most common passwords. {WHAT_TO_DO}", field="password")
    own = OWN_WORDS | set(words_of(about))
    left = without(password, own)
    if left != _folded(password) and not _is_strong_by_itself(left):
        raise CommandRefused(
            f"It is made of words that anybody would try here first: the campaign’s, or your own. {WHAT_TO_DO}",
            field="password",
        )
    judged = zxcvbn(password, user_inputs=sorted(own))
    if judged["score"] < STRONG_ENOUGH:
        why = judged["feedback"]["warning"] or "It could be guessed quickly"
        raise CommandRefused(f"{why.rstrip('.')}. {WHAT_TO_DO}", field="password")
    return password


def fits(password: str) -> bool:
    """Whether bcrypt takes it: it reads so many bytes and no more, and no half characters."""
    try:
        return len(password.encode()) <= MAX_BYTES and "\0" not in password
    except UnicodeEncodeError:
        return False


def words_of(texts: Iterable[str]) -> Iterator[str]:
    """The words in names, usernames, addresses: what has two letters or more, and the whole without what parts it."""
    for text in texts:
        parts = "".join(c if c.isalnum() else " " for c in _folded(text[:MOST_TYPED])).split()
        yield from (word for word in [*parts, "".join(parts)] if len(word) > 1 and not word.isdigit())


def without(password: str, words: Iterable[str]) -> str:
    """What is left of a password, in small letters, once as much of it as can be is cut out as one of these words,
    forwards or backwards, in capitals or signs."""
    text = _folded(password)
    found = sorted({spelled for word in words for spelled in (word, word[::-1])})
    # From the end: the least that can be left of the rest, for each place.
    left = [""]
    for start in reversed(range(len(text))):
        ends = {end for word in found for end in _ends(text, start, word)}
        left.append(min([text[start] + left[-1], *(left[len(text) - end] for end in ends)], key=_worth))
    return left[-1]


def _worth(text: str) -> tuple[int, int]:
    return sum(c.isalpha() for c in text), len(text)


def _ends(text: str, start: int, word: str) -> set[int]:
    """Where the word can end that begins here: each letter as itself, doubled or as a sign, with little between."""
    places = {start}
    for number, letter in enumerate(word):
        looks = letter + SIGNS.get(letter, "")
        reached = set()
        for place in places:
            gap = place
            while True:
                if gap < len(text) and text[gap] in looks:
                    reached |= _repeats(text, gap, looks)
                if not number or gap - place >= MOST_GAP or gap >= len(text) or text[gap].isalnum():
                    break
                gap += 1
        places = reached
    return places


def _repeats(text: str, place: int, looks: str) -> set[int]:
    return {end for end in range(place + 1, place + 4) if end <= len(text) and all(c in looks for c in text[place:end])}


def _is_strong_by_itself(left: str) -> bool:
    """Digits and signs between words are what anybody adds: they count once the letters are no mere word."""
    letters = "".join(c if c.isalpha() else " " for c in left)
    bare = " ".join(letters.split())
    return _score(bare) >= STRONG_ENOUGH or (_score(bare.replace(" ", "")) >= 2 and _score(left) >= STRONG_ENOUGH)


def _score(text: str) -> int:
    return int(zxcvbn(text)["score"]) if text else 0


def _folded(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in parts if not unicodedata.combining(c))
