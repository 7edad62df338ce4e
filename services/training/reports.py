"""What passes between the service and its worker process."""

from typing import Final

import msgspec

from contracts.models import Calibration, TrainingEnd, TrainingSize, TrainingStep
from services.training.dataset import DatasetSize
from services.training.drift_files import HISTOGRAMS_FILE, SAMPLE_FILE
from services.training.playing import PokedexRecords
from services.training.record import TrainingRecord

FULL_SIZE: Final = DatasetSize(
    train=898_612, validation=6_000, test=10_000, train_battles=30, judging_battles=1_000
)


FIRST_SIZE: Final = DatasetSize(
    train=200_000, validation=3_000, test=4_000, train_battles=30, judging_battles=1_000
)
"""Of the first start, which is waited for."""

SIZES: Final[dict[TrainingSize, DatasetSize]] = {"first": FIRST_SIZE, "full": FULL_SIZE}
SLICES_FILE: Final = "slices.json"
FIGURE_FILES: Final = (
    "figure-reliability.png",
    "figure-errors.png",
    "figure-confusion.png",
    "figure-scenarios.png",
    "figure-move-classes.png",
    "figure-forms.png",
    "figure-gain.png",
    "figure-shap.png",
)
CARD_FILES: Final = ("dataset.json", "dataset.md")
KEPT_FILES: Final = (
    "predictions.parquet",
    "metrics.json",
    SLICES_FILE,
    "importance.json",
    "training.json",
    "report.md",
    HISTOGRAMS_FILE,
    SAMPLE_FILE,
    *FIGURE_FILES,
    *CARD_FILES,
)
"""What a training leaves in its folder beside the model; a dataset alone leaves its card."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to train from, and where to leave the model."""

    records: PokedexRecords
    seed: int
    n_jobs: int
    model_file: str
    dataset_folder: str = ""
    fresh: bool = False
    """Play every match-up again, whatever lies in `dataset_folder`."""
    until: TrainingEnd = "release"
    trials: int = 0
    grid: bool = False
    with_baselines: bool = False
    champion_file: str = ""
    """ONNX file of a champion of the same feature set, to be judged on the same duels."""
    size: DatasetSize = FULL_SIZE


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """`fraction` is of the whole job, 0 to 1."""

    step: str
    fraction: float
    detail: str = ""


class Trained(msgspec.Struct, frozen=True, kw_only=True, tag="trained"):
    """The model file is written; this is what a release says about it."""

    feature_set: str
    feature_names: tuple[str, ...]
    calibration: Calibration
    metrics: dict[str, float]
    dataset_hash: str
    pokedex_hash: str
    reference_row: tuple[float, ...] = ()
    record: TrainingRecord = TrainingRecord()


class Built(msgspec.Struct, frozen=True, kw_only=True, tag="built"):
    """The dataset stands; no model was asked for.

    `folder`: where rows and card are kept. `earlier_hash`: of the same dataset as a run before built it.
    """

    dataset_hash: str
    match_ups: int
    steps: tuple[TrainingStep, ...]
    folder: str = ""
    earlier_hash: str = ""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Why there is no model."""

    reason: str


Report = Progressed | Trained | Built | Failed
