"""What a caller is told when the bus refuses, stays silent or the gateway fails."""

import json

import msgspec
import pytest

from contracts.serving import RefusalReason
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from tests.support.gateway_door import DUEL, Door, assert_problem, refusing


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("malformed", 400),
        ("invalid", 422),
        ("unknown", 422),
        ("not_learnable", 422),
        ("not_scored", 422),
        ("conflict", 409),
        ("expired", 504),
        ("unavailable", 503),
        ("internal", 502),
    ],
)
async def test_a_refusal_is_a_problem_document(door: Door, reason: RefusalReason, status: int) -> None:
    door.requester.responder = refusing(reason)

    document = assert_problem(await door.post("/predict/battle", DUEL), status)

    assert document["type"] == f"urn:predictiondex:problem:{reason}"
    assert document["field"] == "a.pokemon"
    assert document["value"] == "pikachuu"
    assert document["remedy"] == "Take a suggestion."
    assert document["suggestions"] == ["Pikachu", "Raichu"]
    assert document["instance"] == "/predict/battle"
    assert document["request_id"] == door.requester.asked[0][2]


@pytest.mark.parametrize(
    ("suggestions_fr", "told"),
    [(("Carapuce", "Carabaffe"), ["Carapuce", "Carabaffe"]), ((), ["Squirtle", "Wartortle"])],
)
async def test_suggestions_of_a_service_are_told_in_french_where_it_has_some(
    door: Door, suggestions_fr: tuple[str, ...], told: list[str]
) -> None:
    door.requester.responder = lambda request, request_id: msgspec.structs.replace(
        refusing("unknown")(request, request_id),
        suggestions=("Squirtle", "Wartortle"),
        suggestions_fr=suggestions_fr,
    )
    answered = await door.post("/predict/battle", DUEL, **{"accept-language": "fr"})
    assert assert_problem(answered, 422)["suggestions"] == told


@pytest.mark.parametrize("field", ["a.moves[0]", "a.moves"])
async def test_a_refusal_of_a_single_move_names_that_field(door: Door, field: str) -> None:
    door.requester.responder = refusing("unknown", field)
    assert assert_problem(await door.post("/predict/battle", DUEL), 422)["field"] == "a.move"


async def test_a_retryable_refusal_says_when_to_try_again(door: Door) -> None:
    door.requester.responder = refusing("unavailable", retryable=True)
    response = await door.post("/predict/battle", DUEL)
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("failure", "status", "retry"),
    [
        (NotReady("no position yet"), 503, True),
        (Overloaded("4096 pending"), 503, True),
        (ShuttingDown("stopped"), 503, True),
        (CallFailed("the reply could not be read"), 503, True),
        (ReplyTimeout("no reply within 5 s"), 504, False),
    ],
)
async def test_no_reply_is_a_problem_document(
    door: Door, failure: CallFailed, status: int, retry: bool
) -> None:
    door.requester.failure = failure

    response = await door.post("/predict/battle", DUEL)

    document = assert_problem(response, status)
    if isinstance(failure, ReplyTimeout):
        assert f"X-Request-ID: {document['request_id']}" in document["remedy"]
    else:
        assert document["remedy"] == failure.remedy
    assert document["request_id"] == door.requester.asked[0][2] == response.headers["x-request-id"]
    assert ("retry-after" in response.headers) is retry


async def test_a_defect_is_a_problem_document_and_is_logged(
    door: Door, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    door.requester.failure = ZeroDivisionError("planted")

    response = await door.post("/predict/battle", DUEL)
    document = assert_problem(response, 500)
    assert document["request_id"] == response.headers["x-request-id"]

    assert "planted" not in json.dumps(document)
    captured = capsys.readouterr()
    assert "planted" in captured.out + captured.err + caplog.text
