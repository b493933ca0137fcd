"""What Streamlit's page is told of the page around it. There is none: ours is its own, and speaks for itself.

The keeper (`dashboard/ui/keeper`) asks Streamlit to try its line, by the messages that a page around it would send.
And it says that there is no signal without Streamlit's dialog, which takes the focus from whoever is typing.
"""

from typing import TYPE_CHECKING

from dashboard.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/_stcore/host-config"


class HostConfig:
    """Answers in Streamlit's place. Messages are believed from this very origin, and from none of Streamlit's hosts."""

    def __init__(self, app: "ASGIApp", *, settings: Settings) -> None:
        self._app = app
        self._public = settings.public_url

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        from starlette.responses import JSONResponse

        await JSONResponse(self._config(scope))(scope, receive, send)

    def _config(self, scope: "Scope") -> dict[str, object]:
        headers = dict(scope["headers"])
        asked = f"{scope['scheme']}://{headers.get(b'host', b'').decode('latin-1')}"
        return {
            "allowedOrigins": [asked, self._public] if self._public else [asked],
            "useExternalAuthToken": False,
            "enableCustomParentMessages": False,
            "enforceDownloadInNewTab": False,
            "metricsUrl": "",
            "blockErrorDialogs": True,
            "resourceCrossOriginMode": None,
        }
