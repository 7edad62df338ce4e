"""A TCP proxy that makes a network bad: slow, narrow, cut, silent, or broken off in mid-word.

It runs on a loop and thread of its own, so that a test that blocks does not add faults.
"""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.tasks import end_task

CHUNK: Final = 16_384


@dataclass(slots=True)
class Network:
    """How bytes pass, both ways. `bandwidth` is in bytes a second, 0 without a limit.

    `is_silent` keeps connections open and passes nothing: a black hole, half-open.
    """

    latency_s: float = 0.0
    bandwidth: float = 0.0
    is_silent: bool = False


class FaultProxy:
    """Listens on `port` and passes on to `target`."""

    def __init__(self, port: int, target: tuple[str, int]) -> None:
        """Nothing is opened before `start`."""
        self.port = port
        self.network = Network()
        self.accepted = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy")
        self._server: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._handling: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        """Close everything."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Close the port and all connections: nobody gets through until `mend`."""
        self._call(self._unlisten())

    def mend(self) -> None:
        """Pass on as a good network does; open the port when it was cut."""
        self.network = Network()
        self._call(self._listen())

    def reset(self) -> None:
        """Break off each connection with a TCP reset; new ones are welcome."""
        self._call(self._break_off(with_reset=True))

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _unlisten(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._break_off(with_reset=False)

    async def _break_off(self, *, with_reset: bool) -> None:
        for pair in list(self._pairs):
            for writer in pair:
                if with_reset:
                    # a linger of no time makes the close a reset
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                writer.transport.abort()
        for task in self._handling:
            task.cancel()
        await asyncio.gather(*self._handling, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        self.accepted += 1
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await self._connect(reader, writer)
        writer.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):  # a stream's task that is cancelled is an error
            await _closed(writer)
        self._handling.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, out = await asyncio.open_connection(*self._target)
        pair = (writer, out)
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._carry(reader, out)),
            asyncio.create_task(self._carry(there, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pairs.discard(pair)
            # before anything is awaited: a stop of the proxy may end this task in the middle of its own end
            out.transport.abort()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await _closed(out)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # what was read waits for its time; reading goes on, so that latency costs no bandwidth
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

        async def take() -> None:
            while chunk := await reader.read(CHUNK):
                await waiting.put((time.monotonic() + self.network.latency_s, chunk))
            await waiting.put((0.0, b""))

        taking = asyncio.create_task(take())
        try:
            with contextlib.suppress(OSError):
                while True:
                    due, chunk = await waiting.get()
                    if not chunk:
                        return
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    while self.network.is_silent:
                        await asyncio.sleep(0.02)
                    writer.write(chunk)
                    await writer.drain()
                    if self.network.bandwidth:
                        await asyncio.sleep(len(chunk) / self.network.bandwidth)
        finally:
            await end_task(taking)


async def _closed(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.contextmanager
def proxying(port: int, target: tuple[str, int]) -> Iterator[FaultProxy]:
    """A proxy while the context lasts."""
    proxy = FaultProxy(port, target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
