"""The worker process of one training: `python -m services.training.job`.

Reads a `Job` (MessagePack) from stdin; writes one JSON line per report on stdout: `Progressed` as it
goes, then `Trained` or `Failed`. The ONNX file is left at `Job.model_file`. The heavy libraries
are imported here, so that the service itself stays small.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.training import evaluation, predictions
from services.training.candidates import Candidates
from services.training.card import card_json, card_markdown, make_card, peak_memory_mb
from services.training.dataset import PARTS, Part, Rows, build_part, hash_rows
from services.training.playing import player
from services.training.report import METRICS_FILE, REPORT_FILE, metrics_of, write_report
from services.training.reports import Built, Failed, Job, Progressed, Report, Trained
from services.training.shelf import ParquetShelf, dataset_key
from shared.battle.features import FEATURE_NAMES, FEATURE_SET, feature_rows
from shared.battle.tables import BattleTables
from shared.errors import ModelRejected

MAXIMUM_PROCESSES: Final = 8
REPORT_EVERY_SECONDS: Final = 0.5
PARITY_ROWS: Final = 20_000
IMPORTANCE_ROWS: Final = 500

# Shares of the whole: simulate each part; boost; export and judge.
_PART_SPANS: Final[dict[Part, tuple[float, float]]] = {
    "train": (0.02, 0.45),
    "validation": (0.45, 0.49),
    "test": (0.49, 0.53),
    "unseen_pokemon": (0.53, 0.57),
    "unseen_move": (0.57, 0.61),
}
_HELD_OUT: Final[tuple[Part, ...]] = ("validation", "test", "unseen_pokemon", "unseen_move")
_BOOSTING_SPAN: Final = (0.62, 0.98)
_SEARCH_SPAN: Final = (0.62, 0.9)


Reporter = Callable[[str, float, str], None]


def run_job(job: Job, report: Reporter) -> Trained | Built:
    """Simulate, train, export, judge; or stop when the dataset stands.

    Raises ModelRejected when the export is not faithful.
    """
    begin = time.monotonic()
    seconds: dict[str, float] = {}
    folder = Path(job.model_file).parent
    pokedex = job.records.to_pokedex()
    tables = BattleTables.from_pokedex(pokedex)
    candidates = Candidates.of(tables, pokedex)
    parts: dict[Part, Rows] = {}
    # The libraries take seconds to load, which pass while the duels are played.
    shelf = None
    if job.dataset_folder:
        key = dataset_key(pokedex.pokedex_hash, job.size, job.seed)
        shelf = ParquetShelf(Path(job.dataset_folder) / key)
    feature_rows(tables, *np.zeros((6, 1), dtype=np.int64))  # compiled once, before the players start
    with (
        ThreadPoolExecutor(1) as loader,
        player(tables, job.records, min(job.n_jobs, MAXIMUM_PROCESSES)) as play,
    ):
        libraries = loader.submit(import_module, "services.training.recipe")
        for part in PARTS:
            step = f"simulating {job.size.rows(part):,} match-ups ({part})"
            tell = _spanned(report, step, *_PART_SPANS[part])
            tell(0.0)
            parts[part] = build_part(candidates, part, job.size, job.seed, play, tell, shelf)
            seconds[part] = time.monotonic() - begin - sum(seconds.values())
    dataset_hash = hash_rows(parts)
    card = make_card(
        parts,
        tables=tables,
        candidates=candidates,
        size=job.size,
        seed=job.seed,
        dataset_hash=dataset_hash,
        seconds=seconds,
    )
    (folder / "dataset.json").write_bytes(card_json(card))
    (folder / "dataset.md").write_text(card_markdown(card))
    if job.until == "dataset":
        return Built(
            dataset_hash=dataset_hash,
            match_ups=card["match_ups"],
            seconds=time.monotonic() - begin,
            peak_memory_mb=peak_memory_mb(),
        )
    report("loading the training libraries", _BOOSTING_SPAN[0], "")
    recipe = libraries.result()
    boosting_span, chosen = _BOOSTING_SPAN, dict[str, Any]()

    def choose(binned: Any) -> dict[str, Any]:
        if job.trials or job.grid:
            search = import_module("services.training.search")
            tell = _spanned(report, "searching parameters", *_SEARCH_SPAN)
            chosen.update(
                search.search_parameters(
                    binned,
                    trials=job.trials,
                    grid=job.grid,
                    seed=job.seed,
                    on_trial=lambda done, of, loss: tell(done / of, f"trial {done} of {of}, loss {loss:.5f}"),
                )
            )
        return chosen

    if job.trials or job.grid:
        boosting_span = (_SEARCH_SPAN[1], _BOOSTING_SPAN[1])
    model = recipe.train(
        parts["train"],
        parts["validation"],
        seed=job.seed,
        n_jobs=job.n_jobs,
        on_progress=_spanned(report, "boosting trees", *boosting_span),
        choose=choose,
    )
    report("judging", _BOOSTING_SPAN[1], "")
    predicted = {part: _both_orders(recipe.score_onnx, parts[part], model.onnx) for part in _HELD_OUT}
    predictions.store(folder / predictions.FILE_NAME, tables, parts, predicted)
    judged = predictions.load(folder / predictions.FILE_NAME)
    calibration = evaluation.calibrate(predicted["validation"], parts["validation"].win_rate)
    metrics = metrics_of(judged)
    parity_rows = parts["train"].features[:PARITY_ROWS]
    metrics |= {
        "interval_coverage": evaluation.coverage_of(predicted["test"], parts["test"].win_rate, calibration),
        **evaluation.verdict_metrics(predicted["test"], parts["test"].win_rate, calibration),
        "onnx_difference": recipe.check_parity(model, parity_rows),
        "onnx_rows": float(len(parity_rows)),
        "trees": float(model.rounds),
        "train_rows": float(len(parts["train"])),
    }
    metrics |= {f"parameter_{name}": float(value) for name, value in chosen.items()}
    if job.with_baselines:
        report("judging the baselines", _BOOSTING_SPAN[1], "")
        baselines = import_module("services.training.baselines")
        metrics |= baselines.baseline_metrics(parts["train"], parts["test"], seed=job.seed, n_jobs=job.n_jobs)
    if job.champion_file:
        champion = Path(job.champion_file).read_bytes()
        scores = _both_orders(recipe.score_onnx, parts["test"], champion)
        metrics["champion_mean_error"] = float(np.abs(scores - parts["test"].win_rate).mean())
    weights = recipe.importance(model, parts["test"].features[:IMPORTANCE_ROWS])
    (folder / "importance.json").write_bytes(msgspec.json.encode(weights))
    (folder / METRICS_FILE).write_bytes(msgspec.json.encode(metrics))
    (folder / REPORT_FILE).write_text(
        write_report(judged, metrics, seconds=time.monotonic() - begin, memory_mb=peak_memory_mb())
    )
    Path(job.model_file).write_bytes(model.onnx)
    return Trained(
        feature_set=FEATURE_SET,
        feature_names=FEATURE_NAMES,
        calibration=calibration,
        metrics=metrics,
        dataset_hash=dataset_hash,
        pokedex_hash=pokedex.pokedex_hash,
        reference_row=evaluation.typical_row(parts["validation"]),
    )


def _both_orders(
    score: Callable[[bytes, NDArray[np.float32]], NDArray[np.float64]], rows: Rows, onnx: bytes
) -> NDArray[np.float64]:
    """As requests are answered: the mean of both orders, by the exported model."""
    return (score(onnx, rows.features) + 1 - score(onnx, rows.swapped)) / 2


def _spanned(report: Reporter, step: str, start: float, end: float) -> Callable[..., None]:
    def tell(done: float, detail: str = "") -> None:
        report(step, start + done * (end - start), detail)

    return tell


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
