"""When two ways of writing a name are one person, and where a name stands in a text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules.names import name_key, name_keys, names_in

SAME = [
    ("Éloïse Sample", "Eloise Sample"),
    ("Ñuria Specimen", "Nuria Specimen"),
    ("Wacław Próbka", "Waclaw Probka"),
    ("Bjørn Prøve", "Bjorn Prove"),
    ("İnci Örnek", "Inci Ornek"),
    ("Işıl Örnek", "Isil Ornek"),
    ("Großmann, Anke", "Anke Grossmann"),
    ("Ægir Þór Dæmi", "Aegir Thor Daemi"),
    ("Nora O'Sample", "Nora OSample"),
    ("Nora O’Sample", "Nora O'Sample"),
    ("Nora OʼSample", "Nora O Sample"),
    ("Mary-Jane Specimen", "Maryjane Specimen"),
    ("Mary-Jane Specimen", "Mary Jane Specimen"),
    ("Mary‑Jane Specimen", "Mary–Jane Specimen"),
    ("Piet van der Voorbeeld", "van der Voorbeeld, Piet"),
    ("Omar al-Mithal", "Omar Al Mithal"),
    ("Omar al-Mithal", "AL-MITHAL, Omar"),
    ("Lucia de Souza Exemplo", "Lucia Souza Exemplo"),
    ("Prof. Nora Sample FRCP", "Nora Sample"),
    ("Dr Nora Sample MBBS, MRCGP", "Sample, Nora"),
    ("Ms. Nora Sample (she/her)", "Nora Sample she her"),
    ("Nora Sample’s", "Nora Sample"),
    ("Dr Nora Lord", "Nora Lord"),
    ("Mr. Ma Xiao", "Xiao Ma"),
]
OTHERS = [
    ("Nora Sample", "Nora Ample"),
    ("Nora Sample", "Norah Sample"),
    ("Van Nguyen", "Tran Nguyen"),
    ("李明", "王明"),
]
# The doctor's name, a text, whether the name stands in it.
IN_TEXT = [
    ("Nora Sample", "Rang Nora Sample's husband.", True),
    ("Nora Sample", "Rang Nora Sample’s husband.", True),
    ("Éloïse Sample", "Spoke to Éloïse Sample today.", True),
    ("Éloïse Sample", "Spoke to eloise sample today.", True),
    ("Wacław Próbka", "Spoke to Wacław Próbka today.", True),
    ("Łucja Próbka", "Łucja Próbka came.", True),
    ("Piet van der Voorbeeld", "Spoke to Piet van der Voorbeeld today.", True),
    ("Lucia de Souza", "Spoke to Lucia de Souza today.", True),
    ("Omar al-Mithal", "Spoke to Omar al-Mithal today.", True),
    ("Zoë Örnek", "Spoke to Zoë Örnek today.", True),
    ("Nora Sample", "Letter from Sample, Nora.", True),
    ("Nora Sample", "Letter from SAMPLE, NORA.", True),
    ("Nora Jane Ann Elizabeth Sample", "Spoke to Nora Jane Ann Elizabeth Sample.", True),
    ("Nora O'Sample", "Spoke to Nora O’Sample today.", True),
    ("Nora Sample", "Spoke to Dr Nora  Sample.", True),
    ("Nora Sample", "Spoke to Nora\nSample.", True),
    ("Nora Sample", "Spoke to Nora Sam\u200dple.", True),
    ("Nora Sample", "Spoke to Nora_Sample.", True),
    ("Nora Sample", "A norm and a sample were given.", False),
    ("Nora Sample", "Nora wrote. The sample was lost.", False),
]


def is_same_name(one: str, other: str) -> bool:
    """Whether the one may stand for the other."""
    return name_key(one) in name_keys(other) or name_key(other) in name_keys(one) if name_key(one) else False


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_to_write_one_name_are_one_person(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert is_same_name(other, one)
    for form in ("NFC", "NFD"):
        assert is_same_name(unicodedata.normalize(form, one), other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_names_are_other_people(one: str, other: str) -> None:
    assert not is_same_name(one, other)


LETTERS = st.text(alphabet="abcdefghłøßéıñæ", min_size=2, max_size=7)


@given(words=st.lists(LETTERS, min_size=1, max_size=4), data=st.data())
def test_order_case_titles_and_form_never_matter(words: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(words))
    other = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), " ".join(shuffled).upper())
    assert name_key(" ".join(words)) == name_key(f"Dr {other} FRCP")


@given(st.text(max_size=60))
def test_a_name_is_the_same_as_itself_and_as_what_it_is_matched_by(name: str) -> None:
    assert name_key(name) in name_keys(name) or not name_key(name)
    assert is_same_name(name, name) == bool(name_key(name))


@pytest.mark.parametrize("nothing", ["", " ", "Dr", "123", "’", "Prof. Dr.", "\u200b"])
def test_what_is_no_name_matches_nobody(nothing: str) -> None:
    assert name_key(nothing) == ""
    assert not is_same_name(nothing, nothing)


def found(doctor: str, text: str) -> list[str]:
    key = name_key(doctor)
    return [text[start:end] for start, end, keys in names_in(text) if key in keys]


@pytest.mark.parametrize(("doctor", "text", "stands"), IN_TEXT)
def test_a_name_is_found_in_a_text_however_it_is_written(doctor: str, text: str, stands: bool) -> None:
    assert bool(found(doctor, text)) is stands
    assert bool(found(doctor, unicodedata.normalize("NFD", text))) is stands


def test_what_is_found_is_the_name_and_no_more() -> None:
    assert max(found("Nora Sample", "Then Dr Nora Sample's van was de trop."), key=len) == "Dr Nora Sample"
    assert max(found("Piet van der Voorbeeld", "to Piet van der Voorbeeld today"), key=len) == "Piet van der Voorbeeld"


@pytest.mark.parametrize("text", ["Ab " * 1_000, "a" * 3_000, "Van " * 1_000, "’" * 3_000, "A-" * 1_500])
def test_the_windows_looked_at_grow_with_the_text_and_no_faster(text: str) -> None:
    once, twice = sum(1 for _ in names_in(text)), sum(1 for _ in names_in(text + text))
    assert twice <= 2 * once + 100
