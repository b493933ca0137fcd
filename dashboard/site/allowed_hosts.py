"""What is refused before it reaches Streamlit: other hosts, other origins, uploads."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# No page takes files, but Streamlit would accept them from anybody with an open tab.
CLOSED = ("/_stcore/upload_file", "/_stcore/agent", "/_stcore/metrics")


class AllowedHosts:
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
            return "This server does not answer to that name.", 421
        # Streamlit lets any page on this machine connect, from any port; nobody needs that here.
        origin = headers.get(b"origin", "").lower()
        if scope["type"] == "websocket" and origin and _name_of(origin)[1] != host and origin != self._public:
            return "Only pages of this server may connect.", 403
        if str(scope["path"]).startswith(CLOSED):
            return "Not found.", 404
        return None


def _name_of(address: str) -> tuple[str, str]:
    """The host, and the host with its port, of an address; empty if it is not one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.netloc
