"""Faults inside a service process, put around `shared.delivery` before it starts.

Services have no switch for any of this: the process of a test wraps the functions, and a name that
is no longer there fails the test.
"""

import asyncio
import functools
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from contracts.channels import REQUEST_ANSWERED
from services.recorder.prediction_log import PredictionLog
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore, Written
from shared.delivery import Delivered, Policy, consumer
from shared.delivery.committer import OffsetCommitter
from shared.delivery.subscriber import PromptBatchSubscriber
from tests.support.planted_defects import DEFECTS
from tests.support.wall_clock import follow

AFTER_POLL: Final = "after poll"
AFTER_WORK: Final = "after work"
BETWEEN_REPLY_AND_FACT: Final = "after the reply, before predictions.made"
AFTER_SEND: Final = "after send"
AFTER_DATABASE_COMMIT: Final = "after the database commit"
BEFORE_OFFSET_COMMIT: Final = "before the offset commit"
AFTER_OFFSET_COMMIT: Final = "after the offset commit"
AFTER_ARCHIVE_FILE: Final = "after a file of the archive, before it counts"
AFTER_ARCHIVE_MANIFEST: Final = "after the manifest, before the offsets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is done to one process from within.

    `kill_at`: it kills itself at that point, the `hits`-th time it gets there; with `stop_instead` it
    gets SIGSTOP. `slow_work_s`: each batch takes so long, while the loop goes on. `capacity`: at most so
    many records a second. `fails`: no record can be worked on, as after a bad deploy; with
    `passes_every` each so-manieth of a partition can.
    `clock`: the file of the wall clock that it follows.
    `planted` names one of the defects that show that the rows notice.
    """

    kill_at: str = ""
    hits: int = 1
    stop_instead: bool = False
    slow_work_s: float = 0.0
    capacity: float = 0.0
    maximum_poll_interval_ms: int = 0
    fails: bool = False
    passes_every: int = 0
    clock: str = ""
    planted: str = ""


def put_inside(faults: Inside) -> None:
    """Wrap the functions of this process; call it before the service is made."""
    if faults.clock:
        follow(Path(faults.clock))
    if faults.planted:
        DEFECTS[faults.planted]()
    if faults.kill_at:
        _POINTS[faults.kill_at](_Hit(faults))
    _wrap_deliveries(faults)


class _Hit:
    """Counts how often a point was reached, and ends or stops the process there."""

    def __init__(self, faults: Inside) -> None:
        self._left = faults.hits
        self._faults = faults

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.write(2, f"killed: {self._faults.kill_at}\n".encode())
            os.kill(os.getpid(), signal.SIGSTOP if self._faults.stop_instead else signal.SIGKILL)


Wrapped = Callable[..., Awaitable[Any]]


def _wrap(owner: Any, name: str, wrapper: Callable[..., Awaitable[Any]]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        return await wrapper(original, *args, **kwargs)

    setattr(owner, name, wrapped)


def _kill_after(owner: Any, name: str, hit: Callable[[], None], *, even_if_empty: bool = False) -> None:
    """`even_if_empty`: what returns nothing was done all the same; an empty poll is no visit."""

    async def wrapper(original: Wrapped, *args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        if even_if_empty or result:
            hit()
        return result

    _wrap(owner, name, wrapper)


def _kill_after_poll(hit: _Hit) -> None:
    """Of what came with the load: the archive's reader begins at the last file, before there is any."""

    async def wrapper(original: Wrapped, self: PromptBatchSubscriber, *args: Any, **kwargs: Any) -> Any:
        result = await original(self, *args, **kwargs)
        if result and not str(self.group_id).startswith("archive."):
            hit()
        return result

    _wrap(PromptBatchSubscriber, "get_msg", wrapper)


def _kill_around_commit(hit: _Hit, *, before: bool) -> None:
    async def wrapper(original: Wrapped, self: OffsetCommitter, assigned: Any) -> None:
        is_due = bool(self._ledger.due(assigned))
        if before and is_due:
            hit()
        await original(self, assigned)
        if not before and is_due:
            hit()

    _wrap(OffsetCommitter, "commit", wrapper)


