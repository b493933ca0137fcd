"""The file of a backup: encrypted to a key of its own, and refused if a single bit of it was changed or cut off.

    casework-backup 1\n
    {"kind": "sqlite", "made_at": "…", "to": "…", "with": "…"}\n
    frames: 4 bytes of length (big-endian), then that many bytes

`to` is the public key it is encrypted to and `with` a key made for this file alone, both X25519 in base64. HKDF with
SHA-256 makes the file's key from what the two agree on; its salt is `with` and `to`, its info both lines above. Each
frame is AES-256-GCM with a nonce of its number (11 bytes) and 1 for the last frame or 0. The first frame is a JSON
object that says what is in the copy, and the others together are the copy.

The private key is not on the server: whoever breaks into it can read no backup. docs/operating.md has a program of
twenty lines that opens one without this one.
"""

import base64
import contextlib
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from db.errors import CommandRefused
from db.settings import SettingsError

MAGIC = b"casework-backup 1\n"
FRAME = 1 << 20
TAG = 16
LONGEST_HEADING = 4_096
DAMAGED = "damaged, or cut off. Use another backup."


@dataclass(frozen=True)
class Heading:
    """What anybody may read of a backup: which database it is from, when it was made, to which key it is encrypted."""

    kind: str
    made_at: datetime
    to: str


def new_pair() -> tuple[str, str]:
    """(private key, public key), each in base64."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def write(file: IO[bytes], *, kind: str, made_at: datetime, to: str, about: object, copy: Iterable[bytes]) -> None:
    """Writes a whole backup. `about` is what JSON can hold; `copy` comes in pieces of any length."""
    recipient, once = public_key(to), X25519PrivateKey.generate()
    mine = once.public_key().public_bytes_raw()
    heading = {"kind": kind, "made_at": made_at.isoformat(timespec="seconds"), "to": to, "with": _text(mine)}
    lines = MAGIC + json.dumps(heading).encode() + b"\n"
    cipher = _cipher(once.exchange(recipient), mine + recipient.public_bytes_raw(), lines)
    file.write(lines)
    frames = _frames(json.dumps(about).encode(), copy)
    number, frame = 0, next(frames)
    for following in frames:
        _put(file, cipher.encrypt(_nonce(number, is_last=False), frame, None))
        number, frame = number + 1, following
    _put(file, cipher.encrypt(_nonce(number, is_last=True), frame, None))


def is_sealed(path: Path) -> bool:
    """Whether the file begins as a backup of this kind does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def heading_of(path: Path) -> Heading:
    """Refuses a file without a heading that can be read."""
    with path.open("rb") as file:
        return _heading(path, file)[0]


def read(path: Path, private: str) -> Iterator[bytes]:
    """What it says of itself (JSON), then the copy in pieces. Refuses another key's file, and at the piece concerned
    whatever was changed or cut off: nothing may be done with a copy before its last piece was read."""
    with path.open("rb") as file:
        heading, mine, lines = _heading(path, file)
        ours = private_key(private)
        recipient = ours.public_key().public_bytes_raw()
        if heading.to != _text(recipient):
            raise CommandRefused(f"{path}: encrypted to another key, {heading.to}. BACKUP_KEY must be its private key.")
        try:
            shared = ours.exchange(X25519PublicKey.from_public_bytes(mine))
            cipher = _cipher(shared, mine + recipient, lines)
            number, is_last = 0, False
            while not is_last:
                sealed, is_last = _get(file)
                yield cipher.decrypt(_nonce(number, is_last=is_last), sealed, None)
                number += 1
        except (InvalidTag, ValueError, struct.error):
            raise CommandRefused(f"{path}: {DAMAGED}") from None


def public_key(text: str) -> X25519PublicKey:
    """Refuses what is no key."""
    try:
        return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError:
        raise SettingsError("BACKUP_TO must be the public key that `make db ARGS=backup-key` printed.") from None


def private_key(text: str) -> X25519PrivateKey:
    """Refuses what is no key, and where there is none."""
    with contextlib.suppress(ValueError):
        return X25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    raise SettingsError("BACKUP_KEY must be the private key that `make db ARGS=backup-key` printed.")


def _heading(path: Path, file: IO[bytes]) -> tuple[Heading, bytes, bytes]:
    lines = file.readline(len(MAGIC)) + file.readline(LONGEST_HEADING)
    try:
        told = json.loads(lines.removeprefix(MAGIC))
        made_at = datetime.fromisoformat(told["made_at"])
        heading = Heading(str(told["kind"]), made_at, str(told["to"]))
        return heading, base64.b64decode(told["with"], validate=True), lines
    except (ValueError, KeyError, TypeError):
        raise CommandRefused(f"{path}: {DAMAGED}") from None


def _cipher(shared: bytes, salt: bytes, lines: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=lines).derive(shared))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _frames(about: bytes, copy: Iterable[bytes]) -> Iterator[bytes]:
    yield about
    waiting = bytearray()
    for piece in copy:
        waiting += piece
        while len(waiting) >= FRAME:
            yield bytes(waiting[:FRAME])
            del waiting[:FRAME]
    if waiting:
        yield bytes(waiting)


def _put(file: IO[bytes], sealed: bytes) -> None:
    file.write(struct.pack(">I", len(sealed)) + sealed)


def _get(file: IO[bytes]) -> tuple[bytes, bool]:
    """A frame, and whether nothing comes after it."""
    (length,) = struct.unpack(">I", file.read(4))
    if not TAG <= length <= FRAME + TAG:
        raise ValueError
    sealed = file.read(length)
    here = file.tell()
    is_last = not file.read(1)
    file.seek(here)
    return sealed, is_last


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
