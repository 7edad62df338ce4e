"""The worker process of one training: `python -m services.training.job`.

Reads a `Job` (MessagePack) from stdin; writes one JSON line per report on stdout: `Progressed` as it
goes, then `Trained` or `Failed`. The ONNX file is left at `Job.model_file`. The heavy libraries
are imported here, so that the service itself stays small.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from services.training.building import SPAN_END, Dataset, build_dataset, spanned
from services.training.judging import SPAN, judge_model
from services.training.record import Parameter
from services.training.reports import Built, Failed, Job, Progressed, Report, Trained
from services.training.trial_journal import TrialJournal
from services.training.watch import Reporter, Watch
from shared.battle.tables import BattleTables
from shared.errors import ModelRejected

REPORT_EVERY_SECONDS: Final = 0.5
_SEARCH_SPAN: Final = (0.62, 0.88)


def run_job(job: Job, report: Reporter) -> Trained | Built:
    """Simulate, train, export, judge; or stop when the dataset stands.

    Raises ModelRejected when the export is not faithful.
    """
    folder = Path(job.model_file).parent
    pokedex = job.records.to_pokedex()
    tables = BattleTables.from_pokedex(pokedex)
    with Watch(report) as watch:
        dataset = build_dataset(job, pokedex, tables, folder, watch)
        if job.until == "dataset":
            return dataset.built(watch)
        parts, recipe = dataset.parts, dataset.recipe
        watch("sorting the features into bins", SPAN_END)
        binned = recipe.bin_rows(parts["train"], parts["validation"], n_jobs=job.n_jobs)
        chosen, searched = _search(job, binned, dataset.dataset_hash, watch)
        begin = _SEARCH_SPAN[1] if chosen else _SEARCH_SPAN[0]
        tell = spanned(watch, "boosting trees", begin, SPAN)
        model = recipe.train(binned, chosen, seed=job.seed, on_progress=tell)
        parameters = {**recipe.PARAMETERS, **chosen, **searched, **_settings(job, dataset, model)}
        trained = judge_model(job, dataset, tables, model, parameters, folder, watch)
    Path(job.model_file).write_bytes(model.onnx)
    return trained


def _search(
    job: Job, binned: Any, dataset_hash: str, watch: Watch
) -> tuple[dict[str, Any], dict[str, Parameter]]:
    """Parameters that go over the usual ones, and how they were found."""
    if not job.trials and not job.grid:
        return {}, {"search": "none"}
    search = import_module("services.training.search")
    tell = spanned(watch, "searching parameters", *_SEARCH_SPAN)
    asked = {"trials": job.trials, "grid": job.grid, "seed": job.seed}
    file = None
    if job.dataset_folder:
        key = search.search_key(dataset_hash, **asked, n_jobs=job.n_jobs)
        file = Path(job.dataset_folder) / "searches" / f"{key}.jsonl"
    found = search.search_parameters(binned, **asked, on_search=tell, journal=TrialJournal(file))
    return dict(found.parameters), {
        "search": "grid" if job.grid else "Optuna",
        "search_completed_trials": found.completed,
        "search_pruned_trials": found.pruned,
        "search_best_loss": found.loss,
    }


def _settings(job: Job, dataset: Dataset, model: Any) -> dict[str, Parameter]:
    """What else decides the model, beside the parameters of the booster."""
    recipe = dataset.recipe
    return {
        "seed": job.seed,
        "workers": job.n_jobs,
        "most_rounds": recipe.ROUNDS,
        "patience": recipe.PATIENCE,
        "trees": model.rounds,
        "decided_race": recipe.DECIDED,
        "keep_one_decided_in": recipe.KEEP_ONE_IN,
        "match_ups_trained_on": dataset.trained_on,
        **{f"dataset_{name}": value for name, value in asdict(job.size).items()},
    }


class LineReporter:
    """Writes reports as JSON lines, progress at most every half second unless the step changes."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """`stream` gets the lines."""
        self._stream = stream
        self._clock = clock
        self._last: tuple[str, float] = ("", float("-inf"))

    def __call__(self, step: str, fraction: float, detail: str = "") -> None:
        """Report progress."""
        now = self._clock()
        if step != self._last[0] or now - self._last[1] >= REPORT_EVERY_SECONDS:
            self._last = (step, now)
            self.write(Progressed(step, fraction, detail))

    def write(self, report: Report) -> None:
        """Write one line at once."""
        self._stream.write(msgspec.json.encode(report).decode() + "\n")
        self._stream.flush()


def main() -> int:
    """Run the job that stands on stdin. Returns the exit code."""
    # Boosting threads that wait by spinning are ten times slower beside other processes; OpenMP reads
    # these when its library is loaded, which is later.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    # Libraries print to stdout when they please; the reports get a descriptor of their own.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as stream:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        reporter = LineReporter(stream)
        try:
            job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
            reporter.write(run_job(job, reporter))
        except (ModelRejected, ValueError) as error:
            reporter.write(Failed(str(error)))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
