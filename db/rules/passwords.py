"""Which passwords are too easy to guess here: common ones, and ones made of the campaign's own words.

An attacker knows the campaign, the person and the site's address. So words from these are cut out, even spelled with
digits and signs, and the rest of the password must be hard to guess by itself.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from db.errors import CommandRefused

# The demonstration's password, shown on its front page: allowed there and nowhere else.
DEMO_PASSWORD = "learn-not-blame"  # noqa: S105 - no secret
MIN_LENGTH, MAX_LENGTH, MAX_BYTES = 12, 64, 72
# zxcvbn's scale is 0 to 4; 3 is "safely unguessable: moderate protection from an offline attack".
STRONG_ENOUGH = 3
# The 30,000 most common passwords, which come with zxcvbn.
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
_OWN = """
learn learns learned learning not blame blames blamed blaming lnb dauk doctor doctors association united kingdom england
scotland wales ireland nhs gmc mpts mhps bma trust hospital health medical medicine nurse patient patients case cases
casework caseworker work worker dashboard campaign support volunteer volunteers lead leads leader observer demo admin
user account login sign signin password passwort passwd pass word secret welcome justice safety culture just fair
fairness whistle whistleblower blower speak speaking freedom org com net www http https
"""
OWN_WORDS = frozenset(_OWN.split())
# Characters people use in place of a letter.
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
# Longer than anybody types: longer text is not hashed, looked up or counted.
MOST_TYPED = 200


def checked_password(password: str, again: str, *, about: Iterable[str] = (), is_demo: bool = False) -> str:
    """The password, if it is good enough. `about` holds words about its owner and this site. Refuses, by field: two
    that differ, a space at either end, too short or long, common, or made of words that are easy to guess here."""
    if password != again:
        raise CommandRefused("The passwords do not match.", field="again")
    if password != password.strip():
        raise CommandRefused(
            "Remove the space at the beginning or end: signing in ignores it. Spaces between words are fine.",
            field="password",
        )
    if is_demo and password == DEMO_PASSWORD:
        return password
    if len(password) < MIN_LENGTH:
        raise CommandRefused(f"Use at least {MIN_LENGTH} characters. A few words are best.", field="password")
    if len(password) > MAX_LENGTH or not fits(password):
        raise CommandRefused(f"Use {MAX_LENGTH} plain characters or fewer.", field="password")
    if password.lower() in COMMON:
        raise CommandRefused(f"This is one of the most common passwords. {WHAT_TO_DO}", field="password")
    own = OWN_WORDS | set(words_of(about))
    left = without(password, own)
    if left != _folded(password) and not _is_strong_by_itself(left):
        raise CommandRefused(
            f"This is made of words that are easy to guess here: the campaign’s, or your name. {WHAT_TO_DO}",
            field="password",
        )
    judged = zxcvbn(password, user_inputs=sorted(own))
    if judged["score"] < STRONG_ENOUGH:
        why = judged["feedback"]["warning"] or "This could be guessed quickly"
        raise CommandRefused(f"{why.rstrip('.')}. {WHAT_TO_DO}", field="password")
    return password


def fits(password: str) -> bool:
    """Whether bcrypt can take all of it: it reads MAX_BYTES bytes and no invalid characters."""
    try:
        return len(password.encode()) <= MAX_BYTES and "\0" not in password
    except UnicodeEncodeError:
        return False


def words_of(texts: Iterable[str]) -> Iterator[str]:
    """The words of two letters or more in names, usernames and addresses, and each text's words run together."""
    for text in texts:
        parts = "".join(c if c.isalnum() else " " for c in _folded(text[:MOST_TYPED])).split()
        yield from (word for word in [*parts, "".join(parts)] if len(word) > 1 and not word.isdigit())


def without(password: str, words: Iterable[str]) -> str:
    """What is left of a password, in lower case, after cutting out as much as possible of these words, forwards or
    backwards, in capitals or signs."""
    text = _folded(password)
    found = sorted({spelled for word in words for spelled in (word, word[::-1])})
    # From the end: for each place, the least that can be left of the rest.
    left = [""]
    for start in reversed(range(len(text))):
        ends = {end for word in found for end in _ends(text, start, word)}
        left.append(min([text[start] + left[-1], *(left[len(text) - end] for end in ends)], key=_worth))
    return left[-1]


def _worth(text: str) -> tuple[int, int]:
    return sum(c.isalpha() for c in text), len(text)


def _ends(text: str, start: int, word: str) -> set[int]:
    """Where the word that starts here can end: each letter as itself, repeated or as a sign, with small gaps."""
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
    """Anybody can add digits and signs to a word: they count only if the letters are more than one word."""
    letters = "".join(c if c.isalpha() else " " for c in left)
    bare = " ".join(letters.split())
    return _score(bare) >= STRONG_ENOUGH or (_score(bare.replace(" ", "")) >= 2 and _score(left) >= STRONG_ENOUGH)


def _score(text: str) -> int:
    return int(zxcvbn(text)["score"]) if text else 0


def _folded(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in parts if not unicodedata.combining(c))
