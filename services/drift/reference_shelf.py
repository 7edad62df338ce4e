"""The releases that predictions name: verified, with the binning of their reference in memory."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.models import ModelReleased
from shared.artefacts import ArtefactStore
from shared.drift.binning import Binning
from shared.drift.counting import Release
from shared.drift.reference import decode_reference
from shared.drift.spans import Definition
from shared.drift.verdict import Thresholds
from shared.drift.windows import Scoring
from shared.errors import ModelRejected, TransientFailure
from shared.families import Family
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.settings import Settings
from shared.signing import verify_release

READ_SECONDS: Final = 10.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """A release that windows can be made of. `sha256` and `binning` are None without a reference."""

    family: Family
    sha256: str | None = None
    binning: Binning | None = None


class ReferenceShelf:
    """Reads each release once; what was shelved stays, since a release never changes."""

    def __init__(
        self, settings: Settings, models: ModelReader, store: ArtefactStore, families: Mapping[str, Family]
    ) -> None:
        """`models` is open while the service runs."""
        self._settings = settings
        self._models = models
        self._store = store
        self._families = families
        self._shelved: dict[Release, Shelved] = {}
        self.definition = Definition.of(settings.drift_window_seconds, settings.drift_window_records)
        self.thresholds = Thresholds(
            least_events=settings.drift_least_records,
            warn_share=settings.drift_warn_share,
            alarm_share=settings.drift_alarm_share,
            alarm_windows=settings.drift_alarm_windows,
            clear_windows=settings.drift_clear_windows,
        )

    async def shelve(self, releases: Iterable[Release]) -> Mapping[Release, Shelved | str]:
        """Each release, or in words why it is none.

        A release is on the bus before a prediction names it, so that one which is unknown after the model
        topics were read to their end never was released. Raises TransientFailure while they cannot be
        read, or the reference cannot.
        """
        wanted = set(releases)
        if any(release not in self._models.releases for release in wanted - self._shelved.keys()):
            await self._models.read_to_end(READ_SECONDS)
        return {release: self._shelved.get(release) or await self._read(release) for release in wanted}

    async def scoring(self, release: Release) -> Scoring:
        """How windows of `release` are made. Raises TransientFailure when it cannot be read now."""
        shelved = (await self.shelve([release]))[release]
        if isinstance(shelved, str):
            raise TransientFailure(shelved)
        reference = None
        if shelved.binning is not None and shelved.sha256 is not None:
            reference = (shelved.sha256, shelved.binning)
        return Scoring(self.definition, *release, reference, self.thresholds)

    def is_champion(self, release: Release) -> bool:
        """Whether its family answers with it now."""
        assigned = self._models.assignments.get(release[0])
        return assigned is not None and assigned.champion == release[1]

    def released(self, release: Release) -> ModelReleased | None:
        """The signed event, of a release that was shelved before."""
        return self._models.releases.get(release) if release in self._shelved else None

    async def _read(self, release: Release) -> Shelved | str:
        found = self._models.releases.get(release)
        name = "/".join(release)
        if found is None:
            return f"release {name} is not on the bus: publish it, then redrive"
        family = self._families.get(found.family)
        if family is None:
            return f"family {found.family!r} is not one of: {', '.join(self._families)}"
        try:
            verify_release(found, self._settings.verify_key_file)
        except ModelRejected as error:
            return str(error)
        shelved = await asyncio.to_thread(self._open, found, family)
        self._shelved[release] = shelved
        _log.info("release shelved", release=name, reference=shelved.sha256)
        return shelved

    def _open(self, release: ModelReleased, family: Family) -> Shelved:
        stored = release.drift_reference
        if stored is None:
            return Shelved(family)
        try:
            reference = decode_reference(self._store.get(stored.uri, stored.sha256))
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
