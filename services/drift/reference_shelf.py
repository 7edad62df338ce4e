"""The releases that predictions name: verified, with the binning of their reference in memory."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from contracts.models import ModelReleased
from shared.artefacts import ArtefactStore
from shared.drift.counting import Release
from shared.drift.shelved import Shelved, thresholds_of, verify_and_shelve
from shared.drift.spans import Definition
from shared.drift.windows import Scoring
from shared.errors import TransientFailure
from shared.families import Family
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.settings import Settings

READ_SECONDS: Final = 10.0
_log = get_logger(__name__)


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
        self.thresholds = thresholds_of(settings)

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
        return Scoring(self.definition, *release, shelved.reference, self.thresholds)

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
        shelved = await asyncio.to_thread(
            verify_and_shelve,
            found,
            self._families.get(found.family),
            self._store,
            self._settings.verify_key_file,
        )
        if isinstance(shelved, Shelved):
            self._shelved[release] = shelved
            _log.info("release shelved", release=name, reference=shelved.sha256)
        return shelved
