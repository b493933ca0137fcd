"""Streamlit's own files, packed: what comes out is what went in, without the fonts that no page uses."""

import asyncio
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from streamlit.web.server.starlette.starlette_gzip_middleware import SelectiveGZipMiddleware
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from dashboard.site.packed import FONTS, Packed

SPEC = find_spec("streamlit")
assert SPEC is not None
assert SPEC.submodule_search_locations is not None
FOLDER = Path(next(iter(SPEC.submodule_search_locations))) / "static"
LIST = "/_stcore/bidi-components/lnb.list_0a1b2c3d/index.css"
SECRET = "a word of the record " * 200


def streamlit() -> Packed:
    async def words(_request: Any) -> Response:
        return Response(SECRET, media_type="application/json")

    async def served(request: Any) -> Response:
        status = 200 if request.url.path == LIST else 404
        return Response("ol {}", status, media_type="text/css", headers={"cache-control": "public"})

    files = create_streamlit_static_handler(str(FOLDER), None)
    routes = [Route("/_stcore/words", words), Route("/_stcore/bidi-components/{path:path}", served), Mount("/", files)]
    return Packed(Starlette(routes=routes, middleware=[Middleware(SelectiveGZipMiddleware)]))


def asked(app: Packed, path: str, **headers: str) -> httpx.Response:
    """Unpacked by the client, as a browser does it."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(path, headers={"accept-encoding": "identity"} | given)

    return asyncio.run(ask())


def large(kind: str) -> Iterator[str]:
    for path in sorted((FOLDER / "static" / kind).glob(f"index.*.{kind}")):
        yield path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", [*large("js"), *large("css")])
def test_a_file_comes_packed_and_whole(path: str) -> None:
    app, plain = streamlit(), (FOLDER / path).read_bytes()
    for _ in range(2):
        answer = asked(app, f"/{path}", accept_encoding="gzip, br")
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "accept-encoding"
        assert int(answer.headers["content-length"]) < len(plain) / 2
        assert answer.content == FONTS.sub(b"", plain)


def test_whoever_takes_nothing_packed_gets_it_plain() -> None:
    path = next(large("js"))
    answer = asked(streamlit(), f"/{path}")
    assert "content-encoding" not in answer.headers
    assert answer.content == (FOLDER / path).read_bytes()


def test_part_of_a_file_and_one_that_is_known_are_left_alone() -> None:
    path = f"/{next(large('js'))}"
    part = asked(streamlit(), path, accept_encoding="gzip", range="bytes=0-99")
    assert (part.status_code, len(part.content)) == (206, 100)
    known = asked(streamlit(), path).headers["etag"]
    again = asked(streamlit(), path, accept_encoding="gzip", if_none_match=known)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/queue", *(f"/{path}" for path in large("css"))])
def test_no_page_asks_for_a_font_that_the_theme_does_not_use(path: str) -> None:
    body = asked(streamlit(), path, accept_encoding="gzip").content
    assert b"SourceSans" not in body
    assert b"SourceSerif" not in body
    # Icons and formulas keep theirs.
    assert (b"MaterialSymbols" in body) == path.endswith(".css")


def test_a_browser_keeps_what_draws_a_list_of_ours_and_asks_again_for_a_missing_one() -> None:
    assert asked(streamlit(), LIST).headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    missing = asked(streamlit(), "/_stcore/bidi-components/lnb.gone_0a1b2c3d/index.css")
    assert (missing.status_code, missing.headers.get_list("cache-control")) == (404, ["public"])


def test_what_is_made_for_one_reader_goes_through_untouched() -> None:
    sent = asked(streamlit(), "/_stcore/words", accept_encoding="gzip")
    assert sent.text == SECRET
    assert "vary" in sent.headers
    assert "content-encoding" not in asked(streamlit(), "/_stcore/words").headers
