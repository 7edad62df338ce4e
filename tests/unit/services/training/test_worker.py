"""The service's side of the worker process: reports in, a result or a reason out."""

from pathlib import Path

import pytest

from services.training.playing import PokedexRecords
from services.training.reports import Job, Progressed, Trained
from services.training.worker import TrainingFailed, run_in_worker

JOB = Job(records=PokedexRecords((), (), ()), seed=1, n_jobs=1, model_file="unused")
TRAINED = (
    '{"type":"trained","feature_set":"f","feature_names":["x"],"calibration":{"coverage":0.9,'
    '"bin_edges":[0,1],"interval_half_width":[0.1],"sure_above":0.9,"likely_above":0.6},'
    '"metrics":{},"dataset_hash":"d","pokedex_hash":"p"}'
)


def write_module(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> str:
    """A module of that body, which a process started here can run with -m."""
    (folder / "stand_in_job.py").write_text("import sys\nsys.stdin.buffer.read()\n" + body)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.chdir(folder)
    return "stand_in_job"


async def test_progress_is_passed_on_in_order_and_the_result_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f'{{"type":"progressed","step":"s","fraction":{part / 4}}}' for part in range(3)]
    module = write_module(tmp_path, monkeypatch, "".join(f"print('{line}')\n" for line in [*lines, TRAINED]))
    told: list[Progressed] = []

    async def on_progress(progress: Progressed) -> None:
        told.append(progress)

    result = await run_in_worker(JOB, on_progress, module)
    assert isinstance(result, Trained)
    assert [progress.fraction for progress in told] == [0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('print(\'{"type":"failed","reason":"no good"}\')\nsys.exit(1)\n', "no good"),
        ("print('out of memory', file=sys.stderr)\nsys.exit(7)\n", "code 7: out of memory"),
        ("", "said nothing"),
    ],
)
async def test_a_job_without_a_model_is_a_failure_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    async def on_progress(_: Progressed) -> None:
        return None

    with pytest.raises(TrainingFailed, match=reason):
        await run_in_worker(JOB, on_progress, write_module(tmp_path, monkeypatch, body))


async def test_a_job_that_is_not_there_is_a_failure() -> None:
    async def on_progress(_: Progressed) -> None:
        return None

    with pytest.raises(TrainingFailed, match="no_such_module"):
        await run_in_worker(JOB, on_progress, "no_such_module")
