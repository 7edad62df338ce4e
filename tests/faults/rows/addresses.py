"""Row 26: records that ask for replies elsewhere."""

from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from contracts import headers as names
from contracts.channels import BATTLE_REQUESTED, PREDICTIONS_MADE, REQUEST_ANSWERED
from tests.faults.rows.inputs import GOOD, PARTITIONS, letters_of, wide_producer
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import end_offsets
from tests.support.bus import read_all


async def forged_addresses(run: Run) -> None:
    """Replies go to the reply topic alone, whatever a record asks for."""
    bootstrap = run.scene.kafka.bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    topics = [name for name in await admin.list_topics() if not name.startswith("__")]
    await admin.close()
    partition = str(run.draw.randrange(REQUEST_ANSWERED.partitions)).encode()
    forged: list[dict[str, bytes]] = [
        {names.REPLY_TO: PREDICTIONS_MADE.name.encode(), names.REPLY_PARTITION: b"0"},
        {names.REPLY_TO: b"__consumer_offsets", names.REPLY_PARTITION: b"0"},
        {names.REPLY_TO: b"pokedex.pokemon.v1", names.REPLY_PARTITION: b"0"},
        {names.REPLY_TO: b"nowhere", names.REPLY_PARTITION: b"0"},
        {names.REPLY_TO: b"\xff", names.REPLY_PARTITION: b"0"},
        {names.REPLY_PARTITION: b"0"},
        {names.REPLY_TO: REQUEST_ANSWERED.name.encode()},
        {names.REPLY_TO: REQUEST_ANSWERED.name.encode(), names.REPLY_PARTITION: b"99"},
        {names.REPLY_TO: REQUEST_ANSWERED.name.encode(), names.REPLY_PARTITION: b"-1"},
        {names.REPLY_TO: REQUEST_ANSWERED.name.encode(), names.REPLY_PARTITION: partition},
        {
            names.REPLY_TO: REQUEST_ANSWERED.name.encode(),
            names.REPLY_PARTITION: partition,
            names.CORRELATION_ID: b"x" * 65,
        },
    ]
    run.draw.shuffle(forged)
    before = await end_offsets(bootstrap, *topics)
    marker = run.prefix.encode()
    async with wide_producer(run) as producer:
        for number, address in enumerate(forged):
            pairs = [("x-marker", marker), *address.items()]
            # over all partitions, for a consumer may stop at too many dead letters in a row
            await producer.send_and_wait(
                BATTLE_REQUESTED.name, GOOD, key=b"forged", headers=pairs, partition=number % PARTITIONS
            )

    async def all_buried() -> bool:
        return len(await letters_of(run, marker)) == len(forged)

    await until(all_buried, f"{len(forged)} dead letters")
    after = await end_offsets(bootstrap, *topics)
    written = {topic: sum(after[topic]) - sum(before[topic]) for topic in topics}
    expected = {BATTLE_REQUESTED.name: len(forged), BATTLE_REQUESTED.dead_letter_name: len(forged)}
    others = {topic: count for topic, count in written.items() if count and topic not in expected}
    run.check(not others, f"written elsewhere: {others}")
    run.check({topic: written[topic] for topic in expected} == expected, f"written: {written}")
    await _reused_correlation(run)
    await run.heal(5)


async def _reused_correlation(run: Run) -> None:
    """Two requests of one correlation id: both answers go to that address, and disturb nobody."""
    pairs = [
        (names.REPLY_TO, REQUEST_ANSWERED.name.encode()),
        (names.REPLY_PARTITION, b"0"),
        (names.CORRELATION_ID, f"twice-{run.prefix}".encode()),
    ]
    async with wide_producer(run) as producer, in_background(run.asker.load(20)):
        for number in (1, 2):
            key = f"{run.prefix}reused-{number}".encode()
            await producer.send_and_wait(BATTLE_REQUESTED.name, GOOD, key=key, headers=pairs)

    async def both_answered() -> bool:
        replies = await read_all(run.scene.kafka.bootstrap, REQUEST_ANSWERED.name)
        wanted = f"twice-{run.prefix}".encode()
        return sum(dict(reply.headers).get(names.CORRELATION_ID) == wanted for reply in replies) == 2

    await until(both_answered, "both answers")


ROWS: Final = (
    Row(
        number=26,
        title="forged, missing or internal `reply_to`, reused correlation id",
        expected="dead letter; nothing is written to any other topic",
        kind="swept",
        run=forged_addresses,
    ),
)
