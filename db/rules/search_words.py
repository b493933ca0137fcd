"""What a search asks for, and where its words are in a text: one folding for the text and for what is typed, so that
every database finds the same.

Words are letters and digits without case and accents. Apostrophes and invisible characters are left out; everything
else separates words. Words joined by a dash or a point (“re-open”, “12.5”) are asked for as a phrase.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from db.case_reference import ALPHABET, PREFIX, RANDOM_LENGTH, is_reference
from db.rules.contacts import addresses_in
from db.rules.folding import APOSTROPHES, PLAIN
from db.rules.names import name_key

# Rises with every change to folding, or to what is searched: indexes made by an earlier rule are made again at the next
# start.
RULE = 2
# What is looked at of a search, and how much of one word.
MOST_TYPED, MOST_WORDS, LONGEST_WORD = 300, 12, 60
# Between two texts, so that no phrase runs from one into the other.
APART = "_"
# A word that is not in the index as it was typed also begins longer ones, if it says this much.
LEAST_BEGINNING = 3
AROUND, LONGEST_PIECE = 90, 240
# Those of plain ASCII that are left out within a word.
BETWEEN = ("", " ", "\n")
SKIPPED = re.compile("['`]")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
QUOTES = str.maketrans("“”„«»＂", '""""""')
TYPED = re.compile(r'([-−–]?)"([^"]*)"(\*?)|(\S+)')


class _Folds(dict[int, str | None]):
    """What becomes of each character, worked out the first time one is met."""

    def __missing__(self, code: int) -> str | None:
        self[code] = answer = _fold_character(chr(code))
        return answer


def _fold_character(c: str) -> str | None:
    if c in APOSTROPHES or unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf"):
        return None
    plain = unicodedata.normalize("NFKD", c).casefold().translate(PLAIN)
    kept = "".join(part for part in unicodedata.normalize("NFKD", plain) if part.isalnum() or part == "_")
    return kept or " "


FOLDS = _Folds()


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return [word[:LONGEST_WORD] for word in text.translate(FOLDS).split()]


def places_of(text: str) -> list[tuple[str, int, int]]:
    """The words of a text, each with its start and end in the text as it stands."""
    found: list[tuple[str, int, int]] = []
    letters, start, end = "", 0, 0
    for at, c in enumerate(f"{text} "):
        if (plain := FOLDS[ord(c)]) is None:
            # A mark after a letter belongs to it; one that stands alone does not.
            end = at + 1 if letters else end
        elif plain == " ":
            if letters:
                found.append((letters[:LONGEST_WORD], start, min(end, len(text))))
            letters = ""
        else:
            start = start if letters else at
            letters, end = letters + plain, at + 1
    return found


@dataclass(frozen=True)
class Phrase:
    """These words, one after the other; with `begins`, the last one may go on."""

    words: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True)
class Term:
    """One part of a search: words to find in a text, or, by keyed hash, every part of a name or any contact."""

    phrase: Phrase
    name: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    is_quoted: bool = False


@dataclass(frozen=True)
class Asked:
    """A search as typed: a case must have each of `wanted` and none of `unwanted`; or a doctor whose name has all of
    `name`. `reference` is how a case's reference begins, without its prefix; `is_reference` if nothing else is likely
    to have been meant."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]
    name: tuple[str, ...] = ()
    reference: str = ""
    is_reference: bool = False

    @property
    def looser(self) -> "Asked | None":
        """The same, with words that may go on; None if that would find nothing more."""
        wanted = tuple(_looser(term) for term in self.wanted)
        return None if wanted == self.wanted else Asked(wanted, self.unwanted)


def _looser(term: Term) -> Term:
    if term.is_quoted or len(term.phrase.words[-1]) < LEAST_BEGINNING:
        return term
    return Term(Phrase(term.phrase.words, begins=True), term.name, term.contacts)


REFERENCE = re.compile(rf"(LNB)?([{ALPHABET}]{{2,{RANDOM_LENGTH + 1}}})")


def asked(typed: str) -> Asked:
    """Reads what was typed: words, “quoted phrases”, -without, begin*. Anything else is only characters."""
    text = typed.replace("\x00", "")[:MOST_TYPED].translate(QUOTES)
    terms: dict[Term, bool] = {}
    rest = _contacts(text, terms)
    for match in TYPED.finditer(rest):
        term, is_wanted = _term(match)
        if term.phrase.words and len(terms) < MOST_WORDS:
            terms.setdefault(term, is_wanted)
    wanted = tuple(term for term, is_wanted in terms.items() if is_wanted)
    name = " ".join(word for term in wanted for word in term.phrase.words)
    reference, is_sure = _reference(text)
    return Asked(
        wanted=wanted,
        unwanted=tuple(term for term, is_wanted in terms.items() if not is_wanted),
        name=tuple(name_key(name).split()),
        reference=reference,
        is_reference=is_sure,
    )


