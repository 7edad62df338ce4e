"""The judge's book: a process of its own, one fsynced file, told by callers and reading by itself.

Callers tell what they saw over a socket; a line is answered once it is on disk. What the topics and
the prediction log hold the ledger reads by itself: no service is asked whether it did well.
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

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE, Channel
from shared.bus import decode
from shared.errors import PoisonMessage
from tests.faults.entries import Entry, Row, Seen, encode
from tests.support.service_process import spawn

PATH: Final[tuple[Channel, ...]] = (BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE)
READ: Final = tuple(name for channel in PATH for name in (channel.name, channel.dead_letter_name))
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
    entries: list[Entry] = []
    begins = tuple(one.encode() for one in prefixes)
    for topic in READ:
        entries += await _read_topic(bootstrap, topic, begins, since[topic])
    return entries + await _read_rows(url, prefixes)


async def _read_topic(
    bootstrap: str, topic: str, prefixes: tuple[bytes, ...], since: Sequence[int]
) -> list[Entry]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    await consumer.start()
    try:
        partitions = sorted(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        # partitions that came during the run are read from their begin
        starts = chain(since, repeat(0))
        for partition, start in zip(partitions, starts, strict=False):
            consumer.seek(partition, start)
        found: list[Entry] = []
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
    version, content = "", record.value or b""
    if record.topic == PREDICTIONS_MADE.name:
        with contextlib.suppress(PoisonMessage):
            made = decode(PREDICTIONS_MADE, content)
            version, content = made.model_version, bytes(made.answer)
    return Seen(
        topic=record.topic,
        id=record.key.decode("utf-8", "replace"),
        partition=record.partition,
        offset=record.offset,
        digest=digest(content),
        version=version,
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
