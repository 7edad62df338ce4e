"""What a finished training becomes: a version, a release, an assignment. Pure."""

from datetime import UTC, datetime

from contracts.models import ModelAssigned, ModelReleased
from services.training.reports import Trained
from shared.artefacts import Artefact


def version_name(finished_at: datetime, sha256: str) -> str:
    """A version that sorts by time and names its content: `20261121-061000-1a2b3c4d`."""
    return f"{finished_at.astimezone(UTC):%Y%m%d-%H%M%S}-{sha256[:8]}"


def make_release(
    family: str, result: Trained, artefact: Artefact, pokedex_hash: str, finished_at: datetime
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
    )


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
