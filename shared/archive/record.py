"""A record of `predictions.made` as the archive keeps it. No Parquet here: what only buffers needs none."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from contracts.serving import PredictionMade
from shared.errors import PoisonMessage

FLOAT32_BYTES: Final = 4
_FAMILY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """A record as it lay on the topic. `timestamp_ms` is broker time, epoch milliseconds."""

    partition: int
    offset: int
    timestamp_ms: int
    made: PredictionMade

    @property
    def day(self) -> date:
        """The day of broker time, UTC."""
        return datetime.fromtimestamp(self.timestamp_ms / 1_000, UTC).date()

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory beside its fixed parts."""
        return len(self.made.request) + len(self.made.answer) + len(self.made.features)

    def check(self) -> None:
        """Raise PoisonMessage when no row can be made of it."""
        if not _FAMILY.fullmatch(self.made.family):
            raise PoisonMessage(f"family {self.made.family[:80]!r} is no name of a family")
        if len(self.made.features) % FLOAT32_BYTES:
            raise PoisonMessage(f"features of {len(self.made.features)} bytes are no float32 values")
        for name in ("request", "answer"):
            try:
                bytes(getattr(self.made, name)).decode()
            except UnicodeDecodeError as error:
                raise PoisonMessage(f"{name} is not UTF-8: {error.reason}") from error