def _kill_between_reply_and_fact(hit: _Hit) -> None:
    async def wrapper(original: Wrapped, producer: Any, outgoing: Sequence[Any], *rest: Any) -> None:
        replies = [one for one in outgoing if one.topic == REQUEST_ANSWERED.name]
        others = [one for one in outgoing if one.topic != REQUEST_ANSWERED.name]
        await original(producer, replies, *rest)
        if replies and others:
            hit()
        await original(producer, others, *rest)

    _wrap_sends(wrapper)


def _kill_around_send(hit: _Hit, *, before: bool) -> None:
    async def wrapper(original: Wrapped, producer: Any, outgoing: Sequence[Any], *rest: Any) -> None:
        if before and outgoing:
            hit()
        await original(producer, outgoing, *rest)
        if not before and outgoing:
            hit()

    _wrap_sends(wrapper)


def _kill_after_archive_file(hit: _Hit) -> None:
    original = ArchiveStore.write

    @functools.wraps(original)
    def write(*args: Any) -> Written:
        written = original(*args)
        hit()
        return written

    setattr(ArchiveStore, "write", write)  # noqa: B010 - mypy forbids to assign a method


def _wrap_sends(wrapper: Callable[..., Awaitable[Any]]) -> None:
    """Every module of delivery that sends has the function by name."""
    users = [
        module
        for name, module in sys.modules.items()
        if name.startswith("shared.delivery.") and hasattr(module, "send_all")
    ]
    assert len(users) > 1, "shared.delivery has no send_all any more"
    for module in users:
        _wrap(module, "send_all", wrapper)


_POINTS: Final[dict[str, Callable[[_Hit], None]]] = {
    AFTER_POLL: _kill_after_poll,
    AFTER_WORK: functools.partial(_kill_around_send, before=True),
    BETWEEN_REPLY_AND_FACT: _kill_between_reply_and_fact,
    AFTER_SEND: functools.partial(_kill_around_send, before=False),
    AFTER_DATABASE_COMMIT: functools.partial(
        _kill_after,
        PredictionLog,
        "record",
        # of conflicts, which are rare
        even_if_empty=True,
    ),
    BEFORE_OFFSET_COMMIT: functools.partial(_kill_around_commit, before=True),
    AFTER_OFFSET_COMMIT: functools.partial(_kill_around_commit, before=False),
    AFTER_ARCHIVE_FILE: _kill_after_archive_file,
    AFTER_ARCHIVE_MANIFEST: functools.partial(_kill_after, Manifest, "append"),
}
POINTS: Final[dict[str, tuple[str, ...]]] = {
    "feature": (AFTER_POLL, AFTER_WORK, AFTER_SEND, BEFORE_OFFSET_COMMIT, AFTER_OFFSET_COMMIT),
    "inference": (
        AFTER_POLL,
        AFTER_WORK,
        BETWEEN_REPLY_AND_FACT,
        AFTER_SEND,
        BEFORE_OFFSET_COMMIT,
        AFTER_OFFSET_COMMIT,
    ),
    "recorder": (AFTER_POLL, AFTER_DATABASE_COMMIT, BEFORE_OFFSET_COMMIT, AFTER_OFFSET_COMMIT),
}
"""The points that each service passes."""


def _wrap_deliveries(faults: Inside) -> None:
    original = consumer.Delivery.__init__

    def passes(batch: Sequence[Delivered]) -> bool:
        every = faults.passes_every
        return bool(every) and all(one.record.offset % every == 0 for one in batch)

    @functools.wraps(original)
    def made(self: Any, broker: Any, channel: Any, work: Any, **options: Any) -> None:
        if faults.maximum_poll_interval_ms:
            policy = options.get("policy") or Policy()
            options["policy"] = replace(policy, maximum_poll_interval_ms=faults.maximum_poll_interval_ms)

        async def with_faults(batch: Sequence[Delivered]) -> Any:
            began = time.monotonic()
            await asyncio.sleep(faults.slow_work_s)
            if faults.fails and not passes(batch):
                raise RuntimeError("a bad deploy")
            done = await work(batch)
            if faults.capacity:
                await asyncio.sleep(len(batch) / faults.capacity - (time.monotonic() - began))
            return done

        original(self, broker, channel, with_faults, **options)

    setattr(consumer.Delivery, "__init__", made)  # noqa: B010 - mypy forbids to assign a method
