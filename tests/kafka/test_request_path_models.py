"""Which model answers on the request path: a new champion, one that does not verify, none at all."""

import secrets
from pathlib import Path
from typing import Any

import pytest

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED
from contracts.models import ModelAssigned
from contracts.serving import Predicted, Refused
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from services.inference.model_shelf import ModelShelf
from shared.artefacts import ArtefactStore
from shared.bus import create_producer, publish
from shared.model_reader import ModelReader
from shared.signing import sign_release
from tests.support.asgi import running
from tests.support.bus import eventually, read_all
from tests.support.onnx_models import broken_model, linear_model
from tests.support.releases import a_release
from tests.support.request_path import RequestPath, make_path, path
from tests.support.tiny_family import TinyFamily

__all__ = ["path"]

pytestmark = pytest.mark.timeout(180)


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
