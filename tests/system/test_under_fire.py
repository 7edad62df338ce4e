"""Requests through the whole running system, while inference is killed and while input is bad."""

import asyncio
import json
import os
import random
import secrets
import signal
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts import headers as names
from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED, PREDICTIONS_MADE
from contracts.serving import Predicted, Refused
from services.embedded.stack import stack_settings
from shared.bus import create_producer, decode
from shared.replies import Requester
from shared.settings import Settings
from tests.support.bus import eventually, read_all
from tests.system.conftest import LocalStack

REQUESTS = 1_000
IN_FLIGHT = 32
PIKACHU = Combatant("pikachu", moves=("thunderbolt",))
SQUIRTLE = Combatant("squirtle", moves=("water-gun",))


@pytest.fixture
def settings(running_stack: LocalStack) -> Settings:
    return stack_settings(running_stack.data)


@pytest.fixture
async def requester(settings: Settings) -> AsyncIterator[Requester]:
    asker = Requester(settings, name="fire")
    await asker.start()
    yield asker
    await asker.stop()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


def random_battle(draw: random.Random) -> BattleRequested:
    def side() -> Combatant:
        pokemon, move = draw.choice(
            [("pikachu", "thunderbolt"), ("squirtle", "water-gun"), ("geodude", "tackle"), ("mew", "psychic")]
        )
        return Combatant(pokemon, level=draw.randint(1, 100), moves=(move,))

    return BattleRequested(side(), side())


async def test_a_thousand_requests_survive_the_kill_of_inference(
    running_stack: LocalStack, requester: Requester, database: asyncpg.Connection, settings: Settings
) -> None:
    seed = secrets.randbits(32)
    draw = random.Random(seed)
    run = secrets.token_hex(4)
    ids = [f"{run}-{number}" for number in range(REQUESTS)]
    kill_at = draw.randrange(100, 900)
    slots = asyncio.Semaphore(IN_FLIGHT)
    answered: list[str] = []
    killed = asyncio.Event()
    before = running_stack.status()["parts"]["inference"]["pid"]

    async def ask(request_id: str) -> None:
        async with slots:
            reply = await requester.ask(
                BATTLE_REQUESTED, random_battle(draw), request_id=request_id, timeout_s=60
            )
            assert isinstance(reply, Predicted), reply
            answered.append(reply.request_id)
            if len(answered) == kill_at:
                os.kill(before, signal.SIGKILL)
                killed.set()

    await asyncio.gather(*(ask(one) for one in ids))
    assert killed.is_set()
    assert sorted(answered) == sorted(ids), f"seed {seed}"

    async def all_recorded() -> bool:
        query = "select count(*) from predictions where request_id like $1"
        return int(await database.fetchval(query, f"{run}-%")) == REQUESTS

    await eventually(all_recorded, f"{REQUESTS} rows (seed {seed})", timeout_s=30)
    facts: dict[str, set[bytes]] = {}
    for record in await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name):
        if record.key.startswith(run.encode()):
            made = decode(PREDICTIONS_MADE, record.value)
            facts.setdefault(made.request_id, set()).add(bytes(made.answer))
    assert len(facts) == REQUESTS
    assert all(len(answers) == 1 for answers in facts.values()), "the same question, the same answer"
    after = running_stack.status()["parts"]["inference"]
    assert after["pid"] != before
    assert after["state"] == "ready"


async def test_a_plain_record_without_reply_headers_is_answered_in_the_log(
    settings: Settings, database: asyncpg.Connection
) -> None:
    one = f"kcat-{secrets.token_hex(4)}"
    body = (
        b'{"a":{"pokemon":"pikachu","moves":["thunderbolt"]},'
        b'"b":{"pokemon":"squirtle","moves":["water-gun"]}}'
    )
    producer = create_producer(settings)
    await producer.start()
    await producer.send_and_wait(BATTLE_REQUESTED.name, body, key=one.encode())
    await producer.stop()

    async def is_recorded() -> bool:
        return int(await database.fetchval("select count(*) from predictions where request_id=$1", one)) == 1

    await eventually(is_recorded, "the row")
    answer = json.loads(await database.fetchval("select answer from predictions where request_id=$1", one))
    assert answer["win_probability"] > 0.9
    records = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    assert len([record for record in records if record.key == one.encode()]) == 1


