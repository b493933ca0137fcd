"""Doctors' identity and authenticators' secrets at rest: encrypted with keys that are never in the database.

The first key encrypts; every key decrypts, so a key is rotated by putting a new one first and running
`make db ARGS="rotate-identity"`. Losing the keys loses identity and second factors, and nothing else.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.orm import Session

from db.errors import CommandRefused

PUBLIC_ID_LENGTH = 16


@dataclass(frozen=True, repr=False)
class Identity:
    """Who the doctor is and how they may safely be reached. Says nothing of itself in a log or a trace."""

    name: str
    contact: str
    safe_channel: str
    safe_times: str = ""
    never_use: str = ""


class Vault:
    """Seals and opens identity, and makes the keyed hashes that match people without opening it."""

    def __repr__(self) -> str:
        return "Vault()"

    def __init__(self, *, keys: Sequence[str], hash_key: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._hash_key = hash_key.encode()
        # A key of its own: what leaves the server must tell nothing of the hashes that match people.
        self._public_key = hmac.digest(self._hash_key, b"public ids", hashlib.sha256)

    def seal(self, identity: Identity) -> bytes:
        return self._fernet.encrypt(json.dumps(asdict(identity)).encode())

    def open(self, sealed: bytes) -> Identity:
        """Refuses, in words, when no key in use fits."""
        try:
            return Identity(**json.loads(self._fernet.decrypt(sealed)))
        except InvalidToken:
            raise CommandRefused(
                "This identity cannot be opened with the keys in use. Ask whoever keeps the keys."
            ) from None

    def reseal(self, sealed: bytes) -> bytes:
        return self._fernet.rotate(sealed)

    def seal_text(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open_text(self, sealed: bytes) -> str:
        """Refuses, in words, when no key in use fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise CommandRefused("A key is missing on the server. Ask whoever keeps the keys.") from None

    def keyed_hash(self, text: str) -> str:
        """The same for the same name or address, however it is cased, spaced or accented."""
        folded = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(c for c in folded if c.isalnum() or c in "@.")
        return self.keyed_digest(plain)

    def contact_hash(self, contact_key: str) -> str:
        """Of a key that `db/rules/contacts.py` made."""
        return self.keyed_digest(f"contact {contact_key}")

    def keyed_digest(self, text: str) -> str:
        """The text as it is, under the hash key."""
        return hmac.digest(self._hash_key, text.encode(), hashlib.sha256).hex()

    def public_id(self, kind: str, id: int | str) -> str:
        """What stands for the number of a row wherever it leaves the server: always the same, and nobody can tell the
        number from it, nor whether there is one between two. It cannot be turned back: look it up among those offered.
        """
        digest = hmac.digest(self._public_key, f"{kind}:{id}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()[:PUBLIC_ID_LENGTH]


def vault_of(session: Session) -> Vault:
    """The vault that this session came with."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault)
    return vault
