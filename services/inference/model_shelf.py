"""The loaded models: champion and previous of each family, and what serves, all verified."""

import asyncio

from contracts.models import ModelAssigned, ModelReleased
from services.inference.onnx_session import OnnxModel, fingerprint
from shared.artefacts import ArtefactStore
from shared.errors import Misconfigured, ModelRejected, TransientFailure
from shared.families import Family
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.settings import Settings
from shared.signing import verify_release
from shared.tasks import end_task

RETRY_SECONDS = 5.0
_log = get_logger(__name__)


class ModelShelf:
    """Follows the model topics; swaps without a pause and keeps what serves when anything is wrong."""

    def __init__(self, settings: Settings, families: dict[str, Family]) -> None:
        """Nothing is loaded before `start`."""
        self._settings = settings
        self._families = families
        self._store = ArtefactStore(settings.artifacts)
        self._cache = ArtefactStore(str(settings.model_cache_dir))
        self._reader = ModelReader(settings, on_change=self._wake)
        self._changed = asyncio.Event()
        self._loader: asyncio.Task[None] | None = None
        self._models: dict[tuple[str, str], OnnxModel] = {}
        self._rejected: dict[tuple[str, str], tuple[bytes, str]] = {}
        self._serving: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._is_incomplete = False

    async def start(self) -> None:
        """Read the topics to their end and load what is assigned. Raises KafkaError, TimeoutError."""
        await self._reader.start()
        await self._reader.wait_caught_up(60.0)
        await self._load_assigned()
        self._changed.clear()
        self._loader = asyncio.create_task(self._follow(), name="model loader")

    async def stop(self) -> None:
        """Stop following; loaded models go with the process."""
        if self._loader is not None:
            await end_task(self._loader)
        await self._reader.stop()

    def model_for(self, family: str, version: str, feature_set: str) -> OnnxModel | None:
        """The stamped version, or the serving one when that was rejected or withdrawn.

        The stand-in must read the same feature set; the answer names the version that gave it.
        """
        model = self._models.get((family, version))
        if model is not None:
            return model
        is_rejected = (family, version) in self._rejected
        is_withdrawn = (family, version) not in self._reader.releases
        serving = self._models.get((family, self._serving.get(family, "")))
        if (is_rejected or is_withdrawn) and serving is not None:
            return serving if serving.release.feature_set == feature_set else None
        if not is_withdrawn and self._asked.get(family) != version:
            # Stamped before more than one swap: neither champion nor previous, and still owed an answer.
            self._asked[family] = version
            self._wake()
        return None

    async def check(self) -> str | None:
        """The readiness check: each assigned family has a model that serves."""
        if self._loader is None or self._loader.done():
            return "the model loader is not running"
        assignments = self._own_assignments()
        if not assignments:
            return "no model released yet: `./dex up` trains the first one"
        for family, assigned in assignments.items():
            if family not in self._serving:
                why = self._rejected.get((family, assigned.champion), (b"", "not loaded yet"))[1]
                return f"champion {family}/{assigned.champion}: {why}"
        return None

    def _own_assignments(self) -> dict[str, ModelAssigned]:
        """Of the families that this build serves; the others are not its business."""
        return {
            family: assigned
            for family, assigned in self._reader.assignments.items()
            if family in self._families
        }

    def _wake(self) -> None:
        self._changed.set()

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RETRY_SECONDS if self._is_incomplete else None):
                    await self._changed.wait()
            except TimeoutError:
                _log.info("trying again to load what could not be read")
            self._changed.clear()
            await self._load_assigned()

    async def _load_assigned(self) -> None:
        self._is_incomplete = False
        for family, assigned in self._own_assignments().items():
            named = (assigned.champion, assigned.previous, self._asked.get(family))
            wanted = {version for version in named if version}
            for version in wanted:
                release = self._reader.releases.get((family, version))
                if release is not None:
                    await self._load(release)
            if (family, assigned.champion) in self._models:
                self._serving[family] = assigned.champion
            # The model that serves stays until another one does: a bad release changes nothing.
            kept = wanted | {self._serving.get(family, "")}
            for key in [key for key in self._models if key[0] == family and key[1] not in kept]:
                del self._models[key]

    async def _load(self, release: ModelReleased) -> None:
        key = (release.family, release.version)
        identity = fingerprint(release)
        loaded = self._models.get(key)
        if loaded is not None and fingerprint(loaded.release) == identity:
            return
        if self._rejected.get(key, (b"", ""))[0] == identity:
            return
        try:
            model = await asyncio.to_thread(self._verified, release)
        except (TransientFailure, Misconfigured) as error:
            # Until it can be read, what serves stands in, as for a rejected one.
            self._rejected[key] = (b"", str(error))
            self._is_incomplete = True
            _log.warning(
                "model not loaded yet", family=release.family, version=release.version, why=str(error)
            )
            return
        except ModelRejected as error:
            self._rejected[key] = (identity, str(error))
            _log.error("model rejected", family=release.family, version=release.version, reason=str(error))
            return
        self._models[key] = model
        self._rejected.pop(key, None)
        _log.info("model loaded", family=release.family, version=release.version)

    def _verified(self, release: ModelReleased) -> OnnxModel:
        verify_release(release, self._settings.verify_key_file)
        family = self._families.get(release.family)
        names = family.feature_sets.get(release.feature_set) if family is not None else None
        if names is None or tuple(names) != release.feature_names:
            raise ModelRejected(f"this build lacks feature set {release.feature_set} as it was released")
        if len(release.reference_row) not in (0, len(names)):
            raise ModelRejected(
                f"its reference row has {len(release.reference_row)} values for {len(names)} features"
            )
        try:
            content = self._cache.get(release.artefact_uri, release.sha256)
        except (ModelRejected, TransientFailure):
            content = self._store.get(release.artefact_uri, release.sha256)
            try:
                self._cache.put(content)
            except OSError as error:
                _log.warning("model not kept on disk", version=release.version, why=str(error))
        return OnnxModel(release, content)
