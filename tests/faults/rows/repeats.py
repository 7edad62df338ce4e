"""Row 12: the same request many times, and the same id with another body."""

import asyncio
from typing import Any, Final

from contracts.channels import BATTLE_REQUESTED, PREDICTIONS_MADE
from shared.bus import create_producer
from tests.faults.asking import random_battle, value_of
from tests.faults.connecting import connected
from tests.faults.running import Row, Run, in_background, until
from tests.support.bus import read_all

IDS: Final = 6


async def delivered_again(run: Run) -> None:
    """Some ids 1 to 100 times, each beside others; one id comes back with another body."""
    bodies = {f"{run.prefix}again-{number}": value_of(random_battle(run.draw)) for number in range(IDS)}
    copies = [one for one in bodies for _ in range(run.draw.choice((1, 2, 10, 100)))]
    run.draw.shuffle(copies)
    # outside of the run's ids, for its predictions differ on purpose
    conflict = f"conflict-{run.prefix}"
    first, second = b'{"a":{"pokemon":"pikachu"},"b":{"pokemon":"mew"}}', value_of(random_battle(run.draw))
    producer = create_producer(run.scene.settings())
    await producer.start()
    try:
        async with in_background(run.asker.load(30)):
            records = [(one, bodies[one]) for one in copies] + [(conflict, first), (conflict, second)]
            sent = [
                await producer.send(BATTLE_REQUESTED.name, body, key=one.encode()) for one, body in records
            ]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()
    await run.heal(10)
    async with connected(run) as connection:
        kept: list[Any] = await connection.fetch(
            "select request_id, request->'b'->>'pokemon' as b from predictions where request_id = any($1)",
            [*bodies, conflict],
        )
    run.check(sorted(row["request_id"] for row in kept) == sorted([*bodies, conflict]), f"rows: {kept}")
    of_conflict = [row["b"] for row in kept if row["request_id"] == conflict]
    run.check(of_conflict == ["mew"], f"the first body does not count: {of_conflict}")

    async def is_buried() -> bool:
        letters = await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.dead_letter_name)
        return sum(letter.key == conflict.encode() for letter in letters) == 1

    await until(is_buried, "the conflict's dead letter")


ROWS: Final = (
    Row(
        number=12,
        title="the same request 1 to 100 times; the same id with another body",
        expected="one row and one answer; the first body counts, the other is dead-lettered",
        kind="swept",
        run=delivered_again,
    ),
)
