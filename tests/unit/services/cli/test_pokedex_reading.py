"""Where commands get the Pokédex of the stack, and what is said when there is none."""

import pytest
from aiokafka.errors import KafkaConnectionError

from services.cli import asking, pokedex_reading
from services.cli.reaching import NotRunning
from shared.errors import Misconfigured
from shared.pokedex import Pokedex
from shared.settings import Settings
from tests.support.battle import make_pokedex

FOUND = make_pokedex()


class Reader:
    """Stands for the reader of the topics; `failure` is raised instead of an answer."""

    failure: Exception | None = None
    stopped = 0

    def __init__(self, settings: Settings) -> None:
        self.bootstrap = settings.kafka_bootstrap

    async def start(self) -> None:
        if isinstance(self.failure, KafkaConnectionError):
            raise self.failure

    async def wait_ready(self, timeout_s: float) -> Pokedex:
        assert timeout_s == pokedex_reading.READ_SECONDS
        if self.failure is not None:
            raise self.failure
        return FOUND

    async def stop(self) -> None:
        type(self).stopped += 1


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> type[Reader]:
    async def answers(bootstrap: str, seconds: float) -> None:
        assert seconds > 0

    kind = type("Reader", (Reader,), {})
    monkeypatch.setattr(asking, "wait_for_kafka", answers)
    monkeypatch.setattr(pokedex_reading, "PokedexReader", kind)
    return kind


async def test_the_pokedex_of_the_topics_is_read_once(reader: type[Reader]) -> None:
    assert await pokedex_reading.read_pokedex() is FOUND
    assert reader.stopped == 1


@pytest.mark.parametrize(
    ("failure", "words"),
    [(TimeoutError(), "dex logs ingest"), (KafkaConnectionError("away"), "dex up")],
)
async def test_what_keeps_it_away_is_said_with_the_remedy(
    reader: type[Reader], failure: Exception, words: str
) -> None:
    reader.failure = failure
    with pytest.raises(NotRunning, match=words):
        await pokedex_reading.read_pokedex()
    assert reader.stopped == 1


async def test_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(bootstrap: str, seconds: float) -> None:
        raise Misconfigured("no answer")

    monkeypatch.setattr(asking, "wait_for_kafka", silent)
    with pytest.raises(NotRunning, match="dex up"):
        await pokedex_reading.read_pokedex()
