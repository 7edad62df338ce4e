"""What a finished training becomes: a version, a release, an assignment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.models import DriftReferenceStored, ModelAssigned, ModelReleased
from contracts.pokedex import PokedexIngested
from services.training.reports import Built, Trained
from shared.artefacts import Artefact


def unusable(ingested: PokedexIngested | None) -> str | None:
    """Why nothing may be trained on the Pokédex that `ingested` announced; None when it may."""
    if ingested is None:
        return "there is no complete Pokédex yet: is ingest running? See `./dex status`"
    if not ingested.passed_gate:
        return (
            f"the Pokédex of run {ingested.run_id} ({ingested.source}) did not pass the quality gate: "
            "run `./dex ingest` and train again"
        )
    return None


def dataset_words(built: Built) -> str:
    """What a built dataset is told by: how much, its hash, whether that is as before, where it lies."""
    words = f"{built.match_ups:,} match-ups, hash {built.dataset_hash}"
    if built.earlier_hash == built.dataset_hash:
        words += ", as built before"
    elif built.earlier_hash:
        words += f"; built before with another hash, {built.earlier_hash}"
    return f"{words}\nrows and card: {built.folder}" if built.folder else words


def version_name(finished_at: datetime, sha256: str) -> str:
    """A version that sorts by time and names its content: `20261121-061000-1a2b3c4d`."""
    return f"{finished_at.astimezone(UTC):%Y%m%d-%H%M%S}-{sha256[:8]}"


def make_release(
    family: str,
    result: Trained,
    artefact: Artefact,
    pokedex_hash: str,
    finished_at: datetime,
    drift_reference: DriftReferenceStored | None = None,
) -> ModelReleased:
    """The unsigned release of `result`."""
    return ModelReleased(
        family=family,
        version=version_name(finished_at, artefact.sha256),
        artefact_uri=artefact.uri,
        sha256=artefact.sha256,
        size_bytes=artefact.size_bytes,
        feature_set=result.feature_set,
        feature_names=result.feature_names,
        calibration=result.calibration,
        metrics=result.metrics,
        dataset_hash=result.dataset_hash,
        pokedex_hash=pokedex_hash,
        released_at_ms=int(finished_at.timestamp() * 1000),
        reference_row=result.reference_row,
        drift_reference=drift_reference,
    )


@dataclass(frozen=True, slots=True)
class Rival:
    """The champion when a training began; `unread`: why its file could not be had, if it could not."""

    version: str
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Promotion:
    """Whether a release becomes champion, and why in words."""

    is_won: bool
    reason: str


def decide_promotion(
    metrics: Mapping[str, float], rival: Rival | None, current: str | None, trigger: str
) -> Promotion:
    """A release wins against none, against a champion that is lost, damaged or of another build, or by its
    mean error in validation.

    `rival` is the champion that it was judged beside, `current` the champion now. One that was not
    judged, since its file was away or it became champion meanwhile, stays.
    """
    if current is None:
        return Promotion(True, f"{trigger}: no champion before")
    if rival is None or current != rival.version:
        return Promotion(
            False, f"{trigger}: {current} became champion meanwhile, beside which it was not judged"
        )
    if rival.unread:
        return Promotion(False, f"{trigger}: the champion {current} could not be judged: {rival.unread}")
    theirs = metrics.get("champion_validation_mean_error")
    if theirs is None:
        return Promotion(True, f"{trigger}: the champion {current} is lost, damaged or of another build")
    ours, rows = metrics["validation_mean_error"], int(metrics["validation_rows"])
    words = (
        f"mean error {ours:.5f} against {theirs:.5f} of {current} on the same {rows:,} duels of validation"
    )
    return Promotion(ours < theirs, f"{trigger}: {words}")


def make_assignment(
    release: ModelReleased, current: ModelAssigned | None, finished_at: datetime, reason: str
) -> ModelAssigned:
    """`release` as champion; the champion until now becomes previous."""
    return ModelAssigned(
        family=release.family,
        champion=release.version,
        previous=current.champion if current is not None else None,
        assigned_at_ms=int(finished_at.timestamp() * 1000),
        reason=reason,
    )
