"""The channel table: every topic of the system, declared once.

Topic creation, the README table, the AsyncAPI document and the schema snapshot are derived from
`CHANNELS`. A name ends in its version; a breaking change to a message is a new channel beside the
old one.
"""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.access import AccessGranted
from contracts.audit import AuditEvent
from contracts.battle import BattleRequested
from contracts.drift import DriftReportRequested, DriftWindowClosed
from contracts.models import (
    ModelAssigned,
    ModelReleased,
    TrainingCompleted,
    TrainingProgressed,
    TrainingRequested,
)
from contracts.pokedex import (
    MoveRecord,
    PokedexIngested,
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
    PokemonRecord,
    TypeRecord,
)
from contracts.serving import FeaturesComputed, OutcomeReported, Predicted, PredictionMade, Refused

Encoding = Literal["json", "msgpack"]
CleanupPolicy = Literal["delete", "compact"]

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
FOREVER: Final = -1
LARGEST_LETTER_BYTES: Final = 1_000_000
"""What a client sends at most unless it is told otherwise is a little more, with its headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One topic. `messages` are the types its body may have (several: a tagged union).

    `maximum_bytes` bounds a record's value on both sides of the broker. `dead_letters` says that
    the channel is consumed with work, so that a twin `….dlq` exists; the broker then takes up to
    `accepted_bytes`, so that what is too large is refused by name and kept.
    """

    name: str
    summary: str
    messages: tuple[type, ...]
    key: str
    partitions: int
    retention_ms: int
    cleanup: CleanupPolicy = "delete"
    encoding: Encoding = "json"
    maximum_bytes: int = 65_536
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    dead_letters: bool = False

    @property
    def dead_letter_name(self) -> str:
        """Name of the dead-letter twin. Raises ValueError when the channel has none."""
        if not self.dead_letters:
            raise ValueError(f"{self.name} has no dead-letter topic")
        return f"{self.name}.dlq"

    @property
    def accepted_bytes(self) -> int:
        """The largest value that the broker takes."""
        return max(self.maximum_bytes, LARGEST_LETTER_BYTES) if self.dead_letters else self.maximum_bytes

    @property
    def schema_version(self) -> str:
        """The version in the name, `1` for `….v1`; the `schema_version` header must equal it."""
        return self.name.rsplit(".v", 1)[1]


