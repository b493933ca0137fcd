"""What is turned away before Streamlit hears of it: other hosts, other origins, uploads."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# No page takes a file, and Streamlit would take one from anybody with an open tab.
CLOSED = ("/_stcore/upload_file", "/_stcore/agent", "/_stcore/metrics")


class Doors:
    """Plain ASGI, so that a refused websocket is refused before its handshake."""

    def __init__(self, app: "ASGIApp", *, settings: Settings) -> None:
        self._app = app
        self._hosts = settings.hosts
        self._public = settings.public_url

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] in {"http", "websocket"} and (refusal := self._refusal(scope)):
            from starlette.responses import PlainTextResponse

            words, status = refusal
            await PlainTextResponse(words, status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: "Scope") -> tuple[str, int] | None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "").lower()
        if self._hosts and _name_of(f"//{host}")[0] not in self._hosts:
            return "This server has another name.", 421
        # Streamlit lets any page of this machine connect, whatever its port; nobody needs that here.
        origin = headers.get(b"origin", "").lower()
        if scope["type"] == "websocket" and origin and _name_of(origin)[1] != host and origin != self._public:
            return "Only pages of this server may connect.", 403
        if str(scope["path"]).startswith(CLOSED):
            return "Not found.", 404
        return None


def _name_of(address: str) -> tuple[str, str]:
    """(host, host with port) of an address; empty for what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.netloc
