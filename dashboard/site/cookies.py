"""The sign-in cookie: set by the server, so that no script can read it, and only in the browser that signed in.

A Streamlit page cannot set a cookie. It shows an invisible picture instead, whose address contains a sealed pass to
the new session, and the answer to that request sets the cookie. A pass works once, within a minute, and only from a
page of ours: a picture on another site cannot sign anybody in as somebody else.
"""

import base64
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.fernet import Fernet, InvalidToken

from dashboard.settings import Settings
from db import clock

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

COOKIE = "lnb_session"
KEEP, FORGET = "/sign-in/keep", "/sign-in/forget"
PASS_SECONDS = 60
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def pass_to(token: str, key: str) -> str:
    """A sealed pass to the cookie of this session."""
    return _fernet(key).encrypt_at_time(token.encode(), int(clock.now().timestamp())).decode()


def token_in(value: str, key: str) -> str | None:
    """The session token in a cookie, if we made the cookie and it has not expired."""
    try:
        claims = jwt.decode(value, key, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    token = claims.get("session")
    return token if isinstance(token, str) and claims.get("exp_date", 0) > clock.now().timestamp() else None


def cookie_value(token: str, ends: datetime, key: str) -> str:
    return jwt.encode({"session": token, "exp_date": ends.timestamp()}, key, algorithm="HS256")


def routes(settings: Settings) -> "list[Route]":
    """The two pictures: one sets the cookie, the other clears it once its session is over. They look the same."""
    from anyio import to_thread
    from starlette.routing import Route

    flags: dict[str, Any] = {"httponly": True, "secure": settings.behind_tls, "samesite": "strict", "path": "/"}

    async def keep(request: "Request") -> "Response":
        from dashboard import store

        answer = _pixel()
        token = _opened(request.query_params.get("pass", ""), settings.cookie_key)
        if token and is_ours(request) and (ends := await to_thread.run_sync(store.take_cookie, token)):
            answer.set_cookie(COOKIE, cookie_value(token, ends, settings.cookie_key), expires=ends, **flags)
        return answer

    async def forget(request: "Request") -> "Response":
        from dashboard import store

        answer, value = _pixel(), request.cookies.get(COOKIE, "")
        token = token_in(value, settings.cookie_key)
        # But not the cookie of a session that another tab has started meanwhile.
        is_live = token is not None and await to_thread.run_sync(store.person_of, token) is not None
        if value and not is_live and is_ours(request):
            answer.delete_cookie(COOKIE, **flags)
        return answer

    return [Route(KEEP, keep, methods=["GET"]), Route(FORGET, forget, methods=["GET"])]


def _opened(sealed: str, key: str) -> str | None:
    try:
        opened = _fernet(key).decrypt_at_time(sealed.encode(), PASS_SECONDS, int(clock.now().timestamp()))
    except (InvalidToken, ValueError):
        return None
    return opened.decode()


def is_ours(request: "Request") -> bool:
    """Browsers say which site shows the picture. One that does not is too old to."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _pixel() -> "Response":
    from starlette.responses import Response

    return Response(PIXEL, media_type="image/gif")


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.blake2b(b"pass", key=key.encode()[:64], digest_size=32).digest()))
