"""The OpenAPI document of the gateway: its operations and examples, and a system that is as they say."""

from datetime import datetime
from functools import cache
from typing import Any, Final

import httpx
import msgspec
from jsonschema import Draft202012Validator

from contracts.battle import BattleAnswer, BattleRequested
from contracts.models import ModelAssigned
from contracts.serving import Predicted, PredictionMade
from services.gateway.app import create_app
from services.gateway.domain import Question
from services.gateway.examples import drift, history, jobs
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.system import CURRENT_MODEL
from services.gateway.history.stored import StoredPrediction
from services.gateway.jobs.job import answered
from services.gateway.jobs.uploads import read_upload
from shared.database.drift_changes import StoredChange
from shared.database.drift_windows import StoredReport, StoredWindow
from shared.drift.documents import Standing, Window
from shared.drift.performance import Performance
from shared.settings import Settings
from tests.support.gateway import Fakes, release
from tests.support.gateway_door import Door
from tests.support.gateway_stores import NOON
from tests.support.pokedex import load_snapshot_pokedex

EXCERPT: Final = "/asyncapi.json"
"""The one route whose example has fewer members than the answer."""


@cache
def document() -> dict[str, Any]:
    return create_app(Settings(), Fakes().ports()).openapi()


def operations() -> list[tuple[str, str]]:
    return [(method, path) for path, methods in document()["paths"].items() for method in methods]


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][path][method]
    return found


def parameters(method: str, path: str, where: str) -> dict[str, Any]:
    """Name → first example of each parameter."""
    return {
        one["name"]: one["schema"].get("examples", [None])[0]
        for one in operation(method, path).get("parameters", ())
        if one["in"] == where
    }


def bodies(method: str, path: str) -> list[dict[str, Any]]:
    """Each body that is shown, as arguments of a request."""
    content = operation(method, path).get("requestBody", {}).get("content", {})
    return [
        {"json": example["value"]}
        if media_type == "application/json"
        else {"content": example["value"], "headers": {"content-type": media_type}}
        for media_type, shown in content.items()
        for example in shown["examples"].values()
    ]


