"""The judge's book: a process of its own, one fsynced file, told by callers and reading by itself.

Callers tell what they saw over a socket; a line is answered once it is on disk. What the topics and
the prediction log hold the ledger reads by itself: no service is asked whether it did well. What
retention took before it could be read is told as a `Cut`.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer

from contracts import headers as names
from contracts.channels import (
    BATTLE_REQUESTED,
    FEATURES_COMPUTED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
    Channel,
)
from contracts.serving import Predicted
from shared.bus import decode
from shared.errors import PoisonMessage
from tests.faults.entries import Cut, Entry, Row, Seen, encode
from tests.support.service_process import spawn

PATH: Final[tuple[Channel, ...]] = (BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE)
READ: Final = (
    *(name for channel in PATH for name in (channel.name, channel.dead_letter_name)),
    REQUEST_ANSWERED.name,
)
"""Topics that the ledger reads."""
_LIMIT: Final = 1 << 20


class LedgerClosed(AssertionError):
    """The process of the ledger is gone: whatever the run did is not judged."""


class Ledger:
    """The way to the process that keeps the file."""

    def __init__(self, file: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Made by `keeping`."""
        self.file = file
        self._reader = reader
        self._writer = writer
        self._told = 0
        self._kept = 0

    def tell(self, entry: Entry) -> None:
        """Send an entry; `flush` waits until it is on disk."""
        self._told += 1
        self._writer.write(encode(entry))

    async def flush(self) -> None:
        """Return when everything told is on disk."""
        await self._writer.drain()
        while self._kept < self._told:
            line = await self._reader.readline()
            if not line:
                raise LedgerClosed(f"the ledger of {self.file} has ended")
            self._kept = int(line)

    async def collect(
        self, bootstrap: str, database_url: str, prefixes: Sequence[str], since: dict[str, list[int]]
    ) -> None:
        """Let it read, of ids that begin with one of `prefixes`, the topics from `since` on and the log."""
        self._told += 1
        request = {
            "collect": {"bootstrap": bootstrap, "url": database_url, "prefixes": prefixes, "since": since}
        }
        self._writer.write(json.dumps(request).encode() + b"\n")
        await self.flush()


@asynccontextmanager
async def keeping(file: Path) -> AsyncIterator[Ledger]:
    """Start the process that writes `file`; end it after."""
    # a socket's path may not be long
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        door = Path(folder) / secrets.token_hex(4)
        process = spawn(serve, str(file), str(door))
        try:
            while not door.exists():
                assert process.is_alive(), "the ledger did not start"
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_unix_connection(str(door))
            try:
                yield Ledger(file, reader, writer)
            finally:
                writer.close()
        finally:
            process.terminate()
            await asyncio.to_thread(process.join)


def serve(file: str, door: str) -> None:
    """The process: keeps what it is told until it is ended."""
    asyncio.run(_serve(Path(file), door))


async def _serve(file: Path, door: str) -> None:
    known: set[Entry] = set()
    with file.open("ab") as book:

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            kept, rest = 0, b""
            while chunk := await reader.read(_LIMIT):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b'{"collect"'):
                        found = await _collect(**json.loads(line)["collect"])
                        # what an earlier reading found is told once; twice in one reading is twice
                        book.writelines(encode(entry) for entry in found if entry not in known)
                        known.update(found)
                    else:
                        book.write(line + b"\n")
                book.flush()
                os.fsync(book.fileno())
                kept += len(lines)
                writer.write(b"%d\n" % kept)

        fresh = door + ".new"
        server = await asyncio.start_unix_server(hear, fresh)
        os.rename(fresh, door)
        async with server:
            await server.serve_forever()


async def _collect(bootstrap: str, url: str, prefixes: list[str], since: dict[str, list[int]]) -> list[Entry]:
    begins = tuple(one.encode() for one in prefixes)
    read = await asyncio.gather(
        *(_read_topic(bootstrap, topic, begins, since[topic]) for topic in READ), _read_rows(url, prefixes)
    )
    return list(chain.from_iterable(read))


async def _read_topic(
    bootstrap: str, topic: str, prefixes: tuple[bytes, ...], since: Sequence[int]
) -> list[Entry]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    await consumer.start()
    try:
        partitions = sorted(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        # partitions that came during the run are read from their begin
        starts = dict(zip(partitions, chain(since, repeat(0)), strict=False))
        for partition in partitions:
            consumer.seek(partition, max(starts[partition], begins[partition]))
        gone = sum(max(begins[one] - starts[one], 0) for one in partitions)
        found: list[Entry] = [Cut(topic, gone)] if gone else []
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [
                    _seen(record)
                    for record in records
                    if record.key is not None and record.key.startswith(prefixes)
                ]
        return found
    finally:
        await consumer.stop()


def _seen(record: Any) -> Seen:
    version, content, late = "", record.value or b"", False
    with contextlib.suppress(PoisonMessage):
        if record.topic == PREDICTIONS_MADE.name:
            made = decode(PREDICTIONS_MADE, content)
            version, content, late = made.model_version, bytes(made.answer), made.late
        elif record.topic == REQUEST_ANSWERED.name:
            reply = decode(REQUEST_ANSWERED, content)
            if isinstance(reply, Predicted):
                version, content = reply.model_version, bytes(reply.answer)
    deadline = dict(record.headers).get(names.DEADLINE) if record.topic == BATTLE_REQUESTED.name else None
    return Seen(
        topic=record.topic,
        id=record.key.decode("utf-8", "replace"),
        partition=record.partition,
        offset=record.offset,
        digest=digest(content),
        version=version,
        at_ms=record.timestamp,
        deadline_ms=int(deadline) if deadline and deadline.isdigit() else 0,
        late=late,
    )


async def _read_rows(url: str, prefixes: list[str]) -> list[Entry]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        rows = await connection.fetch(
            "select request_id, source_partition, source_offset, model_version from predictions "
            "where request_id ^@ any($1)",
            prefixes,
        )
    finally:
        await connection.close()
    return [Row(row[0], row[1], row[2], row[3]) for row in rows]


def digest(content: bytes) -> str:
    """The sha256 in hex, shortened."""
    return hashlib.sha256(content).hexdigest()[:24]
