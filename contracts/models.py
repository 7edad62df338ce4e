"""Models as signed events: what was released, and which release a family serves."""

from typing import Literal

import msgspec


class Calibration(msgspec.Struct, frozen=True):
    """How sure an answer is, measured on held-out duels.

    `interval_half_width` is looked up by predicted probability: `bin_edges` (n+1 values over
    0..1) and one half width per bin, chosen so that nine true win rates in ten lie within p ± half
    width; `coverage` is the share that did on duels they were not chosen on. `sure_above` and
    `likely_above`: thresholds on max(p, 1 − p).
    """

    coverage: float
    bin_edges: tuple[float, ...]
    interval_half_width: tuple[float, ...]
    sure_above: float
    likely_above: float


class DriftReferenceStored(msgspec.Struct, frozen=True, kw_only=True):
    """Where a release's drift reference lies in the artefact store: two files, each named by its sha256.

    `uri`: histograms, which windows are counted by; `sample_uri`: Parquet rows, for reports.
    """

    uri: str
    sha256: str
    sample_uri: str
    sample_sha256: str


class ModelReleased(msgspec.Struct, frozen=True, kw_only=True):
    """An immutable release. Key: `family/version`.

    `signature` is Ed25519, base64, over `signed_payload(release)`: every other field in canonical
    JSON, so that feature set, calibration and metrics cannot be swapped under a valid artefact.
    `reference_row` is what explanations compare with: one value per feature, of a typical duel;
    empty when the release names none. `drift_reference`: what its windows are compared with.
    """

    family: str
    version: str
    artefact_uri: str
    sha256: str
    size_bytes: int
    feature_set: str
    feature_names: tuple[str, ...]
    calibration: Calibration
    metrics: dict[str, float]
    dataset_hash: str
    pokedex_hash: str
    released_at_ms: int
    signature: str = ""
    reference_row: tuple[float, ...] = ()
    drift_reference: DriftReferenceStored | None = None


def signed_payload(release: ModelReleased) -> bytes:
    """The bytes that the signature covers: canonical JSON of the release without its signature.

    Fields that came later are left out while they are empty, so that older signatures hold.
    """
    unsigned = msgspec.to_builtins(msgspec.structs.replace(release, signature=""))
    if not release.reference_row:
        del unsigned["reference_row"]
    if release.drift_reference is None:
        del unsigned["drift_reference"]
    return msgspec.json.encode(unsigned, order="sorted")


class ModelAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions a family serves. Key: family. The last record wins; a rollback is one record."""

    family: str
    champion: str
    previous: str | None = None
    assigned_at_ms: int
    reason: str = ""


TrainingTrigger = Literal["first-start", "request"]
TrainingSize = Literal["first", "full"]
TrainingEnd = Literal["dataset", "release"]


class TrainingRequested(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Train and release a model of this family. Key: a training id chosen by the caller.

    `assign`: make it champion when it is better than the champion on the same held-out data, or when
    there is none. `size`: "first" is what a first start waits for. `jobs`: workers; 0: as many as
    cores and free memory carry. `until` "dataset": build the dataset and stop. `trials`: trials of a
    search for parameters; `grid`: try the fixed combinations instead. `fresh`: play every match-up
    again, and take no label from an earlier run.
    """

    family: str
    trigger: TrainingTrigger = "request"
    seed: int = 20260
    assign: bool = True
    size: TrainingSize = "full"
    jobs: int = 0
    until: TrainingEnd = "release"
    trials: int = 0
    grid: bool = False
    fresh: bool = False


class TrainingProgressed(msgspec.Struct, frozen=True, kw_only=True):
    """How far a training is. Key: the training id. `fraction` is of the whole, 0 to 1."""

    training_id: str
    family: str
    step: str
    fraction: float
    detail: str = ""


class TrainingStep(msgspec.Struct, frozen=True, kw_only=True):
    """What a step of a training cost. `peak_memory_mb`: resident, all its processes together."""

    name: str
    seconds: float
    peak_memory_mb: float


class TrainingCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A training ended. Key: the training id.

    `skipped`: nothing was to be released, since a champion was already there at first start, or since
    only the dataset was asked for; `message` then says what stands. `workers`: how many, and why in
    words.
    """

    training_id: str
    family: str
    outcome: Literal["released", "skipped", "failed"]
    version: str | None = None
    metrics: dict[str, float] = {}
    seconds: float = 0.0
    message: str = ""
    workers: str = ""
    steps: tuple[TrainingStep, ...] = ()
