"""Releases of tests."""

from typing import Any, Final

import msgspec

from contracts.models import Calibration, ModelReleased

CALIBRATION = Calibration(
    coverage=0.9,
    bin_edges=(0.0, 0.5, 1.0),
    interval_half_width=(0.02, 0.03),
    sure_above=0.9,
    likely_above=0.6,
)


GOOD_METRICS: Final = {
    "mean_error": 0.004,
    "mean_error_all_combinations": 0.004,
    "mean_error_contested": 0.02,
    "winner_accuracy": 0.999,
    "roc_auc": 0.9999,
    "accuracy": 0.99,
    "expected_calibration_error": 0.001,
    "unseen_pokemon_mean_error": 0.0059,
    "unseen_move_mean_error": 0.0079,
    "interval_coverage": 0.9,
    "onnx_difference": 1e-7,
    "onnx_rows": 20_000.0,
}
"""Those of a release that meets every bar."""


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
