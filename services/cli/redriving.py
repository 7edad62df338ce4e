"""Publishes dead letters again: each once, unless asked to, and each with an event that says who did."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from aiokafka import AIOKafkaProducer

from contracts.audit import AuditEvent
from services.cli import dlq_texts as texts
from shared.audit import new_event, this_person, this_place
from shared.audit_log import AuditLog
from shared.delivery.letters import Letter, redriven
from shared.delivery.outgoing import Outgoing, send_all
from shared.errors import TransientFailure
from shared.wording import Words, words

REDRIVEN: Final = "dead_letter.redriven"
PROGRAM: Final = "dex dlq redrive"
SENDING_SECONDS: Final = 5.0
NOTHING: Final = words("")
State = Literal["redriven", "would be redriven", "already redriven", "cannot be redriven", "failed"]


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of one letter."""

    letter: str
    to: str
    state: State
    detail: Words = NOTHING

    def document(self) -> dict[str, str]:
        """For scripts: in English."""
        return {"letter": self.letter, "to": self.to, "state": self.state, "detail": self.detail.say("en")}


class Redriver:
    """Knows what was redriven before; call it with letters, some at a time.

    `told` has what became of each, in their order.
    """

    def __init__(
        self, producer: AIOKafkaProducer, audit: AuditLog, *, again: bool = False, dry_run: bool = False
    ) -> None:
        """`again`: also what was redriven before. `dry_run`: say what would be done, do nothing."""
        self._producer = producer
        self._audit = audit
        self._again = again
        self._dry_run = dry_run
        self._deeds: dict[str, list[AuditEvent]] = {}
        self.told: list[Redriven] = []

    async def __call__(self, letters: Sequence[Letter]) -> None:
        """Redrive what may be. Raises KafkaError, and TransientFailure when nothing can be written.

        Whatever ends it, `told` is complete: what was not sent is `failed`, and may be redriven. Only
        `again` sends what the producer had and nobody acknowledged in time.
        """
        self._take(await self._audit.read())
        results: dict[str, Redriven] = {}
        records: dict[str, Outgoing] = {}
        for letter in letters:
            result, record = self._judge(letter)
            results[letter.position] = result
            if record is not None and not self._dry_run:
                records[letter.position] = record
        results |= {
            position: Redriven(position, record.topic, "failed", texts.NOT_SENT)
            for position, record in records.items()
        }
        try:
            if records:
                await self._redrive(records, {one.position: one for one in letters}, results)
        finally:
            self.told += [results[letter.position] for letter in letters]

    def _judge(self, letter: Letter) -> tuple[Redriven, Outgoing | None]:
        to = letter.channel.name
        before = in_force(self._deeds.get(letter.position, ()))
        if before and not self._again:
            return Redriven(letter.position, to, "already redriven", _told(before)), None
        try:
            record = redriven(letter)
        except ValueError:
            why = texts.ONLY_BEGINNING.of(truncated=letter.truncated)
            return Redriven(letter.position, to, "cannot be redriven", why), None
        return Redriven(letter.position, to, "would be redriven"), record

    async def _redrive(
        self, records: Mapping[str, Outgoing], letters: Mapping[str, Letter], results: dict[str, Redriven]
    ) -> None:
        """First the events, which all see in one order, then the records of those that came first.

        A command that is stopped in between takes the events of what it did not send back. One that
        is killed leaves them, never a record without its event; the next says so, and `again` sends it.
        """
        mine = {position: _event(letters[position]) for position in records}
        failed: dict[str, str] = dict.fromkeys(records, "the command was stopped")
        try:
            await self._audit.append(list(mine.values()))
            await self._send(records, mine, results, failed)
        finally:
            if failed:
                await self._audit.append([_undone(mine[position], why) for position, why in failed.items()])

    async def _send(
        self,
        records: Mapping[str, Outgoing],
        mine: Mapping[str, AuditEvent],
        results: dict[str, Redriven],
        failed: dict[str, str],
    ) -> None:
        """Send what nobody else did; `results` and `failed` are right after each record."""
        written = await self._audit.read()
        self._take(written)
        first: dict[str, AuditEvent] = {}
        for event in in_force(event for event in written if event.action == REDRIVEN):
            first.setdefault(event.subject, event)
        for position, record in records.items():
            winner = first.get(position)
            if not self._again and winner is not None and winner.event_id != mine[position].event_id:
                detail = texts.AT_THIS_MOMENT.of(actor=winner.actor, origin=winner.origin)
                results[position] = Redriven(position, record.topic, "already redriven", detail)
                failed[position] = "another was first"
                continue
            # a record that the producer has is sent, whoever stops waiting for it
            sending = asyncio.create_task(send_all(self._producer, [record]))
            try:
                await asyncio.shield(sending)
            except asyncio.CancelledError:
                await asyncio.wait([sending], timeout=SENDING_SECONDS)
                if not sending.done():
                    results[position] = Redriven(position, record.topic, "failed", texts.NOT_ACKNOWLEDGED)
                    del failed[position]
                elif sending.exception() is None:
                    results[position] = Redriven(position, record.topic, "redriven")
                    del failed[position]
                raise
            except TransientFailure as error:
                results[position] = Redriven(position, record.topic, "failed", words(str(error)))
                failed[position] = str(error)
            else:
                results[position] = Redriven(position, record.topic, "redriven")
                del failed[position]

    def _take(self, events: Iterable[AuditEvent]) -> None:
        for event in events:
            if event.action == REDRIVEN:
                self._deeds.setdefault(event.subject, []).append(event)


def in_force(deeds: Iterable[AuditEvent]) -> list[AuditEvent]:
    """The redrives among the deeds on one letter that were not taken back as failed."""
    whole = list(deeds)
    undone = Counter(event.detail.get("undoes", "") for event in whole if event.outcome == "failed")
    return [event for event in whole if event.outcome == "done" and event.event_id not in undone]


def _told(before: Sequence[AuditEvent]) -> Words:
    last = before[-1]
    when = datetime.fromtimestamp(last.at_ms / 1000, UTC)
    said = texts.BEFORE if len(before) == 1 else texts.BEFORE_OFTEN
    return said.of(when=f"{when:%Y-%m-%d %H:%M:%S}", actor=last.actor, origin=last.origin, times=len(before))


def _event(letter: Letter) -> AuditEvent:
    return new_event(
        REDRIVEN,
        subject=letter.position,
        actor=this_person(),
        origin=this_place(PROGRAM),
        at_ms=int(time.time() * 1000),
        detail={"to": letter.channel.name, "from": letter.origin, "reason": letter.reason},
    )


def _undone(event: AuditEvent, why: str) -> AuditEvent:
    return new_event(
        REDRIVEN,
        subject=event.subject,
        actor=event.actor,
        origin=event.origin,
        at_ms=int(time.time() * 1000),
        outcome="failed",
        detail={"undoes": event.event_id, "error": why},
    )
