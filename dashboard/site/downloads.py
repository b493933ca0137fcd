"""Files that somebody asked for, each fetched once by the browser session that asked.

Not Streamlit's media addresses: those check no session, and keep the file for whoever has the address. Here a request
needs the sign-in cookie of the session that asked, comes from a page of ours, and uses the address up. The file is made
then, from what its reader may see at that moment, and is kept nowhere.
"""

import logging
from typing import TYPE_CHECKING

from dashboard.reports import files
from dashboard.settings import Settings
from dashboard.site import cookies
from db.errors import CommandRefused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

FOLDER = "/download/"
PATH = FOLDER + "{token}"
LOG = logging.getLogger("dashboard.site.downloads")


def address(token: str) -> str:
    return PATH.format(token=token)


def routes(settings: Settings) -> "list[Route]":
    """Any address but one's own unused one answers “Not found.”, whatever the reason."""
    from anyio import to_thread
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def download(request: "Request") -> "Response":
        session_token = cookies.token_in(request.cookies.get(cookies.COOKIE, ""), settings.cookie_key)
        made = None
        if session_token and request.method == "GET" and _is_a_click(request):
            made = await to_thread.run_sync(_made, session_token, request.path_params["token"])
        if made is None:
            return PlainTextResponse("Not found.", 404, headers={"cache-control": "no-store"})
        name, content = made
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return Response(content, media_type=files.media_type(name), headers=headers)

    return [Route(PATH, download, methods=["GET"])]


def _is_a_click(request: "Request") -> bool:
    """On a page of ours; not a browser that fetches ahead, which would use the address up."""
    return cookies.is_ours(request) and "prefetch" not in request.headers.get("sec-purpose", "")


def _made(session_token: str, token: str) -> tuple[str, bytes] | None:
    from dashboard import store

    fetched = store.fetch_download(session_token, token)
    if fetched is None:
        return None
    person, asked = fetched
    try:
        return files.name_of(asked.kind, asked.about), files.FILES[asked.kind].made(person, asked.about)
    except CommandRefused:
        # Permission was lost since the line above.
        return None
