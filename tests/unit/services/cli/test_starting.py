import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from services.cli import starting
from services.cli.console import Steps
from services.cli.reaching import NotRunning
from services.cli.starting import Waiting
from services.embedded.layout import DataDirectory
from services.embedded.processes import PartFailed
from services.embedded.stack import Part, Stack
from services.embedded.supervisor import ProgramState, Supervisor
from shared.errors import Misconfigured


class FakeSupervisor:
    """Answers what a test wants supervisord to say, one answer after the other, the last for ever."""

    def __init__(self, *states: ProgramState) -> None:
        self._states = list(states)
        self.started: list[str] = []

    def start_program(self, name: str) -> None:
        self.started.append(name)

    def states(self) -> dict[str, ProgramState]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {state.name: state}


class FakeStack:
    def __init__(self, directory: DataDirectory, *parts: Part) -> None:
        self.directory = directory
        self._parts = {part.name: part for part in parts}

    def parts(self) -> dict[str, Part]:
        return self._parts


def state(word: str, *, exit_status: int = 0, started_at: int = 0) -> ProgramState:
    return ProgramState(name="drift", state=word, pid=7, exit_status=exit_status, started_at=started_at)


def never() -> str | None:
    return "not yet"


@pytest.fixture
def waiting_for(tmp_path: Path) -> Callable[..., tuple[Waiting, FakeSupervisor, Part]]:
    directory = DataDirectory(tmp_path)
    directory.create()
    directory.logs.mkdir()
    directory.log_file("drift").write_text("PDX_KAFKA_BOOTSTRAP is wrong\n")

    def make(*states: ProgramState, **changes: Any) -> tuple[Waiting, FakeSupervisor, Part]:
        fields: dict[str, Any] = {"name": "drift", "address": "http://here", "probe": never, **changes}
        part = Part(**fields)
        supervisor = FakeSupervisor(*states)
        stack = FakeStack(directory, part)
        waiting = Waiting(cast(Stack, stack), cast(Supervisor, supervisor), Steps())
        return waiting, supervisor, part

    return make


Make = Callable[..., tuple[Waiting, FakeSupervisor, Part]]


def test_a_part_that_becomes_ready_is_printed_once(
    waiting_for: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["not yet", "not yet"])
    waiting, supervisor, part = waiting_for(state("RUNNING"), probe=lambda: next(answers, None))
    with waiting:
        waiting.start([part])
        waiting.until_ready(["drift"])
        waiting.until_ready(["drift"])
    assert supervisor.started == ["drift"]
    assert capsys.readouterr().out.count("drift") == 1


def test_an_outside_part_is_waited_for_and_not_started(waiting_for: Make) -> None:
    waiting, supervisor, part = waiting_for(state("STOPPED"), probe=lambda: None, is_external=True)
    with waiting:
        waiting.start([part])
        waiting.until_ready(["drift"])
    assert supervisor.started == []


def test_a_part_that_refuses_its_settings_is_not_waited_for(waiting_for: Make) -> None:
    waiting, _, part = waiting_for(state("RUNNING"), state("BACKOFF", exit_status=2))
    with waiting:
        waiting.start([part])
        with pytest.raises(Misconfigured, match=r"drift refused to start(.|\n)*PDX_KAFKA_BOOTSTRAP"):
            waiting.until_ready(["drift"])


def test_one_crash_is_forgiven_and_three_are_not(waiting_for: Make) -> None:
    crashes = [state("BACKOFF", exit_status=1, started_at=at) for at in (1, 1, 2, 2, 3)]
    waiting, supervisor, part = waiting_for(*crashes)
    with waiting:
        waiting.start([part])
        with pytest.raises(PartFailed, match="again and again"):
            waiting.until_ready(["drift"])
    assert supervisor.states()["drift"].started_at == 3


def test_what_supervisord_gave_up_is_given_up(waiting_for: Make) -> None:
    waiting, _, part = waiting_for(state("FATAL", exit_status=1))
    with waiting:
        waiting.start([part])
        with pytest.raises(PartFailed, match="drift"):
            waiting.until_ready(["drift"])


def test_the_time_of_who_needs_a_model_begins_when_there_is_one(
    waiting_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.starting.READY_SECONDS", 0.5)
    waiting, _, part = waiting_for(state("RUNNING"))
    with waiting:
        begin = time.monotonic()
        waiting.start([part])
        while time.monotonic() - begin < 1.0:
            waiting.while_training()
            time.sleep(0.02)
        with pytest.raises(PartFailed, match=r"not ready within 0\.5 s: not yet"):
            waiting.until_ready(["drift"])
        assert time.monotonic() - begin > 1.4


def test_an_outside_part_that_does_not_answer_is_named_soon(
    waiting_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "EXTERNAL_SECONDS", 0.2)
    waiting, _, part = waiting_for(state("STOPPED"), is_external=True)
    with waiting:
        waiting.start([part])
        with pytest.raises(NotRunning, match="http://here does not answer: not yet"):
            waiting.until_ready(["drift"])
