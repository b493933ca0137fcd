"""Whether two names are taken for the same person, and where names are in a text.

One rule for all: fold, then split, then sort. Too many matches are better than too few: two people can make an
exception for a wrong one, but a missed one shows somebody a case they must not see.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from db.rules.folding import APOSTROPHES, DASHES, folded

TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor"})
POST_NOMINALS = frozenset(
    {
        "bao",
        "bch",
        "bchir",
        "bmbs",
        "bmedsci",
        "bsc",
        "chb",
        "ccst",
        "dch",
        "dfsrh",
        "drcog",
        "ffarcsi",
        "fficm",
        "fhea",
        "fracp",
        "fracs",
        "frca",
        "frcem",
        "frcgp",
        "frcog",
        "frcp",
        "frcpath",
        "frcpch",
        "frcpe",
        "frcpsych",
        "frcr",
        "frcs",
        "frcse",
        "frcsed",
        "mbbch",
        "mbbs",
        "mbchb",
        "mbbchir",
        "mrcem",
        "mrcgp",
        "mrcog",
        "mrcp",
        "mrcpch",
        "mrcpsych",
        "mrcs",
        "mrcsed",
        "msc",
        "phd",
    }
)
# Left out of a name only if two words remain without them, as some are names too.
PARTICLES = frozenset(
    {
        "al",
        "ap",
        "bin",
        "bint",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "van",
        "von",
        "zu",
        "zum",
        "zur",
    }
)
UNSURE = PARTICLES | frozenset(
    {
        "ba",
        "bm",
        "bs",
        "cbe",
        "dame",
        "dbe",
        "dm",
        "doctor",
        "dsc",
        "esq",
        "hon",
        "jnr",
        "jr",
        "kbe",
        "kc",
        "lady",
        "llb",
        "llm",
        "lord",
        "ma",
        "mb",
        "mba",
        "mbe",
        "md",
        "mph",
        "obe",
        "qc",
        "rev",
        "sir",
        "snr",
        "sr",
    }
)
LETTER = r"[^\W\d_]"
# A name in a text: letters with their accents, joined by apostrophes, dashes and invisible characters.
TOKEN = re.compile(rf"{LETTER}(?:[^\W\d_]|[{APOSTROPHES}{DASHES}\u0300-\u036f\u00ad\u200b-\u200f])*")
POSSESSIVE = re.compile(rf"[{APOSTROPHES}]s?$", re.IGNORECASE)
BETWEEN = re.compile(r"[\s.,;()_]{0,4}")
# Five names and a title, or a long name with its particles.
LONGEST_NAME, LONGEST_SMALL = 7, 4


def name_key(name: str) -> str:
    """The words of a name in a fixed order, folded, without titles, degrees and particles: “Dr Ann Example”,
    “EXAMPLE, Ann” and “Ann Example’s” are the same. A hash of this is kept. Empty for what is not a name."""
    return _key(_tokens(name))


def name_keys(name: str) -> frozenset[str]:
    """Every key this name may have been kept by: its own, an earlier version's, and those of the name with a word more
    or fewer (“Anna Maria” for “Anna-Maria”, “O Brien” for “O’Brien”)."""
    return frozenset(_variants(_tokens(name))) | _earlier(name)


def name_words(name: str) -> frozenset[str]:
    """Every word of every key: somebody may look for a doctor by one of their names."""
    return frozenset(word for key in _variants(_tokens(name)) for word in key.split())


def names_in(text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Every run of words that might be a person's name: its start, its end, and the keys it may be kept by.

    Without capitals, only shorter runs are looked at, and only as they are written: any two words might be a name.
    """
    tokens = list(TOKEN.finditer(text))
    words = [POSSESSIVE.sub("", token.group()) for token in tokens]
    plain = [folded(word) for word in words]
    for first, token in enumerate(tokens):
        if plain[first] in PARTICLES or not plain[first]:
            continue
        capitals = words[first][0].isupper()
        for last in range(first + 1, min(first + LONGEST_NAME, len(tokens))):
            capitals = capitals and (words[last][0].isupper() or plain[last] in PARTICLES)
            apart = BETWEEN.fullmatch(text, tokens[last - 1].end(), tokens[last].start()) is None
            if apart or (not capitals and last - first >= LONGEST_SMALL):
                break
            if plain[last] in PARTICLES or plain[last] in TITLES:
                continue
            run = words[first : last + 1]
            if keys := frozenset(_variants(run) if capitals else (_key(run),)) - {""}:
                yield token.start(), tokens[last].start() + len(words[last]), keys


def _tokens(name: str) -> list[str]:
    return TOKEN.findall(name)


def _variants(words: list[str]) -> Iterator[str]:
    """The key of these words; of them split at every dash and apostrophe; and with any two neighbours joined."""
    if not (own := _key(words)):
        return
    yield own
    parts = [part for word in words for part in re.split(f"[{APOSTROPHES}{DASHES}]", POSSESSIVE.sub("", word)) if part]
    if len(parts) != len(words):
        yield _key(parts)
    for at in range(len(words) - 1):
        yield _key([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _key(words: Iterable[str]) -> str:
    plain = [part for word in words for part in _parts(word) if part not in TITLES and part not in POST_NOMINALS]
    sure = [word for word in plain if word not in UNSURE]
    return " ".join(sorted(sure if len(sure) > 1 else plain))


def _parts(word: str) -> Iterator[str]:
    """Dashes and apostrophes join words, except a dash after a particle: “al-Farsi” is “Farsi”."""
    head, *tail = re.split(f"[{DASHES}]", POSSESSIVE.sub("", word), maxsplit=1)
    if tail and folded(head) in PARTICLES:
        yield folded(head)
        head = tail[0]
    else:
        head = "".join([head, *tail])
    if plain := folded(head):
        yield plain


def _earlier(name: str) -> frozenset[str]:
    """Keys by the rule of earlier versions: only hashes were kept, so they cannot be worked out again."""
    titles = {"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame", "lord", "lady"}
    found = set()
    for form in (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)):
        words = re.findall(r"[^\W\d_]+", form.casefold())
        found.add(" ".join(sorted(word for word in words if word not in titles)))
    return frozenset(found - {""})
