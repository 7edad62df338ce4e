"""Ingest service.

Consumes `pokedex.refresh.requested` (group `ingest.<channel>`, at least once, one at a time; a run
that is cut short is begun again, and a refresh id that completed is not run again). At start it reads
the folded Pokédex topics and runs once from the snapshot. Publishes `pokedex.pokemon`,
`pokedex.move`, `pokedex.type` (changed records and tombstones only), then `pokedex.ingested`, and of
every run `pokedex.refresh.progressed` and `pokedex.refresh.completed`. What changed is decided against
the topics themselves, so that a run which was killed anywhere is completed by the next. Keeps the
relational Pokédex.
"""

from typing import Final

from faststream.asgi import AsgiFastStream

from contracts.channels import (
    AUDIT_EVENTS,
    POKEDEX_REFRESH_COMPLETED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_REQUESTED,
)
from services.ingest.pokedex_topics import CHANNELS, PokedexTopics
from services.ingest.refreshing import Ingest, OpenSource, RefreshWork
from services.ingest.run_log import RunLog
from services.ingest.snapshot import PACKAGED
from services.ingest.sources import open_source
from services.ingest.starting import StartingRun
from services.ingest.store import PokedexStore
from shared.database.pool import Database
from shared.delivery import Policy
from shared.service_app import ServiceBuilder
from shared.settings import Settings

LONGEST_RUN_MS: Final = 3 * 60 * 60 * 1000


def create_app(settings: Settings, open_with: OpenSource | None = None) -> AsgiFastStream:
    """The composition root. `open_with`: opens other sources than those of `settings`."""
    service = ServiceBuilder(
        "ingest",
        settings,
        [
            *CHANNELS,
            POKEDEX_REFRESH_REQUESTED,
            POKEDEX_REFRESH_PROGRESSED,
            POKEDEX_REFRESH_COMPLETED,
            AUDIT_EVENTS,
        ],
    )
    database = Database(settings)
    store = PokedexStore(database)
    topics = PokedexTopics(settings, lambda: service.producer)
    ingest = Ingest(
        service,
        settings.snapshot_dir or PACKAGED,
        open_with or (lambda name: open_source(name, settings)),
        store=store,
        run_log=RunLog(database),
        topics=topics,
    )
    starting = StartingRun(service, ingest, store, topics)
    refreshes = RefreshWork(service, ingest)
    service.add_reader(database)
    service.add_reader(refreshes)
    service.before_consuming(starting)
    service.readiness.add("database", database.check)
    service.readiness.add("pokedex", starting.check)
    service.consume(
        POKEDEX_REFRESH_REQUESTED,
        refreshes,
        policy=Policy(hold=True, maximum_batch_records=1, maximum_poll_interval_ms=LONGEST_RUN_MS),
        on_stopping=refreshes.interrupt,
    )
    return service.build()
