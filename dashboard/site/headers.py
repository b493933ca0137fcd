"""The security headers on every response, as plain ASGI so that the websocket passes untouched."""

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc\s*=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def content_security_policy() -> str:
    """Nothing from outside, and only the inline scripts that were installed with Streamlit."""
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
            # Covers the websocket too, which has the page's own host and port.
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "frame-ancestors 'none'",
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
    spec = find_spec("streamlit")
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from Path(folder).rglob("index.html")


# Nothing here needs a camera, a location or a payment. The clipboard is allowed: a click copies a code or a link.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)
YEAR = 365 * 24 * 3600


class SecurityHeaders:
    """Adds the headers to every HTTP response, and `Secure` to every cookie if there is TLS."""

    def __init__(self, app: "ASGIApp", *, behind_tls: bool = False) -> None:
        self._app = app
        self._behind_tls = behind_tls
        self._headers = [
            (b"content-security-policy", content_security_policy().encode()),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", PERMISSIONS.encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
        ]
        if behind_tls:
            self._headers.append((b"strict-transport-security", f"max-age={YEAR}; includeSubDomains".encode()))

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._added_to(message.get("headers", ()), str(scope["path"]))
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _added_to(self, given: Iterable[Header], path: str) -> list[Header]:
        ours = {name for name, _ in self._headers}
        kept = [(name.lower(), value) for name, value in given if name.lower() not in ours]
        if self._behind_tls:
            kept = [(name, _secure(value) if name == b"set-cookie" else value) for name, value in kept]
        if not path.startswith("/static/"):
            # Files named by their hash may be cached; anything that could show a case may not.
            kept = [(name, value) for name, value in kept if name != b"cache-control"]
            kept.append((b"cache-control", b"no-store"))
        return [*kept, *self._headers]


def _secure(cookie: bytes) -> bytes:
    return cookie if b"; secure" in cookie.lower() else cookie + b"; Secure"
