from typing import Any

import msgspec
import pytest

from contracts.channels import POKEDEX_REFRESH_COMPLETED
from contracts.pokedex import IngestStepTime, MoveLeftOut, PokedexIngested, PokedexRefreshCompleted
from services.ingest.completion import Order, StepFailed, complete, fail
from services.ingest.pokedex_topics import CHANNELS
from services.ingest.refreshing import Ingest
from services.ingest.starting import ATTEMPTS, StartingRun
from shared.bus import decode
from shared.errors import Misconfigured, ProducerBroken, TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.ingest import FakeStore, FakeTopics
from tests.support.pokedex import load_snapshot_records


class FakeIngest(Ingest):
    """Counts orders; ends them as it is told."""

    def __init__(
        self,
        problems: tuple[str, ...] = (),
        away: int = 0,
        failure: type[TransientFailure] = TransientFailure,
    ) -> None:
        self.orders: list[Order] = []
        self._problems = problems
        self._away = away
        self._failure = failure

    async def run(self, order: Order) -> PokedexRefreshCompleted:
        self.orders.append(order)
        if len(self.orders) <= self._away:
            raise self._failure("something is away")
        steps = [IngestStepTime("load", 0.1)]
        if self._problems:
            return fail(order, steps, StepFailed("load", self._problems))
        return complete(order, steps, outcome="published")


class HeardProducer:
    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.completed: list[PokedexRefreshCompleted] = []

    async def send_and_wait(self, _: str, value: bytes, *, key: bytes, **___: Any) -> None:
        self.keys.append(key)
        self.completed.append(decode(POKEDEX_REFRESH_COMPLETED, value))


@pytest.fixture
def producer() -> HeardProducer:
    return HeardProducer()


@pytest.fixture
def service(producer: HeardProducer) -> ServiceBuilder:
    service = ServiceBuilder("ingest", Settings(), CHANNELS)
    service._producer = producer
    return service


def live_announcement(**changes: object) -> PokedexIngested:
    records = load_snapshot_records()
    announced = PokedexIngested(
        run_id="live",
        source="pokeapi",
        counts=records.counts,
        pokedex_hash=records.pokedex_hash,
        ingested_at_ms=1,
        passed_gate=True,
        left_out=(MoveLeftOut(606, "celebrate", "Celebrate", "event move"),),
    )
    return msgspec.structs.replace(announced, **changes)


async def test_the_first_start_runs_from_the_snapshot_and_says_so(
    service: ServiceBuilder, producer: HeardProducer
) -> None:
    ingest = FakeIngest()
    start = StartingRun(service, ingest, FakeStore(), FakeTopics())
    assert await start.check() == "the Pokédex is not published yet"
    await start()
    (order,) = ingest.orders
    assert (order.source, order.force) == ("snapshot", False)
    assert producer.keys == [order.refresh_id.encode()]
    assert await start.check() is None


async def test_a_refresh_from_a_live_source_stays_and_the_tables_follow_it(service: ServiceBuilder) -> None:
    ingest, store = FakeIngest(), FakeStore()
    topics = FakeTopics(load_snapshot_records(), live_announcement())
    start = StartingRun(service, ingest, store, topics)
    await start()
    assert ingest.orders == []
    assert store.tables is not None
    assert (store.tables["pokemon"], store.tables["moves_left_out"]) == (188, 1)
    assert topics.announced == []
    assert await start.check() is None


@pytest.mark.parametrize(
    "change",
    [{"source": "snapshot"}, {"passed_gate": False}, {"pokedex_hash": "of a run that was cut short"}],
)
async def test_everything_else_is_run_again(service: ServiceBuilder, change: dict[str, object]) -> None:
    ingest = FakeIngest()
    topics = FakeTopics(load_snapshot_records(), live_announcement(**change))
    await StartingRun(service, ingest, FakeStore(), topics)()
    assert len(ingest.orders) == 1


async def test_an_absent_database_is_asked_again_a_bounded_number_of_times(
    service: ServiceBuilder, producer: HeardProducer
) -> None:
    ingest = FakeIngest(away=ATTEMPTS)
    start = StartingRun(service, ingest, FakeStore(), FakeTopics(), first_delay_s=0.0)
    with pytest.raises(TransientFailure):
        await start()
    assert len(ingest.orders) == ATTEMPTS
    (completed,) = producer.completed
    assert (completed.refresh_id, completed.outcome) == (ingest.orders[0].refresh_id, "failed")
    assert completed.problems == ("something is away",)
    assert await start.check() == "the Pokédex is not published yet"


async def test_a_database_that_comes_back_costs_a_moment(service: ServiceBuilder) -> None:
    ingest = FakeIngest(away=ATTEMPTS - 1)
    start = StartingRun(service, ingest, FakeStore(), FakeTopics(), first_delay_s=0.0)
    await start()
    assert await start.check() is None
    assert len({order.refresh_id for order in ingest.orders}) == 1, "who follows the start sees one refresh"
    assert len({order.run_id for order in ingest.orders}) == ATTEMPTS


async def test_a_producer_that_breaks_at_the_start_is_made_anew(
    service: ServiceBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[int] = []

    async def renew() -> None:
        renewed.append(1)

    monkeypatch.setattr(service, "renew_producer", renew)
    ingest = FakeIngest(away=1, failure=ProducerBroken)
    await StartingRun(service, ingest, FakeStore(), FakeTopics(), first_delay_s=0.0)()
    assert renewed == [1]


async def test_a_snapshot_that_cannot_be_published_refuses_the_start(
    service: ServiceBuilder, producer: HeardProducer
) -> None:
    ingest = FakeIngest(problems=("moves.csv:3: no",))
    start = StartingRun(service, ingest, FakeStore(), FakeTopics())
    with pytest.raises(Misconfigured, match=r"step load:\nmoves\.csv:3: no"):
        await start()
    assert producer.keys == [ingest.orders[0].refresh_id.encode()]
    (completed,) = producer.completed
    assert (completed.outcome, completed.problems) == ("failed", ("moves.csv:3: no",))
