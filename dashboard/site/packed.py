"""Streamlit's own files are sent packed, each packed once, and without the fonts that the theme does not use.

Only files that are the same for everybody: from the length of what is packed, words of others beside the reader's own
can be guessed. Streamlit sends these files as they are, because it would pack them anew for each reader.
"""

import gzip
import hashlib
import re
from typing import TYPE_CHECKING

from dashboard.site import downloads

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OURS = "/_stcore/bidi-components/"
FILES = ("/static/", OURS)
# Their addresses change with them (dashboard/site/served.py). Streamlit says nothing of how long they may be kept, so
# that every page would ask for them again, and stand unstyled on a slow line until they came.
KEPT = b"public, max-age=31536000, immutable"
# Left to Streamlit: what is made for one reader.
NOT_OURS = ("/_stcore/", "/media/")
# Sent as it is: what is packed here stays in memory.
NOT_PACKED = (downloads.FOLDER,)
PAGE, STYLE = b"text/html", b"text/css"
PACKS_WELL = (PAGE, STYLE, b"text/javascript", b"application/javascript", b"image/svg+xml")
# Streamlit's page asks for its own font before anything else, and draws with it until the theme has come. The theme has
# the reader's own fonts (.streamlit/config.toml).
FONTS = re.compile(
    rb'<link\s(?=[^>]*rel="preload")(?=[^>]*as="font")[^>]*>\s*'
    rb'|@font-face\s*{\s*font-family:\s*"?Source (?:Sans|Serif|Code Pro)\b[^}]*}'
)
# Below this, packing saves no packet on the wire.
SMALLEST = 1000


class Packed:
    """Plain ASGI, so that the websocket passes untouched."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        # By what is packed: no more than there are files.
        self._packed: dict[bytes, bytes] = {}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        headers = dict(scope.get("headers", ()))
        is_plain = scope["type"] == "http" and scope["method"] == "GET" and b"range" not in headers
        if not is_plain or str(scope["path"]).startswith(NOT_PACKED):
            await self._app(scope, receive, send)
            return
        is_file = str(scope["path"]).startswith(FILES)
        takes = b"gzip" in headers.get(b"accept-encoding", b"")
        if is_file or not str(scope["path"]).startswith(NOT_OURS):
            # Streamlit packs its page anew for each reader, except at the root, and what is packed keeps its fonts.
            plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": plain}
        held: list[Message] = []

        async def hold(message: "Message") -> None:
            if message["type"] == "http.response.start" and _kind(message).startswith(PACKS_WELL if is_file else PAGE):
                held.append(message)
            elif not held or message["type"] != "http.response.body":
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body"):
                    for each in self._sent(held, takes=takes, is_kept=str(scope["path"]).startswith(OURS)):
                        await send(each)

        await self._app(scope, receive, hold)

    def _sent(self, held: "list[Message]", *, takes: bool, is_kept: bool) -> "tuple[Message, Message]":
        start, body = held[0], b"".join(message.get("body", b"") for message in held[1:])
        replaced = (b"content-length", b"cache-control") if is_kept and start["status"] == 200 else (b"content-length",)
        headers = [(name, value) for name, value in start["headers"] if name.lower() not in replaced]
        headers.append((b"vary", b"accept-encoding"))
        if b"cache-control" in replaced:
            headers.append((b"cache-control", KEPT))
        if _kind(start).startswith((PAGE, STYLE)):
            body = FONTS.sub(b"", body)
        if takes and len(body) >= SMALLEST and start["status"] == 200:
            body = self._pack(body)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        return {**start, "headers": headers}, {"type": "http.response.body", "body": body}

    def _pack(self, body: bytes) -> bytes:
        name = hashlib.blake2b(body, digest_size=16).digest()
        if name not in self._packed:
            self._packed[name] = gzip.compress(body, 9, mtime=0)
        return self._packed[name]


def _kind(start: "Message") -> bytes:
    """The type of an answer that is not packed already; empty for others."""
    headers = {name.lower(): value for name, value in start["headers"]}
    return b"" if b"content-encoding" in headers else headers.get(b"content-type", b"")
