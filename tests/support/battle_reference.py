"""A drift reference of the battle family for stacks of tests and benchmarks: its columns, made-up rows."""

import numpy as np

from contracts.models import DriftReferenceStored
from shared.artefacts import ArtefactStore
from shared.battle.features import FEATURE_NAMES
from shared.battle.observing import observe_duels
from shared.drift.reference import Reference, encode_reference, make_reference
from tests.support.releases import CALIBRATION

ROWS = 1_000


def battle_reference() -> Reference:
    """Of random rows: it costs what a real one does, and says nothing of real duels."""
    generator = np.random.default_rng(1)
    features = generator.normal(size=(ROWS, len(FEATURE_NAMES))).astype(np.float32)
    forms_a, forms_b = generator.choice(["pikachu", "squirtle", "eevee"], (2, ROWS)).tolist()
    observed = observe_duels(generator.random(ROWS), forms_a, forms_b, CALIBRATION)
    return make_reference(features, FEATURE_NAMES, *observed)


def store_reference(store: ArtefactStore) -> DriftReferenceStored:
    """Put it into the store."""
    artefact = store.put(encode_reference(battle_reference()))
    return DriftReferenceStored(uri=artefact.uri, sha256=artefact.sha256, sample_uri="", sample_sha256="")
