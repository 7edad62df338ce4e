"""A model trained as a release is, the drift reference that it ships, and the request path through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from contracts.battle import BattleRequested
from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed
from services.feature.domain import Question, compute_features
from services.inference.domain import feature_block, make_prediction, split_scores
from services.inference.onnx_session import OnnxModel
from services.training.dataset import DatasetSize
from services.training.domain import make_release
from services.training.drift_files import HISTOGRAMS_FILE
from services.training.job import run_job
from services.training.playing import PokedexRecords
from services.training.reports import Job, Trained
from shared.artefacts import Artefact
from shared.battle.family import BattleFamily
from shared.drift.binning import Binning, Observed
from shared.drift.reference import decode_reference, digest
from shared.drift.shelved import Shelved, observe
from tests.support.pokedex import load_snapshot_pokedex

BATCH: Final = 64
"""Requests that are answered at once; the answers do not depend on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A release, loaded to answer and shelved to be counted by."""

    release: ModelReleased
    model: OnnxModel
    shelved: Shelved

    @property
    def name(self) -> tuple[str, str]:
        """Family and version."""
        return self.release.family, self.release.version

    @property
    def binning(self) -> Binning:
        """That of its reference."""
        assert self.shelved.binning is not None
        return self.shelved.binning


def train(folder: Path, size: DatasetSize, seed: int, jobs: int) -> Judged:
    """Simulate, train, export, judge: the whole job, in this process."""
    job = Job(
        records=PokedexRecords.of(load_snapshot_pokedex()),
        seed=seed,
        n_jobs=jobs,
        model_file=str(folder / "model.onnx"),
        size=size,
    )
    trained = run_job(job, lambda *_: None)
    assert isinstance(trained, Trained)
    content, reference = Path(job.model_file).read_bytes(), (folder / HISTOGRAMS_FILE).read_bytes()
    artefact = Artefact(uri="", sha256=digest(content), size_bytes=len(content))
    release = make_release(BattleFamily.name, trained, artefact, trained.pokedex_hash, datetime.now(UTC))
    shelved = Shelved(BattleFamily(), digest(reference), Binning(decode_reference(reference)))
    return Judged(release, OnnxModel(release, content), shelved)


def answered(judged: Judged, requests: Sequence[BattleRequested]) -> list[Observed]:
    """What drift sees of each request, after `feature` and `inference` have done what they do."""
    pokedex, family, release = load_snapshot_pokedex(), judged.shelved.family, judged.release
    seen: list[Observed] = []
    for begin in range(0, len(requests), BATCH):
        questions = [Question(f"{at}", body, "") for at, body in enumerate(requests[begin : begin + BATCH])]
        computed = []
        for one in compute_features(family, questions, release, pokedex):
            assert isinstance(one, FeaturesComputed), one
            computed.append(one)
        blocks = [feature_block(one, len(release.feature_names)) for one in computed]
        scores = split_scores(judged.model.score(np.concatenate(blocks)), blocks)
        for one, block, own in zip(computed, blocks, scores, strict=True):
            made, _ = make_prediction(family, one, block, own, release, late=False, score=judged.model.score)
            observed = observe(made, judged.shelved)
            assert isinstance(observed, Observed), observed
            seen.append(observed)
    return seen
