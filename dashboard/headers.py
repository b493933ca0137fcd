"""The security headers of every answer, as plain ASGI so that the websocket passes untouched."""

import base64
import functools
import hashlib
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc\s*=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def content_security_policy() -> str:
    """Nothing from outside, and of the scripts inside a page only those that we installed."""
    scripts = " ".join(f"'sha256-{digest}'" for digest in inline_script_hashes())
    return "; ".join(
        (
            "default-src 'self'",
            # Vega compiles a chart's expressions with Function().
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            # Streamlit's styles are written into the page as it runs.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            # Covers the websocket too: it has the page's own host and port.
            "connect-src 'self'",
            "worker-src 'self' blob:",
            # The authenticator writes its cookie from a frame of our own; nobody else may frame us.
            "frame-src 'self'",
            "frame-ancestors 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "object-src 'none'",
        )
    )


@functools.cache
def inline_script_hashes() -> tuple[str, ...]:
    """Read from the installed files, so that an upgrade of Streamlit needs no change here."""
    found = {
        base64.b64encode(hashlib.sha256(script).digest()).decode()
        for page in _installed_pages()
        for script in INLINE_SCRIPT.findall(page.read_bytes())
        if script.strip()
    }
    return tuple(sorted(found))


def _installed_pages() -> Iterator[Path]:
    """Streamlit's page, and those of the component that writes the authenticator's cookie."""
    for package in ("streamlit", "extra_streamlit_components"):
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            yield from Path(folder).rglob("index.html")


class SecurityHeaders:
    """Adds the headers to every HTTP answer."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", content_security_policy().encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
            # Not DENY: that stops the authenticator's own frame, and the sign-in cookie with it.
            (b"x-frame-options", b"SAMEORIGIN"),
        ]

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)
