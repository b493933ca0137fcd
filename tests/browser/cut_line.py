"""A line between browser and server that a test cuts: a browser's own "offline" leaves an open socket alone."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
PIECE = 64 * 1024


class CutLine:
    """Passes bytes both ways until it is cut (connections end, and new ones too) or dead (nothing comes or goes)."""

    def __init__(self, target: str) -> None:
        self._host, self._port = urlsplit(target).hostname, urlsplit(target).port
        self._loop = asyncio.new_event_loop()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._run(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _run(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    def cut(self) -> None:
        """As when a proxy or the server goes: every connection ends, and each new one ends at once."""
        self._run(self._cut())

    def die(self) -> None:
        """As in a lift: connections stay open, and nothing passes."""
        self._run(self._die())

    def restore(self) -> None:
        self._run(self._restore())

    def close(self) -> None:
        self._run(self._cut())
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _cut(self) -> None:
        self._is_cut = True
        self._flows.set()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _die(self) -> None:
        self._flows.clear()

    async def _end(self) -> None:
        self._server.close()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    async def _restore(self) -> None:
        self._is_cut = False
        self._flows.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(self._host, self._port)
        except OSError:
            # The server has gone.
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            self._writers -= {writer, back}

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(PIECE):
                await self._flows.wait()
                target.write(piece)
                await target.drain()
        target.close()


@contextmanager
def line_to(target: str) -> Iterator[CutLine]:
    line = CutLine(target)
    try:
        yield line
    finally:
        line.close()