BATTLE_REQUESTED: Final = Channel(
    name="battle.requested.v1",
    summary="A player asks who wins and which move to play.",
    messages=(BattleRequested,),
    key="request id",
    partitions=4,
    retention_ms=7 * DAY_MS,
    producers=("gateway", "ui", "cli", "any"),
    consumers=("feature",),
    dead_letters=True,
)
FEATURES_COMPUTED: Final = Channel(
    name="features.computed.v1",
    summary="Feature rows of one request, stamped with the model version that is to answer.",
    messages=(FeaturesComputed,),
    key="request id",
    partitions=4,
    retention_ms=DAY_MS,
    encoding="msgpack",
    maximum_bytes=1_048_576,
    producers=("feature",),
    consumers=("inference",),
    dead_letters=True,
)
REQUEST_ANSWERED: Final = Channel(
    name="request.answered.v1",
    summary="Replies; each requester assigns itself one partition and knows its own by correlation id.",
    messages=(Predicted, Refused),
    key="request id",
    partitions=12,
    retention_ms=10 * MINUTE_MS,
    maximum_bytes=262_144,
    producers=("feature", "inference"),
    consumers=("gateway", "ui", "cli"),
)
PREDICTIONS_MADE: Final = Channel(
    name="predictions.made.v1",
    summary="The fact that a request was answered: request, versions, answer, decisive features.",
    messages=(PredictionMade,),
    key="request id",
    partitions=4,
    retention_ms=7 * DAY_MS,
    maximum_bytes=262_144,
    producers=("inference",),
    consumers=("recorder", "drift", "gateway"),
    dead_letters=True,
)
OUTCOMES_REPORTED: Final = Channel(
    name="outcomes.reported.v1",
    summary="What came of a request in truth, as whoever asked reports it.",
    messages=(OutcomeReported,),
    key="request id",
    partitions=4,
    retention_ms=7 * DAY_MS,
    producers=("gateway",),
    consumers=("recorder",),
    dead_letters=True,
)
DRIFT_WINDOWS: Final = Channel(
    name="drift.windows.v1",
    summary="A window of predictions was closed, or changed: how far it drifts from the reference.",
    messages=(DriftWindowClosed,),
    key="window id",
    partitions=1,
    retention_ms=30 * DAY_MS,
    producers=("drift",),
    consumers=(),
)
DRIFT_REPORT_REQUESTED: Final = Channel(
    name="drift.report.requested.v1",
    summary="Make the full report of a window; an alarm makes its own.",
    messages=(DriftReportRequested,),
    key="window id",
    partitions=1,
    retention_ms=7 * DAY_MS,
    producers=("cli",),
    consumers=("drift",),
    dead_letters=True,
)
POKEDEX_POKEMON: Final = Channel(
    name="pokedex.pokemon.v1",
    summary="A Pokémon: a species in a form, with stats, types and learnset.",
    messages=(PokemonRecord,),
    key="slug",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("ingest",),
    consumers=("feature", "training", "gateway", "ui", "cli"),
)
POKEDEX_MOVE: Final = Channel(
    name="pokedex.move.v1",
    summary="A learnable move and its effects.",
    messages=(MoveRecord,),
    key="slug",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("ingest",),
    consumers=("feature", "training", "gateway", "ui", "cli"),
)
POKEDEX_TYPE: Final = Channel(
    name="pokedex.type.v1",
    summary="A type and its effectiveness against the others.",
    messages=(TypeRecord,),
    key="slug",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("ingest",),
    consumers=("feature", "training", "gateway", "ui", "cli"),
)
POKEDEX_INGESTED: Final = Channel(
    name="pokedex.ingested.v1",
    summary="A run of ingest is complete: its counts and the hash of all its records.",
    messages=(PokedexIngested,),
    key="pokedex",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("ingest",),
    consumers=("feature", "training", "gateway", "ui", "cli"),
)
POKEDEX_REFRESH_REQUESTED: Final = Channel(
    name="pokedex.refresh.requested.v1",
    summary="Run an ingest from one of the sources.",
    messages=(PokedexRefreshRequested,),
    key="refresh id",
    partitions=1,
    retention_ms=7 * DAY_MS,
    producers=("cli", "ui"),
    consumers=("ingest",),
    dead_letters=True,
)
POKEDEX_REFRESH_PROGRESSED: Final = Channel(
    name="pokedex.refresh.progressed.v1",
    summary="How far an ingest is.",
    messages=(PokedexRefreshProgressed,),
    key="refresh id",
    partitions=1,
    retention_ms=DAY_MS,
    producers=("ingest",),
    consumers=("cli", "ui"),
)
POKEDEX_REFRESH_COMPLETED: Final = Channel(
    name="pokedex.refresh.completed.v1",
    summary="An ingest ended: published, unchanged or failed, with its counts and disagreements.",
    messages=(PokedexRefreshCompleted,),
    key="refresh id",
    partitions=1,
    retention_ms=7 * DAY_MS,
    maximum_bytes=262_144,
    producers=("ingest",),
    consumers=("ingest", "cli", "ui"),
)
MODEL_RELEASED: Final = Channel(
    name="model.released.v1",
    summary="An immutable, signed model release.",
    messages=(ModelReleased,),
    key="family/version",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    maximum_bytes=262_144,
    producers=("training",),
    consumers=("feature", "inference", "drift", "gateway", "ui", "cli"),
)
MODEL_ASSIGNED: Final = Channel(
    name="model.assigned.v1",
    summary="Which release is a family's champion.",
    messages=(ModelAssigned,),
    key="family",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("training",),
    consumers=("feature", "inference", "drift", "training", "gateway", "ui", "cli"),
)
TRAINING_REQUESTED: Final = Channel(
    name="training.requested.v1",
    summary="Train and release a model of a family.",
    messages=(TrainingRequested,),
    key="training id",
    partitions=1,
    retention_ms=7 * DAY_MS,
    producers=("cli", "drift"),
    consumers=("training",),
    dead_letters=True,
)
TRAINING_PROGRESSED: Final = Channel(
    name="training.progressed.v1",
    summary="How far a training is.",
    messages=(TrainingProgressed,),
    key="training id",
    partitions=1,
    retention_ms=DAY_MS,
    producers=("training",),
    consumers=("cli",),
)
TRAINING_COMPLETED: Final = Channel(
    name="training.completed.v1",
    summary="A training ended: released, skipped or failed.",
    messages=(TrainingCompleted,),
    key="training id",
    partitions=1,
    retention_ms=7 * DAY_MS,
    producers=("training",),
    consumers=("cli",),
)
ACCESS_GRANTED: Final = Channel(
    name="access.granted.v1",
    summary="An API key of the REST API: its hash, scopes and end. A revocation is its last record.",
    messages=(AccessGranted,),
    key="key id",
    partitions=1,
    retention_ms=FOREVER,
    cleanup="compact",
    producers=("cli",),
    consumers=("gateway", "cli"),
)
AUDIT_EVENTS: Final = Channel(
    name="audit.events.v1",
    summary="Who did what to the system, when and from where; only ever appended to.",
    messages=(AuditEvent,),
    key="subject",
    partitions=1,
    retention_ms=FOREVER,
    producers=("cli", "feature", "inference", "recorder", "drift", "ingest", "training"),
    consumers=("cli",),
)

CHANNELS: Final[tuple[Channel, ...]] = (
    BATTLE_REQUESTED,
    FEATURES_COMPUTED,
    REQUEST_ANSWERED,
    PREDICTIONS_MADE,
    OUTCOMES_REPORTED,
    DRIFT_WINDOWS,
    DRIFT_REPORT_REQUESTED,
    POKEDEX_POKEMON,
    POKEDEX_MOVE,
    POKEDEX_TYPE,
    POKEDEX_INGESTED,
    POKEDEX_REFRESH_REQUESTED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_COMPLETED,
    MODEL_RELEASED,
    MODEL_ASSIGNED,
    TRAINING_REQUESTED,
    TRAINING_PROGRESSED,
    TRAINING_COMPLETED,
    ACCESS_GRANTED,
    AUDIT_EVENTS,
)
"""Order is that of the README table: the request path, then what it stands on."""

DEAD_LETTER_RETENTION_MS: Final = 30 * DAY_MS


def topic_names() -> tuple[str, ...]:
    """Names of all topics, dead-letter twins included."""
    twins = tuple(channel.dead_letter_name for channel in CHANNELS if channel.dead_letters)
    return tuple(channel.name for channel in CHANNELS) + twins
