"""Doctors' identities and authenticators' secrets, encrypted with keys that are never in the database.

The first key encrypts and every key decrypts. To rotate keys, put a new one first and run
`make db ARGS="rotate-identity"`. If the keys are lost, identities and two-step sign-in are lost, and nothing else.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.orm import Session

from db.errors import CommandRefused

PUBLIC_ID_LENGTH = 16
# 80 bits: no two words of a record will share one by chance.
SEARCH_LENGTH = 20
KEY_CHECK = "the keys of this database"


@dataclass(frozen=True, repr=False)
class Identity:
    """Who the doctor is and how to reach them safely; whom they allowed us to call in an emergency (`emergency_*`, the
    day they agreed as in ISO 8601); and who advises them (`adviser_*`). Its repr shows nothing, for logs and traces."""

    name: str
    contact: str
    safe_channel: str
    safe_times: str = ""
    never_use: str = ""
    emergency_who: str = ""
    emergency_number: str = ""
    emergency_agreed_on: str = ""
    adviser_name: str = ""
    adviser_organisation: str = ""
    adviser_reference: str = ""
    adviser_contact: str = ""


@dataclass(frozen=True, repr=False)
class Characteristics:
    """What a doctor chose to tell of themselves, in their own words; `age_band` and `qualification_group` are codes.
    `purpose` is what it may be used for, `agreed_on` the day they agreed as in ISO 8601. Its repr shows nothing."""

    ethnicity: str = ""
    sex: str = ""
    gender: str = ""
    disability: str = ""
    religion: str = ""
    sexual_orientation: str = ""
    pregnancy: str = ""
    age_band: str = ""
    qualification_group: str = ""
    purpose: str = ""
    agreed_on: str = ""


class Vault:
    """Seals and opens identities, and makes the keyed hashes that match people without opening any."""

    def __repr__(self) -> str:
        return "Vault()"

    def __init__(self, *, keys: Sequence[str], hash_key: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._hash_key = hash_key.encode()
        # A separate key: nothing that leaves the server may reveal the hashes that match people.
        self._public_key = hmac.digest(self._hash_key, b"public ids", hashlib.sha256)

    def seal(self, identity: Identity) -> bytes:
        return self._fernet.encrypt(json.dumps(asdict(identity)).encode())

    def open(self, sealed: bytes) -> Identity:
        """Refuses if none of the keys fits."""
        try:
            return Identity(**json.loads(self._fernet.decrypt(sealed)))
        except InvalidToken:
            raise CommandRefused(
                "This identity can’t be opened with the server’s keys. Ask the person who runs the server."
            ) from None

    def reseal(self, sealed: bytes) -> bytes:
        return self._fernet.rotate(sealed)

    def seal_text(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open_text(self, sealed: bytes) -> str:
        """Refuses if none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise CommandRefused("The server is missing a key. Ask the person who runs it.") from None

    def opens(self, sealed: bytes) -> bool:
        """Whether one of the keys fits."""
        try:
            self._fernet.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def hash_check(self) -> str:
        """What a database keeps to tell HASH_KEY from any other key."""
        return self.keyed_digest(KEY_CHECK)

    def identity_check(self) -> bytes:
        """What a database keeps to tell whether one of the identity keys is the one it was last sealed with."""
        return self.seal_text(KEY_CHECK)

    def keyed_hash(self, text: str) -> str:
        """The same for a name or address whatever its capitals, spaces and accents."""
        folded = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(c for c in folded if c.isalnum() or c in "@.")
        return self.keyed_digest(plain)

    def contact_hash(self, contact_key: str) -> str:
        """The hash of a key made by `db/rules/contacts.py`."""
        return self.keyed_digest(f"contact {contact_key}")

    def search_words(self, name: Iterable[str], contacts: Iterable[str]) -> str:
        """What stands in the search index for the words of a doctor's name, and for each of their contacts."""
        keys = (*(f"name {word}" for word in name), *(f"contact {key}" for key in contacts))
        return " ".join(sorted(f"h{self.keyed_digest(f'search {key}')[:SEARCH_LENGTH]}" for key in keys))

    def keyed_digest(self, text: str) -> str:
        """The hash of the text exactly as it is."""
        return hmac.digest(self._hash_key, text.encode(), hashlib.sha256).hex()

    def public_id(self, kind: str, id: int | str) -> str:
        """What replaces a row's id wherever it leaves the server. Always the same for a row; it reveals neither the id
        nor any gap between two. It cannot be turned back into the id: look it up among those offered.
        """
        digest = hmac.digest(self._public_key, f"{kind}:{id}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()[:PUBLIC_ID_LENGTH]


def vault_of(session: Session) -> Vault:
    """The session's vault."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    return vault
