"""What is turned away at the door, and whom a header may speak for."""

from typing import Any

import pytest

from dashboard.settings import Settings
from dashboard.site.allowed_hosts import AllowedHosts
from dashboard.site.headers import SecurityHeaders
from dashboard.site.server import configuration
from tests.conftest import HASH_KEY, KEY
from tests.dashboard.asgi import asked

PUBLIC = "https://casework.example.org"


def settings(**told: Any) -> Settings:
    keys = {"cookie_key": "c" * 40, "identity_keys": KEY, "hash_key": HASH_KEY}
    return Settings(**(keys | {"trusted_proxies": "127.0.0.1"} | told))


async def welcome(scope: Any, _receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [
        (b"x-client", scope["client"][0].encode()),
        (b"set-cookie", b"a=b; Path=/"),
        (b"Set-Cookie", b"c=d; Secure"),
        (b"cache-control", b"public, max-age=3600"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def status(answer: dict[str, Any]) -> int:
    return int(answer.get("status", 200))


def values(answer: dict[str, Any], name: str) -> list[str]:
    return [value.decode() for key, value in answer["headers"] if key.decode().lower() == name]


@pytest.mark.parametrize("host", ["", "evil.example.org", "casework.example.org.evil.example", "[::1"])
def test_other_names_are_refused_once_there_is_one(host: str) -> None:
    doors = AllowedHosts(welcome, settings=settings(public_url=PUBLIC))
    for kind in ("http", "websocket"):
        assert status(asked(doors, kind, host=host)) == 421


@pytest.mark.parametrize("host", ["casework.example.org", "CASEWORK.example.org:443", "localhost:8501", "127.0.0.1"])
def test_its_own_names_are_let_in_with_any_port(host: str) -> None:
    assert status(asked(AllowedHosts(welcome, settings=settings(public_url=PUBLIC)), host=host)) == 200


def test_any_name_is_let_in_while_none_is_told() -> None:
    assert status(asked(AllowedHosts(welcome, settings=settings()), host="a-laptop.local:8501")) == 200


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("https://casework.example.org", True),
        ("https://evil.example.org", False),
        ("http://localhost:3000", False),
        ("null", False),
    ],
)
def test_a_websocket_is_for_pages_of_the_same_origin(origin: str, let_in: bool) -> None:
    doors = AllowedHosts(welcome, settings=settings(public_url=PUBLIC))
    answer = asked(doors, "websocket", "/_stcore/stream", host="casework.example.org", origin=origin)
    assert (answer["type"] == "websocket.accept") is let_in
    on_localhost = AllowedHosts(welcome, settings=settings())
    assert asked(on_localhost, "websocket", host="localhost:8501", origin="http://localhost:8501")["type"] == (
        "websocket.accept"
    )


@pytest.mark.parametrize("path", ["/_stcore/upload_file/a/b", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json"])
def test_uploads_and_the_agent_interface_are_not_there(path: str) -> None:
    assert status(asked(AllowedHosts(welcome, settings=settings()), path=path, host="localhost")) == 404


def test_cookies_are_secure_and_tls_is_promised_only_where_there_is_tls() -> None:
    plain, tls = SecurityHeaders(welcome), SecurityHeaders(welcome, behind_tls=True)
    assert values(asked(plain), "set-cookie") == ["a=b; Path=/", "c=d; Secure"]
    assert values(asked(plain), "strict-transport-security") == []
    assert values(asked(tls), "set-cookie") == ["a=b; Path=/; Secure", "c=d; Secure"]
    assert values(asked(tls), "strict-transport-security") == ["max-age=31536000; includeSubDomains"]


def test_only_files_without_anything_of_anybody_may_be_kept() -> None:
    app = SecurityHeaders(welcome)
    assert values(asked(app, path="/static/js/index.abc.js"), "cache-control") == ["public, max-age=3600"]
    for path in ("/", "/case", "/media/picture.png", "/_stcore/health"):
        assert values(asked(app, path=path), "cache-control") == ["no-store"]


@pytest.mark.parametrize(
    ("trusted", "comes_from", "seen"),
    [
        ((), "127.0.0.1", "127.0.0.1"),
        (("127.0.0.1",), "127.0.0.1", "203.0.113.7"),
        (("10.0.0.0/8",), "10.1.2.3", "203.0.113.7"),
        (("127.0.0.1",), "198.51.100.5", "198.51.100.5"),
    ],
)
def test_an_address_is_believed_from_a_trusted_proxy_only(trusted: tuple[str, ...], comes_from: str, seen: str) -> None:
    config = configuration(settings(trusted_proxies=trusted), welcome)
    config.load()
    answer = asked(config.loaded_app, client=comes_from, x_forwarded_for="203.0.113.7")
    assert values(answer, "x-client") == [seen]
