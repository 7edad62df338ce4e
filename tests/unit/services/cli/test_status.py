from typing import Any, cast

import pytest

from services.cli.status import stack_status
from services.embedded.stack import Part, Stack
from services.embedded.supervisor import ProgramState, Supervisor


class FakeStack:
    def __init__(self, part: Part) -> None:
        self._part = part

    def parts(self) -> dict[str, Part]:
        return {self._part.name: self._part}


class FakeSupervisor:
    def __init__(self, word: str, pid: int | None) -> None:
        self._state = ProgramState(name="drift", state=word, pid=pid, exit_status=0, started_at=0)

    def states(self) -> dict[str, ProgramState]:
        return {"drift": self._state}


def state_of(word: str, reason: str | None, *, is_external: bool = False, pid: int | None = 1) -> str:
    fields: dict[str, Any] = {"name": "drift", "address": "http://here", "is_external": is_external}
    stack = FakeStack(Part(probe=lambda: reason, **fields))
    supervisor = FakeSupervisor(word, pid)
    return stack_status(cast(Stack, stack), cast(Supervisor, supervisor))["drift"].state


@pytest.mark.parametrize(
    ("word", "reason", "expected"),
    [
        ("RUNNING", None, "ready"),
        ("RUNNING", "no model", "not ready"),
        ("STARTING", "connection refused", "starting"),
        ("BACKOFF", None, "failed"),
        ("FATAL", None, "failed"),
        ("STOPPED", None, "stopped"),
    ],
)
def test_supervisord_s_word_and_the_part_s_own_make_one_state(
    word: str, reason: str | None, expected: str
) -> None:
    assert state_of(word, reason) == expected


@pytest.mark.parametrize(("reason", "expected"), [(None, "external"), ("refused", "unreachable")])
def test_an_outside_part_is_only_asked(reason: str | None, expected: str) -> None:
    assert state_of("STOPPED", reason, is_external=True, pid=None) == expected


def test_without_a_supervisor_everything_of_ours_is_stopped() -> None:
    stack = FakeStack(Part(name="drift", address="http://here", probe=lambda: None))
    assert stack_status(cast(Stack, stack), None)["drift"].state == "stopped"
