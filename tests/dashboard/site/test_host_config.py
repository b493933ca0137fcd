"""What Streamlit's page is told of the page around it."""

import json

import pytest
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_routes import create_host_config_routes

from dashboard.site.host_config import PATH, HostConfig
from tests.dashboard.asgi import asked
from tests.dashboard.site.test_allowed_hosts import PUBLIC, settings, welcome


def told(**given: str) -> dict[str, object]:
    answer = asked(HostConfig(welcome, settings=settings(**given)), path=PATH, host="a.example:8501")
    config: dict[str, object] = json.loads(answer["body"])
    return config


def test_it_says_all_that_streamlit_would_say() -> None:
    """A key that a later version adds must be looked at."""
    streamlit = Starlette(routes=create_host_config_routes(None))
    assert told().keys() == json.loads(asked(streamlit, path=PATH)["body"]).keys()


@pytest.mark.parametrize(("given", "origins"), [("", []), (PUBLIC, [PUBLIC])])
def test_only_this_very_origin_may_speak_to_the_page(given: str, origins: list[str]) -> None:
    assert told(public_url=given)["allowedOrigins"] == ["http://a.example:8501", *origins]


def test_everything_else_goes_to_streamlit() -> None:
    assert asked(HostConfig(welcome, settings=settings()), path="/")["status"] == 200
