"""From the records of a batch to what becomes of each: read, worked on together, retried, given up alone."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from aiokafka import TopicPartition

from contracts.channels import Channel
from shared.delivery.dead_letters import Burial, bury, bury_poison
from shared.delivery.door import Delivered, Poison, Record, open_record
from shared.delivery.letter_limit import Outcome
from shared.delivery.outgoing import Outgoing, shed
from shared.delivery.patience import Patience
from shared.delivery.policy import Policy, Result, Waiting, Work
from shared.delivery.shedding import Pace, hopeless
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics

_log = get_logger(__name__)


class BatchWorker:
    """The work of one consumer, with its failures met."""

    def __init__(
        self,
        channel: Channel,
        label: str,
        work: Work,
        policy: Policy,
        metrics: DeliveryMetrics,
        patience: Patience,
    ) -> None:
        """`label` is what metrics and logs call the consumer; `patience` knows whether it stops."""
        self._channel = channel
        self._label = label
        self._work = work
        self._policy = policy
        self._metrics = metrics
        self._patience = patience
        self.pace = Pace()
        self.settled: list[Outcome] = []
        """Of the batch that is worked on: what became of its records before this call of the work."""

    async def outcomes(
        self, records: Sequence[Record], send: Callable[[list[Outgoing]], Awaitable[None]]
    ) -> list[Outcome]:
        """What becomes of each record, in their order.

        What is refused for lack of time is told through `send` before the work begins. Raises
        TransientFailure when the batch is to be read again.
        """
        opened = [open_record(self._channel, record) for record in records]
        poison = [bury_poison(self._channel, one) for one in opened if isinstance(one, Poison)]
        self.settled = [Outcome(burial.record, burial.outgoing, burial) for burial in poison]
        buried = iter(tuple(self.settled))
        delivered = [one for one in opened if isinstance(one, Delivered)]
        refused = await self._shed(delivered, send) if self._policy.sheds else frozenset()
        done = iter(await self._work_on([one for one in delivered if id(one) not in refused]))
        outcomes = []
        for record, one in zip(records, opened, strict=True):
            if isinstance(one, Poison):
                self._metrics.refusals.labels(self._label, "malformed").inc()
                outcomes.append(next(buried))
            elif id(one) in refused:
                outcomes.append(Outcome(record, is_shed=True))
            else:
                outcomes.append(next(done))
        return outcomes

    async def _shed(
        self, delivered: Sequence[Delivered], send: Callable[[list[Outgoing]], Awaitable[None]]
    ) -> frozenset[int]:
        """Refuse, now, what would be answered too late; returns the identities of what was refused."""
        now_ms = time.time() * 1000
        pace_s = self.pace.seconds_per_record
        probes = self.pace.is_old(time.monotonic())
        # who cannot be told, or waits no more, is left to the work
        slacks = [
            (one.deadline_ms - now_ms) / 1000
            if one.reply is not None and one.deadline_ms is not None and one.deadline_ms > now_ms
            else None
            for one in delivered
        ]
        refused = [delivered[index] for index in hopeless(slacks, pace_s, probes=probes)]
        if refused:
            self._metrics.shed.labels(self._label).inc(len(refused))
            _log.warning("overloaded, refused early", channel=self._label, requests=len(refused))
            retry_after_s = len(delivered) * pace_s
            await send([item for one in refused for item in shed(one, retry_after_s)])
        return frozenset(map(id, refused))

    async def _work_on(self, delivered: Sequence[Delivered]) -> list[Outcome]:
        if not delivered:
            return []
        try:
            results = await self._with_retries(delivered)
        except Exception as error:
            if isinstance(error, TransientFailure) and (self._patience.is_stopping or self._policy.hold):
                raise
            if len(delivered) > 1:
                _log.warning("batch failed, one record at a time", channel=self._label, error=repr(error))
            return await self._one_by_one(delivered)
        return [_outcome(one, result) for one, result in zip(delivered, results, strict=True)]

    async def _with_retries(self, delivered: Sequence[Delivered]) -> Sequence[Result]:
        attempt = 0
        while True:
            attempt += 1
            try:
                results = await self._work(delivered)
            except TransientFailure as error:
                is_last = attempt >= self._policy.attempts and not self._policy.hold
                if self._patience.is_stopping or is_last:
                    raise
                await self._patience.wait(attempt, error)
            else:
                self._patience.reason = None
                return results

    async def _one_by_one(self, delivered: Sequence[Delivered]) -> list[Outcome]:
        """None is worked on behind one of its partition that waits."""
        done: list[Outcome] = []
        waiting: dict[TopicPartition, Outcome] = {}
        for one in delivered:
            partition = TopicPartition(one.record.topic, one.record.partition)
            if partition in waiting:
                done.append(replace(waiting[partition], record=one.record))
                continue
            done.append(await self._alone(one))
            if done[-1].waits_for is not None:
                waiting[partition] = done[-1]
            else:
                self.settled.append(done[-1])
        return done

    async def _alone(self, delivered: Delivered) -> Outcome:
        """The last try of one record, by itself: its answer or its dead letter."""
        self._patience.reason = None
        try:
            return _outcome(delivered, (await self._work([delivered]))[0])
        except Exception as error:
            if isinstance(error, TransientFailure) and self._patience.is_stopping:
                raise
            if isinstance(error, TransientFailure) and self._policy.hold:
                return Outcome(delivered.record, waits_for=str(error))
            burial = bury(self._channel, delivered, error, self._policy.attempts + 1)
            return Outcome(delivered.record, burial.outgoing, burial)


def _outcome(delivered: Delivered, result: Result) -> Outcome:
    if isinstance(result, Waiting):
        return Outcome(delivered.record, waits_for=result.reason)
    if isinstance(result, Burial):
        return Outcome(delivered.record, burial=result)
    return Outcome(delivered.record, result)
