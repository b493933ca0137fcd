"""Finding an organisation by what people call it, whatever the punctuation, accents, word order, initials and small
typing errors. Pure; `db/queries/reference.py` keeps an index of all organisations in memory."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Letters that NFKD does not take apart.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "&": " and "})
# Marks inside a word. Anything else that is not a letter or number separates words.
WITHIN = re.compile("['’‘ʼ´`′.\u00ad\u200b-\u200d\ufeff]")
SAME = {"saint": "st", "hosp": "hospital", "uni": "university", "univ": "university"}
MINOR = frozenset({"and", "of", "the", "for", "in", "at", "on"})
MOST_WORDS, LONGEST, MOST_KEPT = 12, 40, 2_000
WHOLE, BEGINS, JOINED, SLIP, INITIALS = 1.0, 0.9, 0.8, 0.7, 0.6


def fold(text: str) -> str:
    """The text as names are compared: plain lower-case letters and single spaces."""
    # First, because NFKD turns an accent on its own into a space with a mark.
    whole = unicodedata.normalize("NFKD", WITHIN.sub("", text)).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", whole) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", WITHIN.sub("", plain.translate(LETTERS)))
    return " ".join(SAME.get(word, word) for word in words)


@dataclass(frozen=True)
class Entry:
    """One organisation to find: its name, its former and everyday names, and where it is."""

    id: int
    code: str
    name: str
    others: tuple[str, ...] = ()
    town: str = ""
    postcode: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class Hit:
    """An organisation found. `score` is 1 if every word was found, and more if it is a full name."""

    id: int
    score: float


@dataclass
class BodyIndex:
    """Every word of every name, with the organisations that have it: a search goes through words, not organisations."""

    entries: dict[int, Entry] = field(default_factory=dict)
    words: dict[str, set[int]] = field(default_factory=dict)
    names: dict[str, set[int]] = field(default_factory=dict)
    initials: dict[str, set[int]] = field(default_factory=dict)
    joined: dict[int, str] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    # What was found for a word: names that wait to be matched are looked for again and again.
    kept: dict[str, dict[int, float]] = field(default_factory=dict)

    def exactly(self, text: str) -> list[int]:
        """Organisations with exactly this name, or with it as another name, whatever the spelling."""
        return sorted(self.names.get(fold(text), ()))

    def search(self, text: str, *, most: int, least: float = 1.0) -> list[Hit]:
        """Best first. `least` is the share of the typed words that must be found, weighted by how rare each is."""
        words = dict.fromkeys(word[:LONGEST] for word in fold(text[:400]).split())
        # “the infirmary” means “infirmary”.
        wanted = ([word for word in words if word not in MINOR] or list(words))[:MOST_WORDS]
        if not wanted:
            return []
        if len(self.kept) > MOST_KEPT:
            self.kept.clear()
        found = {word: self._bodies_with(word) if (has := self.kept.get(word)) is None else has for word in wanted}
        self.kept |= found
        weight = {word: self._weight(found[word]) for word in wanted}
        total = sum(weight.values())
        met: dict[int, float] = {}
        score: dict[int, float] = {}
        for word, bodies in found.items():
            for id, quality in bodies.items():
                met[id] = met.get(id, 0) + weight[word] / total
                score[id] = score.get(id, 0) + quality * weight[word] / total
        in_full = self.names.get(" ".join(fold(text).split()), set())
        hits = [
            Hit(id, score[id] + 0.1 * min(1, len(wanted) / self.sizes[id]) + (1 if id in in_full else 0))
            for id, share in met.items()
            if share >= least - 1e-9
        ]
        return sorted(hits, key=self._order)[:most]

    def _order(self, hit: Hit) -> tuple[float, bool, str, int]:
        entry = self.entries[hit.id]
        return (-round(hit.score, 1), entry.is_closed, entry.name, entry.id)

    def _weight(self, found: Mapping[int, float]) -> float:
        """A word that many organisations share counts for little."""
        return math.log(1 + (1 + len(self.entries)) / (1 + len(found)))

    def _bodies_with(self, word: str) -> dict[int, float]:
        best: dict[int, float] = {}

        def note(ids: Iterable[int], quality: float) -> None:
            for id in ids:
                best[id] = max(best.get(id, 0), quality)

        for known, ids in self.words.items():
            if known.startswith(word):
                note(ids, WHOLE if known == word else BEGINS)
        note(self._bodies_by_initials(word), INITIALS)
        if slips := _slips(word):
            near = process.extract(word, self.words.keys(), scorer=OSA.distance, score_cutoff=slips, limit=None)
            for known, distance, _ in near:
                note(self.words[known], WHOLE if distance == 0 else SLIP)
        if not best and len(word) >= 6:
            note((id for id, text in self.joined.items() if word in text), JOINED)
        return best

    def _bodies_by_initials(self, word: str) -> set[int]:
        if not (3 <= len(word) <= 8 and word.isalpha()) or word in self.words:
            return set()
        fits = (ids for known, ids in self.initials.items() if known[0] == word[0] and _is_within(word, known))
        return set().union(*fits)


def index_of(entries: Iterable[Entry]) -> BodyIndex:
    """The index of all these organisations."""
    index = BodyIndex()
    for entry in entries:
        index.entries[entry.id] = entry
        folded = [fold(name) for name in (entry.name, *entry.others)]
        place = fold(f"{entry.town} {entry.postcode}")
        spelt = {*place.split(), *fold(entry.code).split(), fold(entry.postcode).replace(" ", "")}
        for word in spelt.union(*(name.split() for name in folded)) - {""}:
            index.words.setdefault(word, set()).add(entry.id)
        for name in folded:
            index.names.setdefault(name, set()).add(entry.id)
            letters = "".join(word[0] for word in name.split() if word not in MINOR)
            if len(letters) >= 3:
                index.initials.setdefault(letters, set()).add(entry.id)
        index.joined[entry.id] = " ".join(name.replace(" ", "") for name in folded)
        index.sizes[entry.id] = max(1, len(folded[0].split()))
    return index


def _slips(word: str) -> int:
    """How many typing errors are allowed: none in a short word, which could become a different word."""
    if any(c.isdigit() for c in word):
        return 0
    return 0 if len(word) < 4 else 1 if len(word) < 10 else 2


def _is_within(short: str, long: str) -> bool:
    """Whether the letters of `short` are in `long` in this order: “ekht” in “ekhunft”."""
    rest = iter(long)
    return all(letter in rest for letter in short)
