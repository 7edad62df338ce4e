from dataclasses import replace
from typing import Any

import pytest

from services.ingest.app import ATTEMPTS, IngestRun
from services.ingest.pokedex_topics import CHANNELS
from services.ingest.store import PokedexStore
from shared.database.pool import Database
from shared.errors import Misconfigured, TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.pokedex import load_packaged_snapshot


class AbsentStore(PokedexStore):
    """A database that is away."""

    tries = 0

    async def replace(self, *_: Any, **__: Any) -> None:
        self.tries += 1
        raise TransientFailure("the database is away")


@pytest.fixture
def service() -> ServiceBuilder:
    return ServiceBuilder("ingest", Settings(), CHANNELS)


async def test_an_absent_database_is_asked_again_a_bounded_number_of_times(service: ServiceBuilder) -> None:
    store = AbsentStore(Database(service.settings))
    run = IngestRun(load_packaged_snapshot(), store, service, first_delay_s=0.0)
    with pytest.raises(TransientFailure):
        await run()
    assert store.tries == ATTEMPTS
    assert await run.check() == "the Pokédex is not published yet"


def test_a_pokedex_that_fails_its_gate_is_refused_with_what_is_wrong(service: ServiceBuilder) -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, moves=snapshot.moves[1:])
    with pytest.raises(Misconfigured, match=r"learnsets: move .pound. is not in"):
        IngestRun(spoilt, PokedexStore(Database(service.settings)), service)
