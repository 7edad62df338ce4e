"""Defects that a row must turn red for: `python -m tests.faults --plant NAME --rows N --short`.

Each is put into every service process of the run; none is in the product.
"""

import asyncio
import functools
import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from contracts.channels import REQUEST_ANSWERED, Channel
from contracts.serving import PredictionMade
from services.drift import app as drift_app
from services.recorder.prediction_log import PredictionLog
from shared.artefacts import Artefact, ArtefactStore
from shared.bootstrap import broker_addresses
from shared.delivery import Delivered, consumer, dead_letters
from shared.delivery import door as delivery_door
from shared.drift.counting import Event
from shared.errors import ModelRejected, PoisonMessage, TransientFailure
from shared.health import Readiness
from shared.replies import Requester
from shared.settings import Settings
from ui.battles import Shelf

# names are planted where they are looked up, which is not where they are said
_drift: Any = drift_app
_door: Any = delivery_door

RECORD_BYTES: Final = 200_000
"""Kept of each record by a service that lets go of nothing."""


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

    def read(texts: dict[str, str]) -> delivery_door.ReplyAddress | None:
        return (
            delivery_door.ReplyAddress(texts.get("correlation_id", "x"), 0) if REQUEST_ANSWERED.name else None
        )

    setattr(_door, "_read_reply_address", read)  # noqa: B010


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


def forgets_who_asked() -> None:
    """Nobody's history has what was asked: a caller that lost its reply does not find it again."""
    original = Requester._send

    async def send(
        self: Any, channel: Any, body: Any, key: str, correlation_id: str, timeout_s: float, _: Any
    ) -> None:
        await original(self, channel, body, key, correlation_id, timeout_s, None)

    setattr(Requester, "_send", send)  # noqa: B010


def keeps_each_delivery() -> None:
    """No duplicate is dropped: what is delivered again becomes a row of its own."""
    original = PredictionLog.record
    known: Counter[str] = Counter()

    async def record(self: Any, batch: Sequence[tuple[Any, PredictionMade]]) -> set[int]:
        renamed = []
        for one, made in batch:
            known[made.request_id] += 1
            again = known[made.request_id]
            name = made.request_id if again == 1 else f"{made.request_id}-{again}"
            renamed.append((one, msgspec.structs.replace(made, request_id=name)))
        return await original(self, renamed)

    setattr(PredictionLog, "record", record)  # noqa: B010


def drops_what_is_not_kept() -> None:
    """A database that is away, or says no, is nothing to wait for."""
    original = PredictionLog.record

    async def record(self: Any, batch: Any) -> set[int]:
        try:
            return await original(self, batch)
        except TransientFailure:
            return set()

    setattr(PredictionLog, "record", record)  # noqa: B010


def waits_in_the_loop() -> None:
    """Who waits for the database lets nobody else do anything."""
    original = PredictionLog.record

    async def record(self: Any, batch: Any) -> set[int]:
        time.sleep(2)  # noqa: ASYNC251 - the defect
        return await original(self, batch)

    setattr(PredictionLog, "record", record)  # noqa: B010


def counts_by_its_own_clock() -> None:
    """A window is of when it was counted: another one after a kill, or when the log is read again."""
    original = _drift.event_of

    def event_of(*args: Any) -> Event:
        return msgspec.structs.replace(original(*args), timestamp_ms=int(time.time() * 1_000))

    setattr(_drift, "event_of", event_of)  # noqa: B010


def is_ready_to_the_end() -> None:
    """Nobody is told that it stops."""

    async def leave(_: Readiness, grace_s: float) -> None:
        await asyncio.sleep(grace_s)

    setattr(Readiness, "leave", leave)  # noqa: B010


def says_nothing_to_the_unreadable() -> None:
    """A record that cannot be read is a dead letter, and its caller waits for nothing."""
    setattr(dead_letters, "refuse_poison", lambda _: ())  # noqa: B010


def remembers_every_record() -> None:
    """Memory and descriptors go with what was worked on."""
    original = consumer.Delivery.__init__
    kept: list[Any] = []

    @functools.wraps(original)
    def made(self: Any, broker: Any, channel: Any, work: Any, **options: Any) -> None:
        async def hoards(batch: Sequence[Delivered]) -> Any:
            kept.append((os.open(os.devnull, os.O_RDONLY), b"x" * (RECORD_BYTES * len(batch))))
            return await work(batch)

        original(self, broker, channel, hoards, **options)

    setattr(consumer.Delivery, "__init__", made)  # noqa: B010


def tells_no_gap() -> None:
    """Records that retention took are passed over in silence."""
    setattr(consumer.Delivery, "_tell_gap", lambda *_: None)  # noqa: B010


def sees_no_new_partition() -> None:
    """What lies in a partition that was added is read after the next restart."""
    original = Settings.__init__

    def made(self: Any, **values: Any) -> None:
        original(self, **{**values, "metadata_max_age_ms": 3_600_000})

    setattr(Settings, "__init__", made)  # noqa: B010


def refuses_unknown_fields() -> None:
    """A fact of a newer version is called unreadable."""
    original = _door.decode

    def decode(channel: Channel, value: bytes) -> Any:
        message = original(channel, value)
        raw = (msgspec.msgpack if channel.encoding == "msgpack" else msgspec.json).decode(value)
        unknown = raw.keys() - set(message.__struct_fields__) - {"kind"}
        if unknown:
            raise PoisonMessage(f"unknown fields: {unknown}")
        return message

    setattr(_door, "decode", decode)  # noqa: B010


EXPOSED_BY: Final[dict[Callable[[], None], tuple[int, ...]]] = {
    commits_before_sending: (1, 5),
    waits_for_no_broker: (5, 6, 8),
    counts_by_its_own_clock: (2, 13, 14, 30),
    forgets_who_asked: (3,),
    keeps_no_question: (3,),
    is_ready_to_the_end: (4,),
    tells_no_conflict: (12,),
    keeps_each_delivery: (12,),
    drops_what_is_not_kept: (15, 17),
    waits_in_the_loop: (16,),
    verifies_no_artefact: (19,),
    keeps_no_model: (19,),
    says_nothing_to_the_unreadable: (22,),
    has_no_limit_of_letters: (23,),
    takes_any_reply_address: (26,),
    remembers_every_record: (27, 33),
    tells_no_gap: (28,),
    sees_no_new_partition: (29,),
    refuses_unknown_fields: (31,),
}
"""Each defect, and rows that turn red for it."""
DEFECTS: Final = {defect.__name__.replace("_", "-"): defect for defect in EXPOSED_BY}
