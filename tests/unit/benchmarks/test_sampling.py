"""Samples of stacks are told by what the time was for."""

import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded.layout import CHECKOUT
from tests.benchmarks.profiled import file_of, read
from tests.benchmarks.sampling import Sampler, Stack, by_area, by_function

PACKAGES = sysconfig.get_path("purelib")
DOOR = (f"{CHECKOUT}/shared/delivery/door.py", "open_record")
SEND = (f"{PACKAGES}/aiokafka/producer/producer.py", "AIOKafkaProducer.send")
LOOP = (f"{sysconfig.get_path('stdlib')}/asyncio/events.py", "Handle._run")
CODEC = (f"{sysconfig.get_path('stdlib')}/json/encoder.py", "encode")


def test_the_standard_library_counts_for_its_caller_and_the_loop_for_itself() -> None:
    stacks: dict[Stack, int] = {
        (CODEC, DOOR, LOOP): 5,
        (DOOR, LOOP): 1,
        (SEND, DOOR, LOOP): 3,
        (LOOP,): 1,
    }
    areas = by_area(stacks)
    assert [name for name, _ in areas] == ["shared/delivery", "aiokafka/producer", "asyncio"]
    assert [share for _, share in areas] == pytest.approx([0.6, 0.3, 0.1])
    functions = by_function(stacks)
    assert functions[0][0] == "encode (json/encoder.py)"
    assert functions[0][1] == pytest.approx(0.5)
    assert dict(functions)["open_record (shared/delivery/door.py)"] == pytest.approx(0.1)


def test_nothing_seen_is_nothing_told() -> None:
    assert by_area({}) == []


@pytest.fixture
def sampler() -> Iterator[Sampler]:
    made = Sampler()
    yield made
    made.stop()


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_busy_function_is_seen_only_while_it_is_looked_at(sampler: Sampler) -> None:
    burn(0.02)
    sampler.start()
    burn(0.1)
    sampler.stop()
    seen = sum(count for stack, count in sampler.stacks.items() if any(name == "burn" for _, name in stack))
    assert seen > 5
    whole = sum(sampler.stacks.values())
    assert seen > 0.8 * whole
    burn(0.02)
    assert whole == sum(sampler.stacks.values())


def test_what_a_process_wrote_is_read(tmp_path: Path, sampler: Sampler) -> None:
    from tests.benchmarks import profiled

    sampler.stacks[DOOR, LOOP] = 2
    profiled._write(sampler, tmp_path)
    (file,) = tmp_path.iterdir()
    assert file == file_of(tmp_path, int(file.stem))
    assert read(file) == {(DOOR, LOOP): 2}
