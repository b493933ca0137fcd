"""What a search asks for, and where its words are."""

import csv
from pathlib import Path

import pytest

from db.case_reference import new_reference
from db.rules.search_words import (
    MOST_TYPED,
    MOST_WORDS,
    Phrase,
    asked,
    marks_in,
    piece_of,
    places_of,
    starts_of,
    words_of,
)

HERE = Path(__file__).parent


def phrases(typed: str) -> list[Phrase]:
    return [term.phrase for term in asked(typed).wanted]


def marked(text: str, typed: str) -> list[str]:
    return [text[start:end] for start, end in marks_in(text, phrases(typed))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The doctor’s ROTA, then: leave.", ["the", "doctors", "rota", "then", "leave"]),
        ("Ysbyty Tŷ Gwyn", ["ysbyty", "ty", "gwyn"]),
        ("Cafe\u0301 café CAFÉ", ["cafe", "cafe", "cafe"]),
        ("re-open 12.5 1,000", ["re", "open", "12", "5", "1", "000"]),
        ("cover_note 100%", ["cover_note", "100"]),
        ("Łódź Straße Ørsted ﬁle", ["lodz", "strasse", "orsted", "file"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("北京 Привет", ["北京", "привет"]),
        ("👩🏽‍⚕️ — “” $", []),
        ("a" * 200, ["a" * 60]),
        ("\ud800x", ["x"]),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert words_of(text) == words
    assert [word for word, _, _ in places_of(text)] == words


def test_places_are_those_of_the_text_as_it_stands() -> None:
    text = "  Doctor’s cafe\u0301, ﬁle ½ straße’"
    assert [text[start:end] for _, start, end in places_of(text)] == [
        "Doctor’s",
        "cafe\u0301",
        "ﬁle",
        "½",
        "straße’",
    ]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("rota gap", [Phrase(("rota",)), Phrase(("gap",))]),
        ('"rota gap" leave', [Phrase(("rota", "gap")), Phrase(("leave",))]),
        ("“rota gap”", [Phrase(("rota", "gap"))]),
        ("paed*", [Phrase(("paed",), begins=True)]),
        ("re-open", [Phrase(("re", "open"))]),
        ("rota rota ROTA", [Phrase(("rota",))]),
        ('"rota gap', [Phrase(("rota",)), Phrase(("gap",))]),
        ("NEAR(rota)", [Phrase(("near", "rota"))]),
        ("rota AND", [Phrase(("rota",)), Phrase(("and",))]),
        *((odd, []) for odd in ('"', '""', "-", "--", "*", "()", "_", "'", "\\", "%", ":", "^", "{}", "|", "&", "!")),
    ],
)
def test_what_is_typed_is_words_phrases_and_beginnings(typed: str, wanted: list[Phrase]) -> None:
    assert phrases(typed) == wanted


def test_a_minus_leaves_out() -> None:
    question = asked('rota -"sick leave" –surgery −x')
    assert [term.phrase.words for term in question.wanted] == [("rota",)]
    assert [term.phrase.words for term in question.unwanted] == [("sick", "leave"), ("surgery",), ("x",)]


def test_however_much_is_typed_only_so_much_is_asked() -> None:
    question = asked(" ".join(f"word{n}" for n in range(10_000)))
    assert len(question.wanted) == MOST_WORDS
    assert len(asked("x" * 10_000).wanted[0].phrase.words[0]) == 60
    assert phrases("a " * MOST_TYPED + "beyond") == [Phrase(("a",))]


def test_a_reference_is_known_with_and_without_its_prefix() -> None:
    whole = new_reference()
    for typed in (
        whole,
        whole.lower(),
        whole[4:],
        f" {whole[:4]} {whole[4:]} ",
        whole.replace("-", "–"),
        f"lnb{whole[4:]}",
    ):
        assert (asked(typed).reference, asked(typed).is_reference) == (whole[4:], True), typed
    assert (asked("LNB-7K").reference, asked("LNB-7K").is_reference) == ("7K", True)
    # It may be a word as well.
    assert (asked("rest").reference, asked("rest").is_reference) == ("REST", False)
    for typed in ("", "LNB-", "gp", "rota", "LNB-7K2M9QX", "7K rota", "北京"):
        assert asked(typed).reference == "", typed


def test_words_may_go_on_unless_they_are_quoted_or_short() -> None:
    looser = asked('paed "sick leave" gp').looser
    assert looser is not None
    assert [term.phrase.begins for term in looser.wanted] == [True, False, False]
    assert asked('"sick leave" gp x*').looser is None


def test_an_address_or_number_is_one_thing_however_it_is_spaced() -> None:
    for typed in ("07700 900123", "+44 7700 900 123", "(07700) 900-123"):
        (term,) = asked(typed).wanted
        assert "+447700900123" in term.contacts, typed
    (term,) = asked("Ada@Example.org").wanted
    assert term.contacts == ("ada@example.org",)


def test_a_name_is_its_words_without_titles() -> None:
    assert asked("Dr Ann O’Example").name == ("ann", "oexample")
    assert [term.name for term in asked("Ann O’Example").wanted] == [("ann",), ("oexample",)]


def test_marks_are_where_the_words_are_and_never_overlap() -> None:
    text = "The doctor’s rota; the ROTA’s gap. Rotas, re-open."
    assert marked(text, "doctor's rota") == ["doctor’s", "rota"]
    assert marked(text, "rota*") == ["rota", "ROTA’s", "Rotas"]
    assert marked(text, '"rotas gap" rotas') == ["ROTA’s gap", "Rotas"]
    assert marked(text, "re-open") == ["re-open"]
    assert marked(text, "nothing") == []


@pytest.mark.parametrize("typed", ["rota", "rot*", '"the rota" "rota gap"', "re-open", "gap_2 the", "x"])
def test_marks_of_plain_text_are_those_of_any_other(typed: str) -> None:
    plain = "The ROTA gap, rotas; re-open. rota_gap gap_2 the-rota   gap"
    assert marks_in(plain, phrases(typed)) == marks_in(f"{plain} é", phrases(typed))


def test_only_whole_words_are_found_in_folded_text() -> None:
    text = "rota rotas xrota\n_ sick leave\n_ sick\n_ leave paediatrics xpaed rota"
    for phrase, places in (
        (Phrase(("rota",)), [0, len(text) - 4]),
        (Phrase(("sick", "leave")), [text.index("sick leave")]),
        (Phrase(("paed",)), []),
        (Phrase(("paed",), begins=True), [text.index("paediatrics")]),
        (Phrase(("rota",), begins=True), [0, text.index("rotas"), len(text) - 4]),
    ):
        assert list(starts_of(phrase, text)) == places


def test_the_sentence_with_most_words_is_shown_and_shortened_around_them() -> None:
    text = "Nothing here. A rota and a gap. A rota."
    piece, marks = piece_of(text, marks_in(text, phrases("rota gap")))
    assert piece == "A rota and a gap."
    assert [piece[start:end] for start, end in marks] == ["rota", "gap"]
    long = f"{'before ' * 100}the rota {'after ' * 100}"
    piece, marks = piece_of(long, marks_in(long, phrases("rota")))
    assert piece.startswith("… before")
    assert piece.endswith("after …")
    assert len(piece) < 260
    assert [piece[start:end] for start, end in marks] == ["rota"]
    glued = "x" * 1_000 + " rota " + "y" * 1_000
    piece, marks = piece_of(glued, marks_in(glued, phrases("rota")))
    assert [piece[start:end] for start, end in marks] == ["rota"]
    assert len(piece) < 260


def test_the_shared_cases_hold() -> None:
    with (HERE / "search_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = bool(marks_in(row["summary"], phrases(row["typed"])))
            assert found == (row["found"] == "1"), row
