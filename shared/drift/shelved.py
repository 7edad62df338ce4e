"""A release as windows are made of it: its family, and the binning of its reference."""

from dataclasses import dataclass
from pathlib import Path

from contracts.models import ModelReleased
from contracts.serving import PredictionMade
from shared.artefacts import ArtefactStore
from shared.drift.binning import Binning, Observed
from shared.drift.reference import decode_reference
from shared.drift.verdict import Thresholds
from shared.errors import ModelRejected, TransientFailure
from shared.families import Family
from shared.settings import Settings
from shared.signing import verify_release


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """A release that windows can be made of. `sha256` and `binning` are None without a reference."""

    family: Family
    sha256: str | None = None
    binning: Binning | None = None

    @property
    def reference(self) -> tuple[str, Binning] | None:
        """Its sha256 and binning, None without."""
        return None if self.sha256 is None or self.binning is None else (self.sha256, self.binning)


def verify_and_shelve(
    release: ModelReleased, family: Family | None, store: ArtefactStore, verify_key_file: Path
) -> Shelved | str:
    """The release, or in words why none can be made of it. Blocks.

    Raises TransientFailure when its reference cannot be read.
    """
    if family is None:
        return f"family {release.family!r} is not one of this build"
    try:
        verify_release(release, verify_key_file)
    except ModelRejected as error:
        return str(error)
    stored = release.drift_reference
    if stored is None:
        return Shelved(family)
    try:
        reference = decode_reference(store.get(stored.uri, stored.sha256))
    except (ModelRejected, ValueError) as error:
        raise TransientFailure(
            f"drift reference of {release.family}/{release.version}: {error}. Restore the file; counting "
            "waits for it"
        ) from error
    names = [
        tuple(column.name for column in columns)
        for columns in (reference.features, reference.scores, reference.categories)
    ]
    if names != [release.feature_names, family.observed_scores, family.observed_categories]:
        raise TransientFailure(
            f"drift reference of {release.family}/{release.version} has other columns than this build: "
            "start the build that made it, or train again"
        )
    return Shelved(family, stored.sha256, Binning(reference))


def observe(made: PredictionMade, shelved: Shelved | str) -> Observed | str:
    """What drift looks at in a prediction, or in words why it cannot be counted."""
    if isinstance(shelved, str):
        return shelved
    try:
        observed = Observed(made.features, *shelved.family.observe(bytes(made.answer)))
    except ValueError as error:
        return str(error)
    refusal = None if shelved.binning is None else shelved.binning.refusal(observed)
    return observed if refusal is None else refusal


def thresholds_of(settings: Settings) -> Thresholds:
    """What the settings call drifting."""
    return Thresholds(
        least_events=settings.drift_least_records,
        warn_share=settings.drift_warn_share,
        alarm_share=settings.drift_alarm_share,
        alarm_windows=settings.drift_alarm_windows,
        clear_windows=settings.drift_clear_windows,
    )
