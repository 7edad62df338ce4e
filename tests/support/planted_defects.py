"""Defects that a row must turn red for: `python -m tests.faults --plant NAME --rows N --short`.

Each is put into every service process of the run; none is in the product.
"""

import asyncio
import functools
import hashlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from contracts.channels import REQUEST_ANSWERED
from services.recorder.prediction_log import PredictionLog
from shared.artefacts import Artefact, ArtefactStore
from shared.bootstrap import broker_addresses
from shared.delivery import Delivered, consumer, door
from shared.errors import ModelRejected
from shared.settings import Settings
from ui.battles import Shelf


def commits_before_sending() -> None:
    """Offsets advance first: what is in flight at a kill is gone."""
    original = consumer.Delivery.__init__

    @functools.wraps(original)
    def made(self: Any, broker: Any, channel: Any, work: Any, **options: Any) -> None:
        async def early(batch: Sequence[Delivered]) -> Any:
            done = {one.topic_partition: one.record.offset + 1 for one in batch}
            self._offsets.mark_done(done)
            await self._offsets.commit(done)
            return await work(batch)

        original(self, broker, channel, early, **options)

    setattr(consumer.Delivery, "__init__", made)  # noqa: B010 - mypy forbids to assign a method


def waits_for_no_broker() -> None:
    """Results that meet no broker are dropped. Slow, so that a fault meets some of them."""
    for name, module in list(sys.modules.items()):
        if name.startswith("shared.delivery.") and hasattr(module, "send_all"):
            _drop(module)


def _drop(module: Any) -> None:
    original = module.send_all

    async def once(producer: Any, outgoing: Any, *rest: Any) -> None:
        await asyncio.sleep(0.2)
        (address,) = broker_addresses(Settings().kafka_bootstrap)
        try:
            _, writer = await asyncio.open_connection(*address)
        except OSError:
            return
        writer.close()
        await original(producer, outgoing, *rest)

    module.send_all = once


def tells_no_conflict() -> None:
    """Another body under a known request id is dropped in silence."""
    original = PredictionLog.record

    async def record(self: Any, batch: Any) -> set[int]:
        await original(self, batch)
        return set()

    setattr(PredictionLog, "record", record)  # noqa: B010


def verifies_no_artefact() -> None:
    """What lies on disk is taken for what was released."""
    original = ArtefactStore.get

    def get(self: ArtefactStore, uri: str, sha256: str) -> bytes:
        try:
            return original(self, uri, sha256)
        except ModelRejected:
            return next(self.root.rglob(sha256)).read_bytes()

    setattr(ArtefactStore, "get", get)  # noqa: B010


def takes_any_reply_address() -> None:
    """Where the reply goes is not looked at."""

    def read(texts: dict[str, str]) -> door.ReplyAddress | None:
        return door.ReplyAddress(texts.get("correlation_id", "x"), 0) if REQUEST_ANSWERED.name else None

    setattr(door, "_read_reply_address", read)  # noqa: B010


def has_no_limit_of_letters() -> None:
    """A bad deploy empties its topic into the bin."""
    original = Settings.__init__

    def made(self: Any, **values: Any) -> None:
        original(self, **{**values, "dead_letter_consecutive_limit": 0, "dead_letter_ratio_limit": 1.0})

    setattr(Settings, "__init__", made)  # noqa: B010


def keeps_no_model() -> None:
    """What inference loaded lives in memory alone: without its store it has none after a restart."""

    def put(_: ArtefactStore, content: bytes) -> Artefact:
        digest = hashlib.sha256(content).hexdigest()
        return Artefact(f"artefact:{digest}", digest, len(content))

    setattr(ArtefactStore, "put", put)  # noqa: B010


def keeps_no_question() -> None:
    """The web app keeps a battle once it is answered; who waits when it dies is forgotten."""
    original = Shelf.keep

    def keep(self: Shelf, battle: Any) -> None:
        if battle.has_outcome:
            original(self, battle)

    setattr(Shelf, "keep", keep)  # noqa: B010


DEFECTS: Final[dict[str, Callable[[], None]]] = {
    defect.__name__.replace("_", "-"): defect
    for defect in (
        commits_before_sending,
        waits_for_no_broker,
        tells_no_conflict,
        verifies_no_artefact,
        takes_any_reply_address,
        has_no_limit_of_letters,
        keeps_no_model,
        keeps_no_question,
    )
}
