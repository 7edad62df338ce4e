"""Releases of tests."""

from typing import Any

import msgspec

from contracts.models import Calibration, ModelReleased

CALIBRATION = Calibration(
    coverage=0.9,
    bin_edges=(0.0, 0.5, 1.0),
    interval_half_width=(0.02, 0.03),
    sure_above=0.9,
    likely_above=0.6,
)


def a_release(**changes: Any) -> ModelReleased:
    """A release of family `battle`, unsigned."""
    release = ModelReleased(
        family="battle",
        version="v1",
        artefact_uri="artefact:" + "a" * 64,
        sha256="a" * 64,
        size_bytes=10,
        feature_set="battle-v2",
        feature_names=("x", "y"),
        calibration=CALIBRATION,
        metrics={"auc": 0.99},
        dataset_hash="d",
        pokedex_hash="p",
        released_at_ms=1,
    )
    return msgspec.structs.replace(release, **changes)
