"""One way to ask a consumer for records, because aiokafka can lose the routines that bring them.

A routine ends with any error its authors did not think of. When it is the one that fetches, nobody is
told: polls stay empty for ever, while heartbeats go on and keep the partitions (ADR 0042).
"""

import signal
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.logs import get_logger

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


def _check_routines(consumer: AIOKafkaConsumer) -> None:
    # one without a group has no routine that coordinates
    coordinating = getattr(consumer._coordinator, "_coordination_task", None)
    for routine in (consumer._fetcher.error_future, coordinating):
        if routine is None or not routine.done() or routine.cancelled():
            continue
        if (cause := routine.exception()) is not None:
            raise FetchingEnded(f"the client no longer fetches: {cause.__cause__ or cause!r}") from cause


def end_process(error: FetchingEnded) -> None:
    """Stop in order, as at a SIGTERM: whoever supervises this process starts one that fetches."""
    _log.critical("nothing is fetched any more: this process ends to be started anew", error=str(error))
    signal.raise_signal(signal.SIGTERM)
