"""Whether two contacts are the same address or number, however they are written."""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from db.rules.folding import folded
from db.rules.plain_text import as_seen

REGION = "GB"
IN_ADDRESS = r"[^\s@<>(),;:\"'’“”\[\]]"
# The lengths are the limits of email; without them a long text would be read again from each letter.
EMAIL = re.compile(rf"{IN_ADDRESS}{{1,64}}@[^\W_](?:[\w.-]{{0,250}}[^\W_])?")
PHONE = re.compile(r"(?<!\d)(?:\+\s{0,2}|\(\s{0,2})?\d(?:[\s().\-/]{0,3}\d){8,15}(?!\d)")
# Found within a longer run of digits: a number followed by a year or a ward.
SIGN = r"[\s().\-/]{0,3}"
BRITISH = re.compile(rf"(?:\+\s{{0,2}}|00[\s\-]{{0,2}})44{SIGN}(?:0{SIGN})?(?:\d{SIGN}){{10}}|0(?:{SIGN}\d){{10}}")
LONGEST = 300


def contact_key(contact: str) -> str:
    """The address or number in a contact, in a standard form; several in a fixed order; else its letters and digits.
    Empty for no contact."""
    keys = {key for _, _, keys in addresses_in(contact[:LONGEST]) for key in keys[:1]}
    return " ".join(sorted(keys)) or folded(contact)


def contact_keys(contact: str) -> frozenset[str]:
    """The key it is kept by, and the key of each address and number in it."""
    parts = {key for _, _, keys in addresses_in(contact[:LONGEST]) for key in keys}
    return frozenset({contact_key(contact), *parts} - {""})


def addresses_in(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Every email address and phone number in the text: its start, its end, and the keys it may be kept by, likeliest
    first."""
    seen, places = as_seen(text)
    for match in EMAIL.finditer(seen):
        yield places[match.start()], places[match.end() - 1] + 1, (_email(match.group()),)
    for match in PHONE.finditer(seen):
        whole, start = match.group(), match.start()
        shorter = BRITISH.match(whole)
        numbers = [whole, *([shorter.group()] if shorter else [])]
        if keys := tuple(dict.fromkeys(key for number in numbers if (key := _phone(number)))):
            yield places[start], places[match.end() - 1] + 1, keys


def _email(address: str) -> str:
    plain = unicodedata.normalize("NFKC", address).casefold()
    try:
        return validate_email(plain, check_deliverability=False).normalized.casefold()
    except EmailNotValidError:
        return plain


def _phone(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, REGION)
    except NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
