from pathlib import Path
from typing import cast

import pytest
import typer

from services.cli import stopping
from services.embedded.layout import DataDirectory
from services.embedded.processes import PartFailed
from services.embedded.supervisor import ProgramState, Supervisor


class FakeSupervisor:
    """Programs that end as soon as they are told to; the order is remembered."""

    def __init__(self, *names: str) -> None:
        self._running = list(names)
        self.stopped: list[str] = []

    def states(self) -> dict[str, ProgramState]:
        return {
            name: ProgramState(name=name, state="RUNNING", pid=1, exit_status=0, started_at=0)
            for name in self._running
        }

    def stop_program(self, name: str) -> None:
        if name in self._running:
            self._running.remove(name)
            self.stopped.append(name)

    def shutdown(self) -> None:
        self.stopped.append("supervisor")


class DeadSupervisor(FakeSupervisor):
    def states(self) -> dict[str, ProgramState]:
        raise PartFailed("no answer")


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    return directory


def test_services_end_before_what_they_stand_on(directory: DataDirectory) -> None:
    supervisor = FakeSupervisor("kafka", "database", "ui", "feature-2", "mlflow")
    assert stopping.stop(directory, cast(Supervisor, supervisor)) == 0
    assert set(supervisor.stopped[:2]) == {"ui", "feature-2"}
    assert set(supervisor.stopped[2:5]) == {"kafka", "database", "mlflow"}
    assert supervisor.stopped[-1] == "supervisor"


def test_a_dead_supervisor_does_not_keep_the_rest_from_being_stopped(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "stop_leftovers", lambda _, polite_seconds: 3)
    assert stopping.stop(directory, cast(Supervisor, DeadSupervisor())) == 3


def test_wiping_stops_first_and_asks(directory: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = FakeSupervisor("kafka", "ui")
    monkeypatch.setattr(typer, "confirm", lambda _: False)
    with pytest.raises(typer.Exit):
        stopping.wipe(directory, cast(Supervisor, supervisor), yes=False)
    assert supervisor.stopped == []
    assert directory.exists

    stopping.wipe(directory, cast(Supervisor, supervisor), yes=True)
    assert supervisor.stopped == ["ui", "kafka", "supervisor"]
    assert not directory.exists
