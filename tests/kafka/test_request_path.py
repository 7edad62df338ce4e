"""Requester → feature → inference → reply and `predictions.made`, on a real broker."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts import headers as names
from contracts.battle import BattleAnswer, BattleRequested, Combatant
from contracts.channels import (
    FEATURES_COMPUTED,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    PREDICTIONS_MADE,
    Channel,
)
from contracts.models import ModelAssigned
from contracts.serving import Predicted, Refused
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from services.inference.model_shelf import ModelShelf
from shared.artefacts import ArtefactStore
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_SET
from shared.bus import create_producer, decode, publish
from shared.model_reader import ModelReader
from shared.replies import Requester
from shared.settings import Settings
from shared.signing import ensure_keys, sign_release
from tests.support.asgi import running
from tests.support.bus import copy_of, eventually, make_topics, ping_channel, read_all, settings_for
from tests.support.onnx_models import broken_model, linear_model
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.released import release_model
from tests.support.releases import a_release
from tests.support.tiny_family import Point, TinyFamily

pytestmark = pytest.mark.timeout(180)


@dataclass
class RequestPath:
    """The request path of one test: a family of its own, so that tests do not meet."""

    settings: Settings
    family: TinyFamily | BattleFamily
    channel: Channel
    requester: Requester

    async def release(self, version: str, content: bytes, *, sign: bool = True, **changes: Any) -> None:
        """Publish a release and make it champion."""
        options: dict[str, Any] = {"feature_set": "tiny-v1", "sign": sign} | changes
        await release_model(self.settings, self.family.name, version, content, **options)

    async def ask(self, x: float, y: float, **options: Any) -> Predicted | Refused:
        return await self.requester.ask(self.channel, Point(x, y), **({"timeout_s": 20} | options))

    async def features(self, request_id: str) -> list[Any]:
        records = await read_all(self.settings.kafka_bootstrap, FEATURES_COMPUTED.name)
        return [
            decode(FEATURES_COMPUTED, record.value) for record in records if record.key == request_id.encode()
        ]

    async def facts(self, request_id: str) -> list[Any]:
        records = await read_all(self.settings.kafka_bootstrap, PREDICTIONS_MADE.name)
        return [
            decode(PREDICTIONS_MADE, record.value) for record in records if record.key == request_id.encode()
        ]


async def make_path(
    kafka_bootstrap: str, tmp_path: Path, kind: type[TinyFamily] | type[BattleFamily] = TinyFamily
) -> RequestPath:
    settings = settings_for(kafka_bootstrap, data_dir=tmp_path)
    ensure_keys(settings.signing_key_file, settings.verify_key_file)
    body = BattleRequested if kind is BattleFamily else Point
    channel = copy_of(ping_channel(partitions=2), messages=(body,))
    await make_topics(kafka_bootstrap, channel)
    await publish_packaged_pokedex(settings)
    family = TinyFamily(channel) if kind is TinyFamily else BattleFamily()
    family.request_channel = channel
    family.name = f"tiny-{secrets.token_hex(3)}"
    return RequestPath(settings, family, channel, Requester(settings, name="test"))


@pytest.fixture
async def path(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[RequestPath]:
    made = await make_path(kafka_bootstrap, tmp_path)
    settings = made.settings
    await made.release("v1", linear_model(2, weight=1.0))
    known: dict[str, Any] = {made.family.name: made.family}
    await made.requester.start()
    try:
        async with running(create_inference(settings, known)), running(create_feature(settings, known)):
            yield made
    finally:
        await made.requester.stop()


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
    said = {record.key.decode(): dict(record.headers).get(names.REQUESTER) for record in records}
    assert (said[one], said[nobodys]) == (b"key-1", None)


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


async def test_a_new_champion_answers_without_a_restart(path: RequestPath) -> None:
    await path.release("v2", linear_model(2, weight=0.0))

    async def is_new() -> bool:
        reply = await path.ask(3.0, 3.0)
        return isinstance(reply, Predicted) and reply.model_version == "v2"

    await eventually(is_new, "version 2 to answer")


@pytest.mark.parametrize("fault", ["unsigned", "altered", "nan", "feature names", "reference row"])
async def test_a_champion_that_does_not_verify_is_rejected_and_the_old_one_answers(
    path: RequestPath, fault: str
) -> None:
    content = broken_model(2) if fault == "nan" else linear_model(2)
    of_fault: dict[str, dict[str, Any]] = {
        "feature names": {"feature_names": ("y", "x")},
        "reference row": {"reference_row": (0.5,)},
    }
    changes = of_fault.get(fault, {})
    if fault == "altered":
        digest = ArtefactStore(path.settings.artifacts).put(content).sha256
        (Path(path.settings.artifacts) / digest[:2] / digest).write_bytes(content[:-1] + b"!")
        release = a_release(
            family=path.family.name,
            version="bad",
            artefact_uri=f"artefact:{digest}",
            sha256=digest,
            feature_set="tiny-v1",
        )
        producer = create_producer(path.settings)
        await producer.start()
        signed = sign_release(release, path.settings.signing_key_file)
        await publish(producer, MODEL_RELEASED, signed, key=f"{path.family.name}/bad")
        assigned = ModelAssigned(family=path.family.name, champion="bad", assigned_at_ms=1)
        await publish(producer, MODEL_ASSIGNED, assigned, key=path.family.name)
        await producer.stop()
    else:
        await path.release("bad", content, sign=fault != "unsigned", **changes)

    stamped = set()
    for _ in range(20):
        reply = await path.ask(1.0, 1.0, request_id=(one := secrets.token_hex(6)))
        assert isinstance(reply, Predicted)
        assert reply.model_version == "v1"
        stamped |= {features.model_version for features in await path.features(one)}
    assert "bad" in stamped, "feature stamped the bad champion, so that inference had to stand in"


async def test_an_assignment_of_what_was_never_released_changes_nothing(path: RequestPath) -> None:
    """A rollback by hand with the wrong version must not stop the answers, not even over a restart."""
    await path.release("v2", linear_model(2, weight=0.0))
    mistaken = ModelAssigned(
        family=path.family.name, champion="VERSION BEFORE", previous="v1", assigned_at_ms=2
    )
    producer = create_producer(path.settings)
    await producer.start()
    await publish(producer, MODEL_ASSIGNED, mistaken, key=path.family.name)
    await producer.stop()
    for _ in range(20):
        reply = await path.ask(1.0, 1.0)
        assert isinstance(reply, Predicted)

    late = ModelReader(path.settings)
    await late.start()
    try:
        await late.wait_caught_up(20)
        champion = late.champion(path.family.name)
        assert champion is not None
        assert champion.version == "v1", "who never saw another champion takes the one before"
        assert await late.check_champions([path.family.name]) is None
    finally:
        await late.stop()


async def test_without_any_model_that_verifies_a_request_is_refused_as_retryable(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    path = await make_path(kafka_bootstrap, tmp_path)
    await path.release("v1", linear_model(2), sign=False)
    known: dict[str, Any] = {path.family.name: path.family}
    await path.requester.start()
    try:
        async with (
            running(create_inference(path.settings, known)),
            running(create_feature(path.settings, known)),
        ):
            refused = await path.ask(1.0, 1.0)
    finally:
        await path.requester.stop()
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.retryable) == ("unavailable", True)


async def test_before_the_first_model_a_request_is_refused_at_once_and_not_kept_as_a_letter(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    path = await make_path(kafka_bootstrap, tmp_path)
    await path.requester.start()
    try:
        async with running(create_feature(path.settings, {path.family.name: path.family})):
            refused = await path.ask(1.0, 1.0)
    finally:
        await path.requester.stop()
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.retryable) == ("unavailable", True)
    assert f"There is no model of {path.family.name} to answer with yet" in refused.message
    assert "ready" in refused.remedy
    assert await read_all(path.settings.kafka_bootstrap, path.channel.dead_letter_name) == []


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


async def test_families_of_others_do_not_concern_readiness(path: RequestPath) -> None:
    foreign = TinyFamily(path.channel)
    foreign.name = f"foreign-{secrets.token_hex(3)}"
    other = RequestPath(path.settings, foreign, path.channel, path.requester)
    await other.release("v1", linear_model(2), sign=False)
    known: dict[str, Any] = {path.family.name: path.family}
    shelf = ModelShelf(path.settings, known)
    await shelf.start()
    try:
        assert await shelf.check() is None
    finally:
        await shelf.stop()
