"""One way to ask a consumer for records, because aiokafka can lose the routines that bring them.

A routine ends with any error its authors did not think of. When it is the one that fetches, nobody is
told: polls stay empty for ever, while heartbeats go on and keep the partitions (ADR 0042).
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.logs import get_logger

POLL_MS: Final = 1_000
AGAIN_SECONDS: Final = 0.5
_log = get_logger(__name__)


class FetchingEnded(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """The consumer will never fetch again; only a new one does."""


async def poll(
    consumer: AIOKafkaConsumer, *partitions: TopicPartition, timeout_ms: int, max_records: int | None = None
) -> Mapping[TopicPartition, list[Any]]:
    """What has arrived, in the order of each partition; empty after `timeout_ms` without any.

    Raises FetchingEnded, and KafkaError as `getmany` does.
    """
    try:
        fetched: Mapping[TopicPartition, list[Any]] = await consumer.getmany(
            *partitions, timeout_ms=timeout_ms, max_records=max_records
        )
    except KafkaError:
        _check_routines(consumer)
        raise
    if not fetched:
        _check_routines(consumer)
    return fetched


async def batches(
    consumer: AIOKafkaConsumer, what: str, *, max_records: int | None = None
) -> AsyncIterator[Mapping[TopicPartition, list[Any]]]:
    """What arrives, for as long as the process runs; an empty one about once a second without any.

    `what` is read, for the log: a broker that is away is waited for. Ends only with the client, and
    then the process does too.
    """
    while True:
        try:
            fetched = await poll(consumer, timeout_ms=POLL_MS, max_records=max_records)
        except FetchingEnded as error:
            end_process(error)
            return
        except KafkaError as error:
            _log.warning(f"{what} cannot be read, trying again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            yield fetched


def _check_routines(consumer: AIOKafkaConsumer) -> None:
    if consumer._closed:
        return
    # one without a group has no routine that coordinates a group
    coordinating = getattr(consumer._coordinator, "_coordination_task", None)
    for routine in (consumer._fetcher.error_future, coordinating):
        if routine is not None and routine.done():
            # a routine that took the cancellation of a fetch for its own ends without an error
            cause = None if routine.cancelled() else routine.exception()
            why = "its routine has ended" if cause is None else repr(cause.__cause__ or cause)
            raise FetchingEnded(f"the client no longer fetches: {why}") from cause


def end_process(error: FetchingEnded) -> None:
    """Stop in order, as at a SIGTERM: whoever supervises this process starts one that fetches."""
    _log.critical("nothing is fetched any more: this process ends to be started anew", error=str(error))
    signal.raise_signal(signal.SIGTERM)
