"""Row 8 times its recovery from the mend, whatever its callers still wait for."""

import asyncio
import random
import time
from typing import Any

from tests.faults.rows.networks import under_load


class Callers:
    """Stands in for `Asker`: predictions come, and those who wait take a while to end."""

    def __init__(self) -> None:
        self.predicted = 0
        self.patience: list[float] = []

    async def load_mixed(self, end: asyncio.Event, *, hasty_s: float, patient_s: float) -> None:
        self.patience += [hasty_s, patient_s]
        while not end.is_set():
            self.predicted += 10
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.3)


class ShortRun:
    """What row 8 asks of a run."""

    draw = random.Random(1)

    def scaled(self, short: float, real: float) -> float:
        return short


async def test_recovery_is_timed_from_the_mend() -> None:
    run: Any = ShortRun()
    callers: Any = Callers()
    mends: list[float] = []

    async def fault() -> float:
        mends.append(time.monotonic())
        return mends[0]

    mended = await under_load(run, callers, fault, timeout_s=2)
    assert mended == mends[0]
    assert time.monotonic() - mended >= 0.3, "the callers were waited for"
    hasty, patient = callers.patience
    assert hasty < 15 < patient, "nobody outwaits the time to recover"
