"""The releases that predictions name: verified, with the binning of their reference in memory."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from contracts.channels import MODEL_RELEASED
from contracts.models import ModelReleased
from shared.artefacts import ArtefactStore
from shared.delivery.policy import Waiting
from shared.drift.counting import Release
from shared.drift.shelved import Shelved, thresholds_of, verify_and_shelve
from shared.drift.spans import Definition
from shared.drift.windows import Scoring
from shared.errors import TransientFailure
from shared.families import Family
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.settings import Settings

READ_SECONDS: Final = 2.0
"""Others wait as long at the first prediction of a release that is not read yet."""
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
        self._missed: set[Release] = set()
        self._skipped = frozenset(settings.drift_skip_releases.replace(" ", "").split(","))
        self.definition = Definition.of(settings.drift_window_seconds, settings.drift_window_records)
        self.thresholds = thresholds_of(settings)

    async def shelve(self, releases: Iterable[Release]) -> Mapping[Release, Shelved | Waiting | str]:
        """Each release, Waiting while it is not read, or in words why it is none.

        Raises TransientFailure when its reference cannot be read.
        """
        wanted = set(releases)
        missed = wanted - self._shelved.keys() - self._models.releases.keys()
        if missed - self._missed:
            # a release is on the bus before a prediction names it: what is late is our reading of it
            with suppress(TransientFailure):
                await self._models.read_to_end(READ_SECONDS)
        self._missed = (self._missed | missed) - self._models.releases.keys()
        return {release: self._shelved.get(release) or await self._read(release) for release in wanted}

    async def scoring(self, release: Release) -> Scoring:
        """How windows of `release` are made. Raises TransientFailure when it cannot be read now."""
        shelved = (await self.shelve([release]))[release]
        if isinstance(shelved, Waiting):
            raise TransientFailure(shelved.reason)
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

    def skips(self, release: Release) -> bool:
        """Whether the operator gave up a release that is not on the bus."""
        return release not in self._models.releases and "/".join(release) in self._skipped

    async def _read(self, release: Release) -> Shelved | Waiting | str:
        found = self._models.releases.get(release)
        name = "/".join(release)
        if self.skips(release):
            return f"release {name} is in PDX_DRIFT_SKIP_RELEASES"
        if found is None:
            return Waiting(
                f"release {name} is not on the bus: counting waits until it is read from "
                f"{MODEL_RELEASED.name}. If it never comes, set PDX_DRIFT_SKIP_RELEASES={name} and "
                "`./dex restart drift`"
            )
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
