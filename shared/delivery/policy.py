"""What a service decides about its consumer: the work, where it starts, how failures are met."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from shared.delivery.dead_letters import Burial
from shared.delivery.door import Delivered
from shared.delivery.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Waiting:
    """The record cannot be worked on before something has come, which `reason` names.

    Its partition is held there and read again, others go on. What follows it in its partition is not
    done either, whatever the work says of it: the work says the same of them, or has left no trace.
    """

    reason: str


Result = Sequence[Outgoing] | Waiting | Burial
"""A burial whose letter the work sends itself is counted and told like any other."""
Work = Callable[[Sequence[Delivered]], Awaitable[Sequence[Result]]]
"""All decoded records of a batch in, what each of them sends out, in the same order."""

StartingOffsets = Callable[[frozenset[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
"""Where to start reading partitions that were just assigned; those left out follow the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How failures are met. `hold`: wait for a sink as long as it takes (recorder, drift).

    `sheds`: refuse early what cannot be answered before its deadline; only where nothing was said or
    written for the request before. `settles_later`: a batch that was worked on is not done yet; the work
    says what is, by `Delivery.settle`.
    """

    attempts: int = 3
    first_delay_seconds: float = 0.2
    longest_delay_seconds: float = 2.0
    hold: bool = False
    sheds: bool = False
    settles_later: bool = False
    maximum_batch_records: int | None = None
    maximum_poll_interval_ms: int = 300_000
    send_timeout_seconds: float = 30.0
