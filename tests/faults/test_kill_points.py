"""A point at which a process kills itself is reached by what the process usually does."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from services.recorder.prediction_log import PredictionLog
from shared.delivery.subscriber import PromptBatchSubscriber
from shared.settings import Settings
from tests.support import kill_points
from tests.support.kill_points import AFTER_DATABASE_COMMIT, AFTER_POLL
from tests.support.service_process import Member

GROUP: Final = "recorder.predictions.made.v1"


@pytest.mark.parametrize(
    ("point", "owner", "name", "group", "returned", "is_reached"),
    [
        (AFTER_DATABASE_COMMIT, PredictionLog, "record", "", set[int](), True),
        (AFTER_DATABASE_COMMIT, PredictionLog, "record", "", {1}, True),
        (AFTER_POLL, PromptBatchSubscriber, "get_msg", GROUP, ("a record",), True),
        (AFTER_POLL, PromptBatchSubscriber, "get_msg", GROUP, (), False),
        (AFTER_POLL, PromptBatchSubscriber, "get_msg", f"archive.{GROUP}", ("a record",), False),
    ],
    ids=["no conflict", "a conflict", "records", "an empty poll", "what the archive reads anew"],
)
async def test_what_was_done_reaches_its_point(
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    owner: Any,
    name: str,
    group: str,
    returned: Any,
    is_reached: bool,
) -> None:
    async def done(*_: Any) -> Any:
        return returned

    hits: list[str] = []
    monkeypatch.setattr(owner, name, done)
    kill_points._POINTS[point](lambda: hits.append(point))  # type: ignore[arg-type]
    reader = SimpleNamespace(group_id=group)
    assert await getattr(owner, name)(reader) == returned
    assert hits == [point] * is_reached


def test_a_log_is_read_since_its_mark_and_over_restarts(tmp_path: Path) -> None:
    member = Member("feature", Settings(), tmp_path / "feature.log")
    member.mark_log()
    assert member.log() == ""
    member.log_file.write_text("the fault of an earlier row é\n", "utf-8")
    assert "earlier" in member.log()
    member.mark_log()
    assert member.log() == ""
    with member.log_file.open("a", encoding="utf-8") as log:
        log.write("will try again\n")
    assert member.log() == "will try again\n"
