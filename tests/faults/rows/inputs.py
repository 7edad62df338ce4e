"""Rows 22, 24 and 25: records and requests that are wrong."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from contracts import headers as names
from contracts.channels import BATTLE_REQUESTED, REQUEST_ANSWERED
from contracts.serving import Predicted, Refused
from shared.bus import decode
from tests.faults.asking import Asker
from tests.faults.running import Row, Run, in_background, until
from tests.support.bus import packing_producer, read_all
from tests.support.service_process import Member

GOOD: Final = (
    b'{"a":{"pokemon":"pikachu","moves":["thunderbolt"]},"b":{"pokemon":"squirtle","moves":["tackle"]}}'
)
Raw = tuple[bytes | None, bytes | None, dict[str, bytes]]
"""Key, value, headers."""
PARTITIONS: Final = BATTLE_REQUESTED.partitions
BOMB_BYTES: Final = 20_000_000
"""Packed by gzip: about 20 kB."""
NEXT_SECONDS: Final = 1.0
MOST_MEMORY_GROWTH: Final = 50_000_000


@contextlib.asynccontextmanager
async def wide_producer(run: Run) -> AsyncIterator[AIOKafkaProducer]:
    """One that sends what ours would refuse."""
    producer = AIOKafkaProducer(bootstrap_servers=run.scene.kafka.bootstrap, max_request_size=30_000_000)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def letters_of(run: Run, marker: bytes) -> list[Any]:
    """Dead letters of requests whose header `x-marker` is this one."""
    records = await read_all(run.scene.kafka.bootstrap, BATTLE_REQUESTED.dead_letter_name)
    return [record for record in records if dict(record.headers).get("x-marker") == marker]


async def unreadable(run: Run) -> None:
    """Each among good requests: a dead letter as it was, a typed answer, and nobody behind it waits."""
    marker = run.prefix.encode()
    bad: list[Raw] = [
        (b"bad", b"{not json", {}),
        (b"bad", b'{"a":{"pokemon":"\xc3"},"b":{}}', {}),
        (b"bad", b"\xff\xfe\x00", {}),
        (b"bad", b'{"a":1}', {}),
        (b"bad", None, {}),
        (None, GOOD, {}),
        (b"", GOOD, {}),
        (b"\xff", GOOD, {}),
        (b"bad", GOOD, {names.SCHEMA_VERSION: b"99"}),
        (b"bad", GOOD, {names.DEADLINE: b"tomorrow"}),
        (b"bad", b"\x80\x04N.", {"content-type": b"application/x-python-pickle"}),
        (b"bad", b"", {"content-type": b"application/xml"}),
    ]
    run.draw.shuffle(bad)
    sent: dict[tuple[int, int], Raw] = {}
    next_ones = Asker(run.asker.requester, run.ledger, f"{run.prefix}next-", run.draw)
    async with wide_producer(run) as producer, in_background(run.asker.load(40)):
        partitions = sorted(await producer.partitions_for(BATTLE_REQUESTED.name))
        for number, (key, value, headers) in enumerate(bad):
            addressed = {"x-marker": marker, **reply_headers(_correlation(run, number)), **headers}
            # where the next good one will lie as well
            next_id = f"{next_ones.prefix}{next_ones.asked + 1}"
            partition = DefaultPartitioner()(next_id.encode(), partitions, partitions)
            where = await producer.send_and_wait(
                BATTLE_REQUESTED.name, value, key=key, headers=[*addressed.items()], partition=partition
            )
            sent[where.partition, where.offset] = (key, value, addressed)
            reply = await next_ones.ask(10)
            run.check(isinstance(reply, Predicted), f"the request after {value!r} was not predicted: {reply}")
        run.measure(
            "the next one of the partition was answered after at most, s",
            max(next_ones.waits, default=0.0),
            at_most=run.scaled(3, NEXT_SECONDS),
        )

    async def all_buried() -> bool:
        return len(await letters_of(run, marker)) >= len(bad)

    await until(all_buried, f"{len(bad)} dead letters", 10)
    found = {}
    for letter in await letters_of(run, marker):
        told = dict(letter.headers)
        run.check(bool(told.get(names.X_ERROR)), f"no reason with {letter.value!r}")
        found[int(told[names.X_PARTITION]), int(told[names.X_OFFSET])] = (letter.key, letter.value, told)
    for place, (key, value, headers) in sent.items():
        letter = found.get(place)
        is_whole = letter is not None and letter[:2] == (key, value) and headers.items() <= letter[2].items()
        run.check(is_whole, f"the dead letter of {value!r} is not what was sent: {letter}")
    await _check_answers(run, bad)
    await run.heal(5)


def _correlation(run: Run, number: int) -> str:
    return f"unreadable-{run.prefix}{number}"


def reply_headers(correlation_id: str) -> dict[str, bytes]:
    """As a caller says where it waits: in the first partition, which anybody may read."""
    return {
        names.REPLY_TO: REQUEST_ANSWERED.name.encode(),
        names.REPLY_PARTITION: b"0",
        names.CORRELATION_ID: correlation_id.encode(),
    }


async def _check_answers(run: Run, bad: Sequence[Raw]) -> None:
    """Each was told, at the address that it gave, that it is malformed, and in which field."""
    answers: dict[str, list[Any]] = {}
    for reply in await read_all(run.scene.kafka.bootstrap, REQUEST_ANSWERED.name):
        one = (dict(reply.headers).get(names.CORRELATION_ID) or b"").decode("utf-8", "replace")
        answers.setdefault(one, []).append(decode(REQUEST_ANSWERED, reply.value))
    for number, (key, value, headers) in enumerate(bad):
        what = f"{key!r} {value!r} {headers}"
        (reply, *more) = answers.get(_correlation(run, number)) or [None]
        is_told = isinstance(reply, Refused) and reply.reason == "malformed" and bool(reply.field)
        run.check(is_told and not more, f"{what}: answered {reply} and {len(more)} more")


async def oversized(run: Run) -> None:
    """Refused by the broker, or by the service before it is parsed; the process does not grow."""
    feature = run.scene.members["feature"]
    marker = run.prefix.encode()
    mark = [("x-marker", marker)]
    await run.asker.load(10)
    before = feature.memory_bytes()
    end = asyncio.Event()
    async with wide_producer(run) as producer, in_background(_peak(feature, end)) as peak:
        try:
            await producer.send_and_wait(BATTLE_REQUESTED.name, b"x" * 10_000_000, key=b"large", headers=mark)
            run.check(False, "the broker took 10 MB")
        except MessageSizeTooLargeError:
            pass
        deep = b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
        many = [(f"h{number}", b"") for number in range(int(run.scaled(50_000, 100_000)))]
        await producer.send_and_wait(BATTLE_REQUESTED.name, deep, key=b"deep", headers=mark)
        await producer.send_and_wait(BATTLE_REQUESTED.name, b"x" * 900_000, key=b"wide", headers=mark)
        await producer.send_and_wait(BATTLE_REQUESTED.name, GOOD, key=b"headers", headers=[*mark, *many])
        async with packing_producer(run.scene.kafka.bootstrap) as bomber:
            try:
                await bomber.send_and_wait(
                    BATTLE_REQUESTED.name, b" " * BOMB_BYTES, key=b"bomb", headers=mark
                )
                run.check(False, f"the broker took {BOMB_BYTES} bytes packed by gzip")
            except MessageSizeTooLargeError:
                pass

        async def all_buried() -> bool:
            return len(await letters_of(run, marker)) == 3

        await until(all_buried, "three dead letters")
        await run.asker.load(40)
        end.set()
    grown = peak.result() - before
    run.check(grown <= MOST_MEMORY_GROWTH, f"feature grew by {grown / 1e6:.0f} MB")
    await run.heal(5)


async def _peak(member: Member, end: asyncio.Event) -> int:
    most = 0
    while not end.is_set():
        most = max(most, member.memory_bytes())
        await asyncio.sleep(0.01)
    return most


WRONG_BATTLES: Final[tuple[tuple[str, str, str], ...]] = (
    ('{"pokemon":"missingno"}', "a.pokemon", "missingno"),
    ('{"pokemon":"pikachu","moves":["splashier"]}', "a.moves", "splashier"),
    ('{"pokemon":"pikachu","level":0}', "a.level", "0"),
    ('{"pokemon":"pikachu","level":101}', "a.level", "101"),
    ('{"pokemon":"pikachu","level":-1}', "a.level", "-1"),
    ('{"pokemon":"pikachu","level":1000000000}', "a.level", "1000000000"),
    ('{"pokemon":"pikachu","level":true}', "a.level", "true"),
    ('{"pokemon":"pikachu","level":NaN}', "a.level", "NaN"),
    ('{"pokemon":"pikachu","level":Infinity}', "a.level", "Infinity"),
    ('{"pokemon":true}', "a.pokemon", "true"),
    ('{"pokemon":"pikachu","moves":[]}', "a.moves", ""),
    (
        '{"pokemon":"mew","moves":["tackle","psychic","swift","thunderbolt","surf"]}',
        "a.moves",
        "",
    ),
    ('{"pokemon":"pikachu","moves":["thunderbolt","thunderbolt"]}', "a.moves", "thunderbolt"),
    ('{"pokemon":"🐭⚡"}', "a.pokemon", "🐭⚡"),
    ('{"pokemon":"\u202eبيكاتشو"}', "a.pokemon", "بيكاتشو"),
    ('{"pokemon":"pika\\u0000chu"}', "a.pokemon", "pika"),
    ('{"pokemon":"\'; drop table predictions; --"}', "a.pokemon", "drop table"),
    ('{"pokemon":"<script>alert(1)</script>"}', "a.pokemon", "<script>"),
)


async def wrong_battles(run: Run) -> None:
    """Each is refused by field and value, and none is predicted."""
    for side, field, value in WRONG_BATTLES:
        body = f'{{"a":{side},"b":{{"pokemon":"squirtle","moves":["tackle"]}}}}'.encode()
        reply = await run.asker.ask(10, body)
        if not isinstance(reply, Refused):
            run.check(False, f"{side} was not refused: {reply}")
            continue
        run.check(reply.field.startswith(field), f"{side}: refused for {reply.field}, not {field}")
        shown = f"{reply.value} {reply.message}"
        run.check(value in shown, f"{side}: the refusal does not show {value!r}: {shown}")
        run.check(bool(reply.remedy), f"{side}: no remedy")
    await run.asker.load(10)
    await run.heal(5)


ROWS: Final = (
    Row(
        number=22,
        title="invalid JSON, broken UTF-8, wrong schema version, no key, no value, unknown content type",
        expected="dead letter with original bytes, headers, reason, offset; a typed answer to its address; "
        "the next one of its partition answered within 1 s",
        kind="swept",
        run=unreadable,
    ),
    Row(
        number=24,
        title="10 MB message, 100,000 headers, gzip bomb, JSON 10,000 levels deep",
        expected="refused before it is parsed; memory grows by at most 50 MB",
        kind="fixed",
        run=oversized,
    ),
    Row(
        number=25,
        title="unknown names, levels out of range, NaN, no or five or doubled moves, emoji, NUL, SQL, HTML",
        expected="refused by field and value, never predicted",
        kind="fixed",
        run=wrong_battles,
    ),
)
