"""A browser tab, as the server sees it: Streamlit's own messages over its websocket, timed and weighed."""

import time
from dataclasses import dataclass
from typing import Any

import jwt
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.bench.widgets import Widgets

COOKIE = "lnb_session"
DAY = 86_400
PATIENCE = 60.0
# How many runs Streamlit's page keeps a large message for, so that the server need not send it again.
REMEMBERED_RUNS = 2


class RunFailed(Exception):
    """The page showed an error, or did not answer."""


@dataclass(frozen=True)
class Run:
    """One rerun: from sending it to the message that the script has finished."""

    seconds: float
    size: int


def session_cookie(token: str, cookie_key: str) -> str:
    """The cookie that signing in leaves with the browser."""
    claims = {"session": token, "exp_date": time.time() + DAY}
    return f"{COOKIE}={jwt.encode(claims, cookie_key, algorithm='HS256')}"


class Tab:
    """One open tab. `open` goes to a page, `rerun` sends what a click or a change would."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.widgets = Widgets()
        self.query = ""
        self.text: list[str] = []
        self._pages: dict[str, str] = {}
        self._page = ""
        self._number = 0
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._socket = connect(
            f"ws://127.0.0.1:{port}/_stcore/stream",
            origin=Origin(f"http://127.0.0.1:{port}"),
            subprotocols=[Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN")],
            additional_headers={"Cookie": cookie} if cookie else None,
            max_size=None,
            open_timeout=PATIENCE,
        )

    def close(self) -> None:
        self._socket.close()

    def open(self, path: str = "", query: str = "") -> Run:
        """As a click on a link to a page: its widgets are new."""
        self.widgets.forget()
        self.query = query
        message = BackMsg()
        if path in self._pages:
            self._page = self._pages[path]
        else:
            message.rerun_script.page_name = path
            self._page = ""
        return self._run(message)

    def rerun(self) -> Run:
        return self._run(BackMsg())

    def _run(self, message: BackMsg) -> Run:
        asked = message.rerun_script
        asked.query_string = self.query
        asked.page_script_hash = self._page
        asked.widget_states.CopyFrom(self.widgets.states())
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.timezone = "Europe/London"
        asked.context_info.locale = "en-GB"
        sent, size = message.SerializeToString(), 0
        received: list[tuple[Any, bytes]] = []
        began = time.perf_counter()
        self._socket.send(sent)
        while True:
            data = self._socket.recv(timeout=PATIENCE)
            assert isinstance(data, bytes)
            size += len(data)
            answer = ForwardMsg()
            answer.ParseFromString(data)
            received.append((answer, data))
            if self._is_end(answer):
                break
        seconds = time.perf_counter() - began
        self._take(received)
        return Run(seconds, size)

    @staticmethod
    def _is_end(answer: Any) -> bool:
        """A run that ended for a rerun, such as after a saved form, is followed by another."""
        if answer.WhichOneof("type") != "script_finished":
            return False
        if answer.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise RunFailed("the script does not compile")
        return bool(answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN)

    def _take(self, received: list[tuple[Any, bytes]]) -> None:
        """What the browser would keep of it: after the clock has stopped, as drawing is not the server's time."""
        self._number += 1
        self.text = []
        for answer, data in received:
            if answer.WhichOneof("type") == "ref_hash":
                self._took(*self._remembered(answer.ref_hash))
            else:
                self._took(answer, data)
        oldest = self._number - REMEMBERED_RUNS
        self._kept = {hash: kept for hash, kept in self._kept.items() if kept[0] > oldest}

    def _remembered(self, hash: str) -> tuple[Any, bytes]:
        """The message in full that a short one stands for."""
        data = self._kept[hash][1]
        message = ForwardMsg()
        message.ParseFromString(data)
        return message, data

    def _took(self, answer: Any, data: bytes) -> None:
        kind = answer.WhichOneof("type")
        if answer.metadata.cacheable:
            self._kept[answer.hash] = (self._number, data)
        if kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in answer.navigation.app_pages}
            self._page = answer.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = answer.page_info_changed.query_string
        elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
            self._draw(answer.delta.new_element)
        elif kind == "delta":
            self.widgets.draw_block(answer.delta.add_block)

    def _draw(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RunFailed(f"the page failed: {element.exception.message[:200]}")
        if kind == "alert" and element.alert.format == Alert.ERROR:
            raise RunFailed(f"the page refused: {element.alert.body[:200]}")
        if kind in {"markdown", "toast", "metric", "heading", "page_link"}:
            drawn = getattr(element, kind)
            self.text.append(str(getattr(drawn, "body", "") or getattr(drawn, "label", "")))
        self.widgets.draw(element)
