"""Requester → feature → inference → reply and `predictions.made`, on a real broker."""

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts import headers as names
from contracts.battle import BattleAnswer, BattleRequested, Combatant
from contracts.channels import FEATURES_COMPUTED, PREDICTIONS_MADE
from contracts.serving import Predicted, Refused
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_SET
from shared.bus import create_producer
from tests.support.asgi import running
from tests.support.bus import eventually, read_all
from tests.support.onnx_models import linear_model
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.request_path import RequestPath, make_path, path

__all__ = ["path"]

pytestmark = pytest.mark.timeout(180)


async def test_a_request_is_answered_and_the_fact_published(path: RequestPath) -> None:
    reply = await path.ask(0.0, 0.0, request_id=(one := secrets.token_hex(6)))
    assert isinstance(reply, Predicted)
    assert (reply.request_id, reply.model_version, bytes(reply.answer)) == (one, "v1", b'{"probability":0.5}')
    (fact,) = await path.facts(one)
    assert bytes(fact.answer) == bytes(reply.answer)
    assert bytes(fact.request) == b'{"x":0.0,"y":0.0}'
    assert fact.pokedex_hash == load_snapshot_pokedex().pokedex_hash


async def test_the_fact_says_in_body_and_header_who_asked(path: RequestPath) -> None:
    one, nobodys = secrets.token_hex(6), secrets.token_hex(6)
    await path.ask(0.0, 0.0, request_id=one, requester="key-1")
    await path.ask(0.0, 0.0, request_id=nobodys)
    assert [fact.requester for fact in await path.facts(one)] == ["key-1"]
    assert [fact.requester for fact in await path.facts(nobodys)] == [""]
    records = await read_all(path.settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    said = {record.key: dict(record.headers).get(names.REQUESTER) for record in records}
    assert (said[one.encode()], said[nobodys.encode()]) == (b"key-1", None)


async def test_a_refusal_reaches_the_caller_and_makes_no_fact(path: RequestPath) -> None:
    reply = await path.ask(-1.0, 0.0, request_id=(one := secrets.token_hex(6)))
    assert isinstance(reply, Refused)
    assert (reply.field, reply.value, reply.reason) == ("x", "-1.0", "invalid")
    assert await path.facts(one) == []


async def test_a_request_without_reply_headers_is_answered_in_the_log_only(path: RequestPath) -> None:
    producer = create_producer(path.settings)
    await producer.start()
    one = secrets.token_hex(6)
    await producer.send_and_wait(path.channel.name, b'{"x":1,"y":1}', key=one.encode())
    await producer.stop()

    async def is_made() -> bool:
        return len(await path.facts(one)) == 1

    await eventually(is_made, "the prediction")


async def test_an_expired_request_is_dropped(path: RequestPath) -> None:
    producer = create_producer(path.settings)
    await producer.start()
    expired = secrets.token_hex(6)
    deadline = str(int(time.time() * 1000) - 1).encode()
    for partition in range(path.channel.partitions):
        await producer.send_and_wait(
            path.channel.name,
            b'{"x":1,"y":1}',
            key=expired.encode(),
            headers=[(names.DEADLINE, deadline)],
            partition=partition,
        )
        last = secrets.token_hex(6)
        await producer.send_and_wait(
            path.channel.name, b'{"x":1,"y":1}', key=last.encode(), partition=partition
        )

        async def is_made(one: str = last) -> bool:
            return len(await path.facts(one)) == 1

        await eventually(is_made, "the request behind the expired one")
    await producer.stop()
    assert await path.facts(expired) == []


async def test_past_its_deadline_inference_publishes_the_fact_as_late(path: RequestPath) -> None:
    one = secrets.token_hex(6)
    await path.ask(0.5, 0.25, request_id=one)
    records = await read_all(path.settings.kafka_bootstrap, FEATURES_COMPUTED.name)
    (record,) = [record for record in records if record.key == one.encode()]
    expired = dict(record.headers) | {names.DEADLINE: str(int(time.time() * 1000) - 1).encode()}
    producer = create_producer(path.settings)
    await producer.start()
    await producer.send_and_wait(
        FEATURES_COMPUTED.name, record.value, key=record.key, headers=list(expired.items())
    )
    await producer.stop()

    async def is_late() -> bool:
        return [fact.late for fact in await path.facts(one)] == [False, True]

    await eventually(is_late, "the late prediction")


async def test_answers_do_not_depend_on_their_neighbours(path: RequestPath) -> None:
    points = [(0.1 * number, 0.01 * number) for number in range(60)]
    together = await asyncio.gather(*(path.ask(x, y) for x, y in points))
    apart = [await path.ask(x, y) for x, y in points]
    assert [msgspec.json.encode(one.answer) for one in together if isinstance(one, Predicted)] == [
        msgspec.json.encode(one.answer) for one in apart if isinstance(one, Predicted)
    ]
    assert len(together) == 60


async def test_a_refusal_that_nobody_awaits_is_kept_as_a_dead_letter(path: RequestPath) -> None:
    producer = create_producer(path.settings)
    await producer.start()
    await producer.send_and_wait(path.channel.name, b'{"x":-1,"y":0}', key=b"nobody-waits")
    await producer.stop()

    async def is_kept() -> bool:
        letters = await read_all(path.settings.kafka_bootstrap, path.channel.dead_letter_name)
        return [
            (letter.key, letter.value, b"x is negative" in dict(letter.headers)[names.X_ERROR])
            for letter in letters
        ] == [(b"nobody-waits", b'{"x":-1,"y":0}', True)]

    await eventually(is_kept, "the refusal in the dead-letter topic")


async def test_a_battle_is_explained_on_request_by_the_model_that_answers(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    path = await make_path(kafka_bootstrap, tmp_path, BattleFamily)
    names_of_features = path.family.feature_sets[FEATURE_SET]
    typical = tuple(1.0 if name.endswith("_power") else 0.0 for name in names_of_features)
    content = linear_model(len(names_of_features), weight=1e-4)
    await path.release(
        "v1", content, feature_set=FEATURE_SET, feature_names=names_of_features, reference_row=typical
    )
    known: dict[str, Any] = {path.family.name: path.family}
    asked = BattleRequested(
        Combatant("mew", level=70), Combatant("squirtle", moves=("water-gun", "tackle")), explain=True
    )
    await path.requester.start()
    try:
        async with (
            running(create_inference(path.settings, known)),
            running(create_feature(path.settings, known)),
        ):
            reply = await path.requester.ask(path.channel, asked, timeout_s=40)
            plain = await path.requester.ask(
                path.channel, msgspec.structs.replace(asked, explain=False), timeout_s=40
            )
    finally:
        await path.requester.stop()
    assert isinstance(reply, Predicted)
    assert isinstance(plain, Predicted)
    answer = msgspec.json.decode(reply.answer, type=BattleAnswer)
    assert answer.explanation is not None
    assert answer.explanation.a.move == answer.recommended_move
    assert answer.explanation.b.move == answer.best_reply
    assert answer.explanation.moves_first == "a"
    assert sum(one.points for one in answer.explanation.contributions) == pytest.approx(
        answer.win_probability - (answer.explanation.reference_probability or 0.0), abs=1e-6
    )
    assert msgspec.structs.replace(answer, explanation=None) == msgspec.json.decode(
        plain.answer, type=BattleAnswer
    )
