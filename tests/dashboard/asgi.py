"""Asking an ASGI app without a server."""

import asyncio
from typing import Any


def asked(
    app: Any, kind: str = "http", path: str = "/", client: str = "127.0.0.1", query: str = "", **headers: str
) -> dict[str, Any]:
    """What an ASGI app answers: status, headers and body, or how a websocket began."""
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "client": (client, 1234),
        "server": ("127.0.0.1", 8501),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "extensions": {"websocket.http.response": {}},
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.request" if kind == "http" else "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0] | {"body": b"".join(message.get("body", b"") for message in sent)}
