"""A command that waits notices within seconds that nobody is left to tell it anything."""

import asyncio

import pytest

from services.cli.bus_watch import BusWatch, is_answering
from services.cli.following import _Follower, _show, _watched, no_display
from services.cli.ingest import INGEST
from services.cli.reaching import NotRunning


class Bus:
    """A broker and a stack that are there for so many looks."""

    def __init__(self, answers: int, runs: int) -> None:
        self._answers, self._runs = answers, runs

    async def answers(self) -> bool:
        self._answers -= 1
        return self._answers >= 0

    async def runs(self) -> bool:
        self._runs -= 1
        return self._runs >= 0


async def end_of(bus: Bus, away_s: float) -> str:
    watch = BusWatch("broker:9092", "training", away_s, bus.answers, bus.runs, look_s=0.001)
    with pytest.raises(NotRunning) as gone:
        async with asyncio.timeout(20):
            await watch.run()
    return str(gone.value)


async def test_a_stack_that_was_stopped_is_told_at_once_and_its_work_goes_on_at_the_next_start() -> None:
    said = await end_of(Bus(answers=5, runs=3), away_s=1_000)
    assert said.startswith("The stack was stopped.")
    assert "training stays asked" in said
    assert "./dex up" in said


async def test_a_broker_that_stays_away_is_told_by_its_address() -> None:
    said = await end_of(Bus(answers=5, runs=0), away_s=0.05)
    assert said.startswith("Kafka at broker:9092 does not answer any more.")


async def test_a_broker_answers_when_it_takes_a_connection() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        assert await is_answering(f"127.0.0.1:1,{address}")
    finally:
        server.close()
        await server.wait_closed()
    assert not await is_answering(address)


async def test_who_follows_a_work_hears_of_it() -> None:
    bus = Bus(answers=0, runs=0)
    watch = BusWatch("broker:9092", "ingest", 0.0, bus.answers, bus.runs, look_s=0.001)
    async with _watched(watch) as task:
        with pytest.raises(NotRunning):
            async with asyncio.timeout(20):
                await _show(INGEST, _Follower(INGEST, "mine"), no_display(), lambda: None, task)