def _reference(text: str) -> tuple[str, bool]:
    tight = "".join(c for c in text.upper() if not c.isspace() and c not in "-–−‑")
    match = REFERENCE.fullmatch(tight)
    if match is None:
        return "", False
    prefix, begins = match.groups()
    is_sure = bool(prefix) or any(c.isdigit() for c in begins) or is_reference(PREFIX + begins)
    return (begins, is_sure) if is_sure or len(begins) >= LEAST_BEGINNING else ("", False)


def _contacts(text: str, terms: dict[Term, bool]) -> str:
    """Adds each address and number, which is one thing however it is spaced; returns the rest."""
    kept = list(text)
    for start, end, keys in addresses_in(text):
        if words := _asked_words(text[start:end]):
            terms[Term(Phrase(words), contacts=keys, is_quoted=True)] = True
            kept[start:end] = " " * (end - start)
    return "".join(kept)


def _term(match: re.Match[str]) -> tuple[Term, bool]:
    minus, quoted, star, plain = match.groups()
    if quoted is not None:
        return Term(Phrase(_asked_words(quoted), bool(star)), _name(quoted), is_quoted=True), not minus
    has_star = plain.endswith("*")
    term = Term(Phrase(_asked_words(plain), has_star), _name(plain), is_quoted=has_star)
    return term, plain[0] not in "-−–"


def _asked_words(text: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(text)[:MOST_WORDS] if word.strip(APART))


def _name(text: str) -> tuple[str, ...]:
    return tuple(name_key(text).split())


def marks_in(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Where the phrases are in a text, without overlaps."""
    if text.isascii() and not SKIPPED.search(text):
        # Each character stands for one: places in the folded text are those in the text.
        lower = text.lower()
        spans = [match.span() for phrase in phrases for match in _in_ascii(phrase).finditer(lower)]
    else:
        places = places_of(text)
        spans = [span for phrase in phrases for span in _spans(places, phrase)]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


@functools.lru_cache(maxsize=256)
def _in_ascii(phrase: Phrase) -> re.Pattern[str]:
    cut = [f"{re.escape(word)}{'[a-z0-9_]*' * (len(word) == LONGEST_WORD)}" for word in phrase.words]
    return re.compile(rf"(?<![a-z0-9_]){'[^a-z0-9_]+'.join(cut)}{'[a-z0-9_]*' * phrase.begins}(?![a-z0-9_])")


def _spans(places: Sequence[tuple[str, int, int]], phrase: Phrase) -> Iterator[tuple[int, int]]:
    size = len(phrase.words)
    head, last = phrase.words[:-1], phrase.words[-1]
    for at in range(len(places) - size + 1):
        run = places[at : at + size]
        final = run[-1][0]
        if tuple(word for word, _, _ in run[:-1]) == head and (
            final.startswith(last) if phrase.begins else final == last
        ):
            yield run[0][1], run[-1][2]


def starts_of(phrase: Phrase, folded: str) -> Iterator[int]:
    """Where a phrase begins in a folded text."""
    # A pattern looks at every letter, and takes ten times as long.
    words = " ".join(phrase.words)
    at = folded.find(words)
    while at >= 0:
        before, after = folded[at - 1 : at], folded[at + len(words) : at + len(words) + 1]
        if before in BETWEEN and (phrase.begins or after in BETWEEN):
            yield at
        at = folded.find(words, at + 1)


def piece_of(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The sentence with most of the marks, shortened around the first of them if it is long; with its own marks."""
    starts = [0, *(gap.end() for gap in SENTENCE.finditer(text))]
    ends = [*(gap.start() for gap in SENTENCE.finditer(text)), len(text)]
    sentences = list(zip(starts, ends, strict=True))
    start, end = max(sentences, key=lambda s: sum(s[0] <= mark[0] < s[1] for mark in marks))
    inside = [mark for mark in marks if start <= mark[0] and mark[1] <= end]
    before = after = ""
    if end - start > LONGEST_PIECE and inside:
        first, last = inside[0][0] - AROUND, inside[0][0] + LONGEST_PIECE - AROUND
        if first > start:
            start, before = text.find(" ", first, inside[0][0]) + 1 or first, "… "
        if last < end:
            end, after = max(text.rfind(" ", inside[0][1], last), inside[0][1]), " …"
    shift = len(before) - start
    moved = tuple((one + shift, other + shift) for one, other in inside if other <= end)
    return before + text[start:end] + after, moved
