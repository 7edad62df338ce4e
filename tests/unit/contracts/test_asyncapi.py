"""The AsyncAPI document is current, valid, and says what the channel table says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from jsonschema import Draft202012Validator

from contracts.asyncapi import DOCUMENT_FILE, asyncapi_document, write_asyncapi
from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED, CHANNELS, REQUEST_ANSWERED, topic_names
from contracts.schema_snapshot import render
from contracts.serving import Refused

ROOT = Path(__file__).parents[3]

Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    return asyncapi_document()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document: Document, reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_the_committed_document_is_current(document: Document) -> None:
    assert (ROOT / DOCUMENT_FILE).read_text("utf-8") == render(document)


def test_it_is_written_once_and_then_left_alone(tmp_path: Path) -> None:
    assert write_asyncapi(tmp_path)
    assert not write_asyncapi(tmp_path)
    assert json.loads((tmp_path / DOCUMENT_FILE).read_text("utf-8")) == asyncapi_document()


def test_it_has_the_structure_of_asyncapi_3(document: Document) -> None:
    # `pathname` is optional in the specification, but this model of it insists on one.
    servers = {name: {"pathname": "/", **server} for name, server in document["servers"].items()}
    parsed = ApplicationSchema.model_validate({**document, "servers": servers})

    assert parsed.asyncapi == "3.0.0"
    assert {operation.action.value for operation in parsed.operations.values()} == {"send", "receive"}


def test_every_reference_leads_somewhere(document: Document) -> None:
    found = list(references(document))

    assert found
    for reference in found:
        resolve(document, reference)


def test_it_names_every_topic_and_no_other(document: Document) -> None:
    addresses = [channel["address"] for channel in document["channels"].values()]
    assert sorted(addresses) == sorted(topic_names())


def test_every_producer_and_consumer_has_an_operation(document: Document) -> None:
    for channel in CHANNELS:
        expected = {f"{program}.send.{channel.name}" for program in channel.producers}
        expected |= {f"{program}.receive.{channel.name}" for program in channel.consumers}
        actual = {
            name
            for name, operation in document["operations"].items()
            if resolve(document, operation["channel"]["$ref"])["address"] == channel.name
        }
        assert actual == expected


def test_an_operation_speaks_only_of_messages_of_its_channel(document: Document) -> None:
    for name, operation in document["operations"].items():
        parts = [operation, operation["reply"]] if "reply" in operation else [operation]
        for part in parts:
            for message in part["messages"]:
                assert message["$ref"].startswith(part["channel"]["$ref"] + "/messages/"), name


def test_kafka_settings_are_those_of_the_table(document: Document) -> None:
    for channel in CHANNELS:
        binding = document["channels"][channel.name]["bindings"]["kafka"]
        assert binding["partitions"] == channel.partitions
        assert document["channels"][channel.name]["x-maximum-value-bytes"] == channel.maximum_bytes
        assert binding["topicConfiguration"] == {
            "cleanup.policy": [channel.cleanup],
            "retention.ms": channel.retention_ms,
        }


def test_a_request_says_where_its_reply_comes(document: Document) -> None:
    reply = document["operations"][f"gateway.send.{BATTLE_REQUESTED.name}"]["reply"]
    headers = document["components"]["messages"]["BattleRequested"]["headers"]["properties"]

    assert resolve(document, reply["channel"]["$ref"])["address"] == REQUEST_ANSWERED.name
    assert len(reply["messages"]) == 2
    assert {"correlation_id", "reply_to", "reply_partition", "deadline"} <= headers.keys()
    assert headers["reply_to"]["const"] == REQUEST_ANSWERED.name


def test_real_messages_satisfy_their_schemas(document: Document) -> None:
    request = BattleRequested(Combatant("pikachu", moves=("thunderbolt",)), Combatant(7, level=100))
    refusal = Refused(
        request_id="1",
        field="a.level",
        value="0",
        reason="invalid",
        message="A level is 1 to 100.",
        remedy="Say 50.",
    )
    for message in (request, refusal):
        schema = {"$ref": f"#/components/schemas/{type(message).__name__}", **document}
        validator = Draft202012Validator(schema)
        body = json.loads(msgspec.json.encode(message))
        validator.validate(body)
        assert not validator.is_valid({**body, next(iter(body)): 1.5})
