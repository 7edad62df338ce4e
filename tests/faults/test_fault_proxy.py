"""The proxy does to a connection what it says."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator

import pytest

from services.embedded.ports import free_port
from tests.support.fault_proxy import FaultProxy, proxying

PATIENCE_SECONDS = 0.3


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """In front of a server that says back what it hears."""

    ended: list[asyncio.Event] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(end := asyncio.Event())
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
        # one that was reset, too: its writer would be found unclosed at any later moment
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        end.set()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        with proxying(free_port(), server.sockets[0].getsockname()[:2]) as started:
            yield started
        for end in ended:
            await end.wait()


async def call(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def seconds_of(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> float:
    began = time.monotonic()
    writer.write(content)
    assert await reader.readexactly(len(content)) == content
    return time.monotonic() - began


async def test_latency_is_added_both_ways_and_costs_no_bandwidth(proxy: FaultProxy) -> None:
    reader, writer = await call(proxy)
    proxy.network.latency_s = 0.1
    assert await seconds_of(reader, writer, b"x") >= 0.2
    # one chunk after the other would wait six times
    assert await seconds_of(reader, writer, b"x" * 100_000) < 1.0
    writer.close()


async def test_bandwidth_is_bounded(proxy: FaultProxy) -> None:
    reader, writer = await call(proxy)
    proxy.network.bandwidth = 200_000
    assert await seconds_of(reader, writer, b"x" * 100_000) >= 0.4
    writer.close()


async def test_a_black_hole_keeps_the_connection_and_delivers_later(proxy: FaultProxy) -> None:
    reader, writer = await call(proxy)
    proxy.network.is_silent = True
    writer.write(b"hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(5), PATIENCE_SECONDS)
    proxy.mend()
    assert await asyncio.wait_for(reader.readexactly(5), 5) == b"hello"
    writer.close()


async def test_a_cut_ends_connections_and_lets_nobody_in_until_it_is_mended(proxy: FaultProxy) -> None:
    reader, writer = await call(proxy)
    await seconds_of(reader, writer, b"x")
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await call(proxy)
    proxy.mend()
    reader, writer = await call(proxy)
    await seconds_of(reader, writer, b"x")
    writer.close()


async def test_a_reset_breaks_off_and_new_connections_pass(proxy: FaultProxy) -> None:
    reader, writer = await call(proxy)
    await seconds_of(reader, writer, b"x")
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    writer.close()
    reader, writer = await call(proxy)
    await seconds_of(reader, writer, b"x")
    writer.close()


async def test_a_cut_while_clients_leave_closes_what_they_left(proxy: FaultProxy) -> None:
    for _ in range(5):
        clients = [await call(proxy) for _ in range(20)]
        for client in clients:
            await seconds_of(*client, b"x")
        for _, writer in clients:
            writer.transport.abort()
        await asyncio.sleep(0)
        proxy.cut()
        proxy.mend()
    gc.collect()  # a connection left open would be found here
