"""What a training is judged beside: the champion's file, tried for as long as its store is away."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.models import TrainingRequested
from services.training import running
from services.training.reports import Built, Job
from services.training.running import Finished, JobRunner
from shared.battle.features import FEATURE_SET
from shared.errors import ModelRejected, TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.releases import a_release


class Store:
    """Raises what it was given, one after the other; then it has the file."""

    def __init__(self, *errors: Exception, is_gone: bool = False) -> None:
        self.errors = list(errors)
        self.gone = is_gone

    def is_gone(self, _sha256: str) -> bool:
        return self.gone

    def get(self, _uri: str, _sha256: str) -> bytes:
        if self.errors:
            raise self.errors.pop(0)
        return b"champion"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Those that were begun; none is done for real."""
    begun: list[Job] = []

    async def run_in_worker(job: Job, _on_progress: Any) -> Built:
        begun.append(job)
        return Built(dataset_hash="d", match_ups=1, steps=())

    monkeypatch.setattr(running, "run_in_worker", run_in_worker)
    monkeypatch.setattr(running, "FETCH_AGAIN_SECONDS", (0.0, 0.0))
    return begun


def runner_of(store: Store, folder: Path) -> JobRunner:
    runner = JobRunner(ServiceBuilder("training", Settings(data_dir=folder), ()), store, None)  # type: ignore[arg-type]

    async def quietly(*_: Any) -> None:
        pass

    runner._tell = quietly  # type: ignore[assignment,method-assign]
    return runner


async def train(runner: JobRunner, folder: Path) -> Finished:
    champion = a_release(version="old", feature_set=FEATURE_SET)
    request = TrainingRequested(family="battle")
    return await runner.run("one", request, load_snapshot_pokedex(), folder / "model.onnx", champion)


async def unread_of(store: Store, folder: Path) -> str:
    return (await train(runner_of(store, folder), folder)).unread


async def test_a_store_that_comes_back_is_waited_for(jobs: list[Job], tmp_path: Path) -> None:
    away = TransientFailure("the store is away")
    assert await unread_of(Store(away, away), tmp_path) == ""
    assert await asyncio.to_thread(Path(jobs[0].champion_file).read_bytes) == b"champion"


async def test_a_store_that_stays_away_is_said(jobs: list[Job], tmp_path: Path) -> None:
    away = TransientFailure("the store is away")
    assert await unread_of(Store(away, away, away), tmp_path) == "the store is away"
    assert jobs[0].champion_file == ""


async def test_a_champion_that_is_lost_for_good_keeps_its_place_from_no_other(
    jobs: list[Job], tmp_path: Path
) -> None:
    away = TransientFailure("no such file")
    assert await unread_of(Store(away, away, away, is_gone=True), tmp_path) == ""
    assert jobs[0].champion_file == ""


async def test_a_stop_while_the_champion_is_waited_for_begins_no_job(
    jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of(Store(TransientFailure("away")), tmp_path)

    async def interrupt(_: float) -> None:
        runner.interrupt()

    monkeypatch.setattr(asyncio, "sleep", interrupt)
    with pytest.raises(TransientFailure, match="interrupted by a stop"):
        await train(runner, tmp_path)
    assert jobs == []


async def test_a_damaged_champion_is_not_waited_for(jobs: list[Job], tmp_path: Path) -> None:
    assert await unread_of(Store(ModelRejected("altered")), tmp_path) == ""
    assert jobs[0].champion_file == ""
