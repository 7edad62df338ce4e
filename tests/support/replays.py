"""A log in memory that a replay reads, and a replay of it in one process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from contracts.models import DriftReferenceStored, ModelReleased
from services.cli.replay.bounds import Bound, Plan
from services.cli.replay.counting import count_partition, open_counter, shelve, write_plan
from services.cli.replay.planning import make_plan
from services.cli.replay.running import Outcome, finish
from services.cli.replay.sources import Extent, Found
from services.cli.replay.windows import Made
from shared.artefacts import ArtefactStore
from shared.drift.reference import Reference, encode_reference
from shared.drift.spans import Definition
from shared.settings import Settings
from tests.support.drift_family import FAMILY, DriftingFamily, signed

KNOWN = {FAMILY: DriftingFamily()}


class ListSource:
    """Partitions as lists; `first_at` as Kafka answers it. What `kept_from` leaves out is deleted."""

    def __init__(
        self, log: Mapping[int, Sequence[Found]], *, is_all: bool = True, kept_from: int = 0
    ) -> None:
        self.log = {
            partition: [one for one in found if one.offset >= kept_from] for partition, found in log.items()
        }
        self._is_all, self._kept_from = is_all, kept_from

    async def extents(self) -> dict[int, Extent]:
        return {
            partition: Extent(self._kept_from, found[-1].offset + 1 if found else 0, self._is_all)
            for partition, found in self.log.items()
        }

    async def first_at(self, partition: int, time_ms: int) -> int | None:
        return next((one.offset for one in self.log[partition] if one.timestamp_ms >= time_ms), None)

    async def time_of(self, partition: int, offset: int) -> int | None:
        return next((one.timestamp_ms for one in self.log[partition] if one.offset >= offset), None)

    async def read(self, partition: int, start: int, end: int, batch: int) -> AsyncIterator[Sequence[Found]]:
        found = [one for one in self.log[partition] if start <= one.offset < end]
        for begin in range(0, len(found), batch):
            yield found[begin : begin + batch]


def releases_of(settings: Settings, references: Mapping[str, Reference | None]) -> list[ModelReleased]:
    """Signed releases of the made-up family, with their references in the store."""
    made = []
    for version, reference in references.items():
        stored = None
        if reference is not None:
            artefact = ArtefactStore(settings.artifacts).put(encode_reference(reference))
            stored = DriftReferenceStored(
                uri=artefact.uri, sha256=artefact.sha256, sample_uri="", sample_sha256=""
            )
        made.append(signed(settings, version, stored))
    return made


class Replaying:
    """A replay in a folder, of a log in memory, without processes."""

    def __init__(self, settings: Settings, folder: Path, releases: Sequence[ModelReleased]) -> None:
        self.settings, self.folder, self._releases = settings, folder, releases
        folder.mkdir()

    async def plan(
        self,
        source: ListSource,
        definition: Definition,
        begin: Bound | None = None,
        end: Bound | None = None,
        reference: ModelReleased | None = None,
    ) -> Plan:
        """Make the plan and keep it."""
        plan = await make_plan(source, "kafka", definition, begin, end, self._releases, reference)
        write_plan(self.folder, plan)
        return plan

    async def count(self, source: ListSource, plan: Plan, batch: int) -> None:
        """All partitions, from their checkpoints."""
        shelved = shelve(plan, self.settings, KNOWN)
        for part in plan.parts:
            with open_counter(plan, part, shelved, self.folder) as counter:
                await count_partition(source, counter, part, batch)

    async def die_after(self, source: ListSource, plan: Plan, batches: int, batch: int) -> None:
        """Count so many batches of each partition, checkpoint, count one more, and be killed."""
        shelved = shelve(plan, self.settings, KNOWN)
        for part in plan.parts:
            with open_counter(plan, part, shelved, self.folder) as counter:
                covered, number = counter.state.covered_offset, 0
                async for found in source.read(part.partition, counter.state.refill_offset, covered, 10**6):
                    counter.refill(found)
                async for found in source.read(part.partition, covered, part.end, batch):
                    counter.take(found)
                    number += 1
                    if number == batches:
                        counter.save()
                    elif number > batches:
                        break

    def windows(self) -> tuple[Outcome, list[Made]]:
        """What came of it."""
        outcome, made = Outcome(), list[Made]()
        finish(self.folder, self.settings, KNOWN, outcome, made.append)
        return outcome, made