def success(method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and content, by media type, of the response when all is well."""
    [(status, response)] = [
        (int(status), response)
        for status, response in operation(method, path)["responses"].items()
        if status.startswith("2")
    ]
    return status, response.get("content", {})


def forms() -> list[tuple[str, str, str]]:
    """Method, path and media type of each answer."""
    return [
        (method, path, media_type)
        for method, path in operations()
        for media_type in success(method, path)[1] or [""]
    ]


async def ask(
    door: Door, method: str, path: str, *, named: dict[str, str] | None = None, **how: Any
) -> httpx.Response:
    """The request that the document shows, with other values in the path or anything else."""
    values = parameters(method, path, "path") | (named or {})
    if bodies(method, path) and "content" not in how:
        how = bodies(method, path)[0] | how
    return await door.client.request(method, path.format_map(values), **how)


def documented_answer() -> BattleAnswer:
    return msgspec.convert({name: PREDICTION[name] for name in BattleAnswer.__struct_fields__}, BattleAnswer)


def documented_prediction(request: BattleRequested, request_id: str) -> Predicted:
    said = documented_answer()
    if not request.explain:
        said = msgspec.structs.replace(said, explanation=None)
    return Predicted(
        request_id=request_id,
        family="battle",
        model_version=PREDICTION["model_version"],
        feature_set=PREDICTION["feature_set"],
        pokedex_hash=PREDICTION["pokedex_hash"],
        answer=msgspec.Raw(msgspec.json.encode(said)),
    )


def release_documented_model(door: Door) -> None:
    def milliseconds(name: str) -> int:
        return int(datetime.fromisoformat(CURRENT_MODEL[name]).timestamp() * 1_000)

    version = CURRENT_MODEL["version"]
    same = {name: CURRENT_MODEL[name] for name in ("feature_set", "metrics", "sha256", "size_bytes")}
    hashes = {name: CURRENT_MODEL[name] for name in ("dataset_hash", "pokedex_hash")}
    released = msgspec.structs.replace(
        release(version), released_at_ms=milliseconds("released_at"), **same, **hashes
    )
    door.models.releases = {("battle", version): released}
    door.models.assignments = {
        "battle": ModelAssigned(
            family="battle",
            champion=version,
            previous=CURRENT_MODEL["previous"],
            assigned_at_ms=milliseconds("assigned_at"),
            reason=CURRENT_MODEL["reason"],
        )
    }


def documented_window() -> StoredWindow:
    """The window that the document shows, with its report."""
    shown = drift.WINDOW
    times = {
        f"{name}_ms": int(datetime.fromisoformat(shown[name]).timestamp() * 1_000)
        for name in ("start", "end")
    }
    same = {name: shown[name] for name in Window.__struct_fields__ if name in shown}
    window = msgspec.convert(same | times | {"standing": Standing(shown["state"])}, Window)
    changes = [
        StoredChange(
            family=window.family,
            model_version=window.model_version,
            at_ms=int(datetime.fromisoformat(one["at"]).timestamp() * 1_000),
            source_partition=one["partition"],
            source_offset=one["offset"],
            **{name: one[name] for name in ("signal", "before", "after", "recent")},
        )
        for one in shown["changes"]
    ]
    return StoredWindow(
        window=window,
        changes=changes,
        closed_at=NOON,
        report=msgspec.convert(shown["report"], StoredReport),
        **{name: shown[name] for name in ("window_id", "revision", "sha256", "is_withdrawn", "offsets")},
    )


def keep_documented_past(door: Door) -> None:
    """The prediction and the window that the document shows."""
    door.drift.rows = [documented_window()]
    door.drift.performances = {
        drift.WINDOW["window_id"]: msgspec.convert(drift.WINDOW["performance"], Performance)
    }
    door.drift.files = {
        drift.WINDOW["report"]["json_sha256"]: msgspec.json.encode(drift.REPORT),
        drift.WINDOW["report"]["html_sha256"]: drift.REPORT_PAGE.encode(),
    }
    shown = history.PREDICTION
    stored = {name: shown[name] for name in shown if name not in ("made_at", "outcome")}
    door.log.rows = [StoredPrediction(**stored, requester=door.key_id, made_at=NOON)]
    door.tail.made = [
        PredictionMade(
            **{name: shown[name] for name in ("request_id", "family", "model_version", "feature_set")},
            pokedex_hash=shown["pokedex_hash"],
            request=msgspec.Raw(msgspec.json.encode(shown["request"])),
            answer=msgspec.Raw(msgspec.json.encode(shown["answer"])),
            body_hash="",
            features=b"",
            requester=door.key_id,
        )
    ]


async def keep_documented_job(door: Door) -> None:
    body = msgspec.json.encode(bodies("post", "/jobs")[0]["json"])
    rows = read_upload("application/json", body, load_snapshot_pokedex)
    assert isinstance(rows[0], Question)
    door.jobs.is_held = True
    await door.jobs.accept(jobs.JOB_ID, door.key_id, rows)
    reply = documented_prediction(rows[0].request, f"{jobs.JOB_ID}-0")
    await door.jobs.settle(jobs.JOB_ID, [answered(0, rows[0], reply)])


def assert_shown(example: Any, actual: Any, at: str = "") -> None:
    """`actual` is what `example` shows; a list of an example may have fewer members."""
    if isinstance(example, dict):
        assert isinstance(actual, dict), at
        assert example.keys() == actual.keys(), at
        for name in example.keys() - {"request_id", "job_id"}:
            assert_shown(example[name], actual[name], f"{at}.{name}")
    elif isinstance(example, list):
        assert isinstance(actual, list), at
        for position, member in enumerate(example):
            assert any(_is_shown(member, one) for one in actual), f"{at}[{position}]: {member} in {actual}"
    else:
        assert example == actual, at


def _is_shown(example: Any, actual: Any) -> bool:
    try:
        assert_shown(example, actual)
    except AssertionError:
        return False
    return True


def assert_schema(schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator({**schema, "components": document()["components"]}).validate(value)