@pytest.mark.parametrize(
    ("a", "field", "reason"),
    [
        (Combatant("pikachuu", moves=("thunderbolt",)), "a.pokemon", "unknown"),
        (Combatant("pikachu", moves=("hyper-laser",)), "a.moves[0]", "unknown"),
        (Combatant("pikachu", moves=("water-gun",)), "a.moves[0]", "not_learnable"),
        (Combatant("pikachu", level=0, moves=("thunderbolt",)), "a.level", "invalid"),
        (Combatant("pikachu", level=101, moves=("thunderbolt",)), "a.level", "invalid"),
        (Combatant("pikachu", moves=()), "a.moves", "invalid"),
        (Combatant("pikachu", moves=("thunderbolt", "thunderbolt")), "a.moves[1]", "invalid"),
        (Combatant("", moves=("thunderbolt",)), "a.pokemon", "unknown"),
        (Combatant("\0" * 10, moves=("thunderbolt",)), "a.pokemon", "unknown"),
        (Combatant("é" * 9_000, moves=("thunderbolt",)), "a.pokemon", "unknown"),
        (Combatant(10**18, moves=("thunderbolt",)), "a.pokemon", "unknown"),
    ],
)
async def test_a_bad_request_is_refused_by_field_within_a_second(
    requester: Requester, a: Combatant, field: str, reason: str
) -> None:
    begin = time.monotonic()
    refused = await requester.ask(BATTLE_REQUESTED, BattleRequested(a, SQUIRTLE), timeout_s=30)
    assert time.monotonic() - begin < 1.0
    assert isinstance(refused, Refused)
    assert (refused.field, refused.reason) == (field, reason)
    assert refused.remedy
    good = await requester.ask(
        BATTLE_REQUESTED,
        BattleRequested(PIKACHU, SQUIRTLE),
        timeout_s=30,
    )
    assert isinstance(good, Predicted)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b'{"a":{"pokemon":"pikachu","level":"fifty"},"b":{"pokemon":"squirtle"}}',
        b'{"a":{"pokemon":"pikachu","level":NaN},"b":{"pokemon":"squirtle"}}',
        b'{"a":{"pokemon":"pikachu","level":true},"b":{"pokemon":"squirtle"}}',
        b'{"a":{"pokemon":"pikachu","levle":50},"b":{"pokemon":"squirtle"}}',
        b'{"a":[]}',
    ],
)
async def test_an_unreadable_request_is_answered_and_kept_with_its_bytes(
    requester: Requester, settings: Settings, body: bytes
) -> None:
    one = f"bad-{secrets.token_hex(4)}"
    refused = await requester.ask(BATTLE_REQUESTED, body, request_id=one, timeout_s=30)
    assert isinstance(refused, Refused)
    assert refused.reason == "malformed"

    async def is_kept() -> bool:
        letters = await read_all(settings.kafka_bootstrap, BATTLE_REQUESTED.dead_letter_name)
        return [
            (letter.value, bool(dict(letter.headers)[names.X_ERROR]))
            for letter in letters
            if letter.key == one.encode()
        ] == [(body, True)]

    await eventually(is_kept, "the dead letter")


async def test_swapping_the_sides_gives_the_complement(requester: Requester) -> None:
    one = await requester.ask(BATTLE_REQUESTED, BattleRequested(PIKACHU, SQUIRTLE), timeout_s=30)
    other = await requester.ask(BATTLE_REQUESTED, BattleRequested(SQUIRTLE, PIKACHU), timeout_s=30)
    assert isinstance(one, Predicted)
    assert isinstance(other, Predicted)
    p, q = (json.loads(bytes(reply.answer))["win_probability"] for reply in (one, other))
    assert p > 0.9
    assert p + q == pytest.approx(1.0, abs=0.02)


async def test_a_normal_move_does_nothing_to_a_ghost(requester: Requester) -> None:
    battle = BattleRequested(Combatant("geodude", moves=("tackle",)), Combatant("gastly", moves=("lick",)))
    reply = await requester.ask(BATTLE_REQUESTED, battle, timeout_s=30)
    assert isinstance(reply, Predicted)
    assert json.loads(bytes(reply.answer))["win_probability"] < 0.05
