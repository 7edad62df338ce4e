"""A family of drift tests on the bus: its releases, its predictions, and what the log of them must give."""

import asyncio
import io
import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import asyncpg
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.channels import BATTLE_REQUESTED, MODEL_ASSIGNED, MODEL_RELEASED, PREDICTIONS_MADE
from contracts.models import DriftReferenceStored, ModelAssigned, ModelReleased
from contracts.serving import PredictionMade
from shared.artefacts import ArtefactStore
from shared.bus import create_producer, decode, encode, publish, record_headers
from shared.drift.binning import Observed
from shared.drift.counting import Event
from shared.drift.documents import Window
from shared.drift.reference import Reference, encode_reference
from shared.drift.replay import Replay
from shared.drift.spans import Definition
from shared.drift.verdict import Thresholds
from shared.families import Family
from shared.settings import Settings
from shared.signing import sign_release
from tests.support.bus import log_ends, read_all
from tests.support.drift import CATEGORIES, NAMES, SCORES, draw_rows, scoring_by
from tests.support.releases import a_release
from tests.support.tiny_family import TinyFamily

FAMILY = "drifting"
FOR_EVER_MS = 10**15
SAMPLE_ROWS = 1_000


class Looked(msgspec.Struct, frozen=True):
    win_probability: float
    pokemon: str


class DriftingFamily(TinyFamily):
    """Says what drift looks at."""

    name = FAMILY
    observed_scores = SCORES
    observed_categories = CATEGORIES
    truths: Mapping[str, float] = {"yes": 1.0, "no": 0.0}

    def __init__(self) -> None:
        super().__init__(BATTLE_REQUESTED)

    def observe(self, answer: bytes) -> tuple[tuple[float, ...], tuple[str, ...]]:
        try:
            looked = msgspec.json.decode(answer, type=Looked)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error
        return (looked.win_probability,), (looked.pokemon,)


def prediction(row: Observed, version: str, request_id: str | None = None) -> PredictionMade:
    """The row as an answered request of its own id, or of the given one."""
    return PredictionMade(
        request_id=request_id or secrets.token_hex(8),
        family=FAMILY,
        request=msgspec.Raw(b"{}"),
        body_hash="h",
        model_version=version,
        feature_set="drifting-v1",
        pokedex_hash="p",
        answer=msgspec.Raw(msgspec.json.encode(Looked(row.scores[0], row.categories[0]))),
        features=row.features,
    )


def signed(settings: Settings, version: str, stored: DriftReferenceStored | None = None) -> ModelReleased:
    """A release of the family."""
    made = a_release(family=FAMILY, version=version, feature_names=NAMES, drift_reference=stored)
    return sign_release(made, settings.signing_key_file)


def stored_reference(settings: Settings, reference: Reference) -> DriftReferenceStored:
    """Histograms and a sample of rows like theirs, in the artefact store."""
    store = ArtefactStore(settings.artifacts)
    features, probabilities, forms = draw_rows(SAMPLE_ROWS, seed=1)
    columns = {name: features[:, at] for at, name in enumerate(NAMES)}
    content = io.BytesIO()
    pq.write_table(pa.table({**columns, "win_probability": probabilities, "pokemon": forms}), content)
    histograms, sample = store.put(encode_reference(reference)), store.put(content.getvalue())
    return DriftReferenceStored(
        uri=histograms.uri,
        sha256=histograms.sha256,
        sample_uri=sample.uri,
        sample_sha256=sample.sha256,
    )


async def release(
    settings: Settings, version: str, reference: Reference | None, *, assign: bool = False
) -> ModelReleased:
    """Publish a release of the family with this reference, as its champion when `assign`."""
    made = signed(settings, version, None if reference is None else stored_reference(settings, reference))
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, MODEL_RELEASED, made, key=f"{FAMILY}/{version}")
        if assign:
            assigned = ModelAssigned(family=FAMILY, champion=version, assigned_at_ms=0)
            await publish(producer, MODEL_ASSIGNED, assigned, key=FAMILY)
    finally:
        await producer.stop()
    return made


async def send(
    settings: Settings,
    made: Iterable[PredictionMade],
    partition: int | None = None,
    times_ms: Iterable[int] | None = None,
) -> None:
    """Publish the predictions, keyed by request id, to its partition unless one is given.

    `times_ms`: what their producer says of the time of each.
    """
    producer = create_producer(settings)
    await producer.start()
    try:
        await asyncio.gather(
            *(
                producer.send_and_wait(
                    PREDICTIONS_MADE.name,
                    encode(PREDICTIONS_MADE, one),
                    key=one.request_id.encode(),
                    headers=record_headers(PREDICTIONS_MADE, {}),
                    partition=partition,
                    timestamp_ms=time_ms,
                )
                for one, time_ms in zip(made, repeat(None) if times_ms is None else times_ms, strict=False)
            )
        )
    finally:
        await producer.stop()


async def begin_at_the_end(settings: Settings, database: asyncpg.Connection) -> dict[int, int]:
    """Let counting begin at the end of the log; where that is."""
    ends = await log_ends(settings.kafka_bootstrap, PREDICTIONS_MADE)
    await begin_at(database, ends)
    return ends


async def begin_at(database: asyncpg.Connection, starts: dict[int, int]) -> None:
    """Empty the tables of drift and let counting begin at these offsets."""
    await database.execute("truncate drift_offsets, drift_cells, drift_windows, drift_outbox")
    await database.executemany(
        "insert into drift_offsets (topic, partition, covered_offset, running_max_ms) values ($1, $2, $3, 0)",
        [(PREDICTIONS_MADE.name, partition, start) for partition, start in starts.items()],
    )


async def replayed(
    settings: Settings,
    starts: dict[int, int],
    references: dict[str, Reference | None],
    thresholds: Thresholds,
    batch: int = 1_000,
    family: Family | None = None,
) -> list[Window]:
    """The windows of the log from `starts` on, made in memory in pieces of `batch`.

    `references`: by version of `family`, the made-up one by default.
    """
    looking = family or DriftingFamily()
    definition = Definition.of(settings.drift_window_seconds, settings.drift_window_records)
    scorings = scoring_by(
        definition,
        {(looking.name, version): reference for version, reference in references.items()},
        thresholds,
    )
    binnings = {
        one: None if scoring.reference is None else scoring.reference[1] for one, scoring in scorings.items()
    }
    replay = Replay(definition, binnings)
    by_partition: dict[int, list[Event]] = {}
    for record in await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name):
        if record.offset >= starts[record.partition]:
            made = decode(PREDICTIONS_MADE, record.value)
            known = (made.family, made.model_version) in scorings
            row = Observed(made.features, *looking.observe(bytes(made.answer))) if known else None
            event = Event(
                record.offset, record.timestamp, record.key.decode(), made.family, made.model_version, row
            )
            by_partition.setdefault(record.partition, []).append(event)
    for partition, events in by_partition.items():
        for begin in range(0, len(events), batch):
            replay.take(partition, events[begin : begin + batch])
    return replay.windows(scorings.__getitem__, FOR_EVER_MS)


async def shown(database: asyncpg.Connection) -> list[Window]:
    """The last revisions in the database."""
    rows: Sequence[asyncpg.Record] = await database.fetch(
        "select document from drift_windows where not is_withdrawn"
    )
    return [msgspec.json.decode(row["document"], type=Window) for row in rows]
