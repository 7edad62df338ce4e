import pytest

from contracts.channels import POKEDEX_REFRESH_REQUESTED
from contracts.pokedex import PokedexRefreshCompleted, PokedexRefreshRequested
from services.ingest.completion import Order, complete
from services.ingest.refreshing import Ingest, RefreshWork
from shared.errors import TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class CountedIngest(Ingest):
    def __init__(self) -> None:
        self.orders: list[Order] = []

    async def run(self, order: Order) -> PokedexRefreshCompleted:
        self.orders.append(order)
        return complete(order, (), outcome="unchanged")


@pytest.fixture
def ingest() -> CountedIngest:
    return CountedIngest()


@pytest.fixture
def work(ingest: CountedIngest) -> RefreshWork:
    return RefreshWork(ServiceBuilder("ingest", Settings(), [POKEDEX_REFRESH_REQUESTED]), ingest)


async def test_adjacent_requests_with_one_id_are_run_once_and_completed_alike(
    work: RefreshWork, ingest: CountedIngest
) -> None:
    request = PokedexRefreshRequested()
    first = await work._refresh("one", request)
    assert await work._refresh("one", request) == first
    assert len(ingest.orders) == 1
    await work._refresh("other", request)
    assert len(ingest.orders) == 2


async def test_no_run_begins_during_a_stop(work: RefreshWork, ingest: CountedIngest) -> None:
    work.interrupt()
    with pytest.raises(TransientFailure, match="the service stops"):
        await work._refresh("one", PokedexRefreshRequested())
    assert ingest.orders == []
