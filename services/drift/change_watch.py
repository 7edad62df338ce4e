"""Asks ADWIN once a second about what was counted since, and writes down the changes that it sees.

Beside the windows, never in them: what it holds is lost with the process and begins anew, what comes
faster than it takes is left out, and counting does not wait for it.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.drift.brief import be_brief
from shared.database.drift_changes import StoredChange, write_changes
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.drift.counting import Counted, Release
from shared.drift.shelved import Shelved
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.metrics import DriftMetrics

if TYPE_CHECKING:
    from services.drift.adwin import ReleaseSignals

MOST_WAITING: Final = 20_000
"""Predictions between two looks, of all releases; looked at within some hundredths of a second."""
MOST_RELEASES: Final = 32
"""Watched at once: the one that was not seen for longest gives way."""
MOST_UNWRITTEN: Final = 1_000
"""Changes that wait while the database is away, the newest."""
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    release: Release
    partition: int
    shelved: Shelved
    counted: Counted


class ChangeWatch:
    """What one process sees of each release, all its partitions together."""

    def __init__(self, database: Database, metrics: DriftMetrics, delta: float) -> None:
        """`database` is open while the service runs. `delta`: see `Detector`; 0: nothing is watched."""
        self._database = database
        self._metrics = metrics
        self._delta = delta
        self._waiting: list[_Waiting] = []
        self._records = 0
        self._signals: OrderedDict[Release, ReleaseSignals] = OrderedDict()
        self._unwritten: deque[StoredChange] = deque(maxlen=MOST_UNWRITTEN)

    def take(
        self, counted: Mapping[int, Mapping[Release, Counted]], shelved: Mapping[Release, Shelved]
    ) -> None:
        """Predictions that were just counted, by partition and release; does no work yet.

        `shelved` has each of their releases.
        """
        if not self._delta:
            return
        for partition, of_partition in counted.items():
            for release, found in of_partition.items():
                count = len(found.offsets)
                if self._records + count > MOST_WAITING:
                    self._metrics.unwatched.inc(count)
                    continue
                self._records += count
                self._waiting.append(_Waiting(release, partition, shelved[release], found))

    async def look(self) -> None:
        """Look at what was taken, in a thread, and write what changed; what fails holds nothing up."""
        waiting, self._waiting, self._records = self._waiting, [], 0
        try:
            if waiting:
                for change in await asyncio.to_thread(self._look, waiting):
                    self._tell(change)
                    self._unwritten.append(change)
            if self._unwritten:
                await self._write()
        except TransientFailure as error:
            _log.warning("changes of signals wait", error=str(error))
        except Exception:  # noqa: BLE001 - an opinion: windows and readiness do without
            _log.exception("signals are not watched")

    async def _write(self) -> None:
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await be_brief(connection)
                await write_changes(connection, list(self._unwritten))
        self._unwritten.clear()

    def _look(self, waiting: list[_Waiting]) -> list[StoredChange]:
        # River brings scipy.stats, seconds of processor time: at the first predictions, not at the start
        from services.drift.adwin import ReleaseSignals

        found = []
        for one in waiting:
            signals = self._signals.pop(one.release, None) or ReleaseSignals(one.shelved, self._delta)
            self._signals[one.release] = signals
            if len(self._signals) > MOST_RELEASES:
                self._signals.popitem(last=False)
            for name, shift in signals.look(one.counted):
                found.append(
                    StoredChange(
                        family=one.release[0],
                        model_version=one.release[1],
                        at_ms=one.counted.keys[shift.position].start_ms,
                        source_partition=one.partition,
                        source_offset=one.counted.offsets[shift.position],
                        signal=name,
                        before=shift.before,
                        after=shift.after,
                        recent=shift.recent,
                    )
                )
        return found

    def _tell(self, change: StoredChange) -> None:
        self._metrics.changes.labels(change.family, change.signal).inc()
        _log.info(
            "signal changed",
            release=f"{change.family}/{change.model_version}",
            signal=change.signal,
            before=round(change.before, 4),
            after=round(change.after, 4),
            recent=change.recent,
            partition=change.source_partition,
            offset=change.source_offset,
        )
