"""Examples of the routes of drift."""

from typing import Any, Final

from services.gateway.examples.problems import NOT_ACCEPTABLE, document

WINDOW_ID: Final = "5f0c1a2b3c4d5e6f"
CURSOR: Final = f"1767268860000-{WINDOW_ID}"
SUMMARY: Final[dict[str, Any]] = {
    "window_id": WINDOW_ID,
    "revision": 1,
    "family": "battle",
    "model_version": "20260101-120000-1a2b3c4d",
    "start": "2026-01-01T12:00:00.000Z",
    "end": "2026-01-01T12:01:00.000Z",
    "events": 612,
    "duplicates": 3,
    "level": "alarm",
    "state": "alarm",
    "reason": "42 of 144 columns drift",
    "share_drifting": 0.2916666667,
    "drifting": ["a_level", "b_level"],
    "is_withdrawn": False,
}
PERFORMANCE: Final[dict[str, Any]] = {
    "basis": "outcomes",
    "predictions": 612,
    "known": 120,
    "decided": 118,
    "accuracy": 0.8135593220,
    "accuracy_interval": [0.7339, 0.8735],
    "brier": 0.1312,
    "calibration_error": 0.0521,
    "reliability": [
        {"low": 0.8, "high": 0.9, "predictions": 120, "mean_chance": 0.84, "came_true": 0.8083333333}
    ],
    "estimate": {"accuracy": 0.84, "brier": 0.11},
}
WINDOW: Final[dict[str, Any]] = {
    **SUMMARY,
    "definition": "time:60000:600000",
    "reference": "0" * 64,
    "sha256": "1" * 64,
    "offsets": [{"partition": 0, "first_offset": 100, "last_offset": 712}],
    "report": {
        "state": "made",
        "reason": "alarm",
        "wanted_at": "2026-01-01T12:01:06+00:00",
        "made_at": "2026-01-01T12:01:40+00:00",
        "error": None,
        "window_sha256": "1" * 64,
        "html_sha256": "2" * 64,
        "json_sha256": "3" * 64,
    },
    "changes": [
        {
            "signal": "confidence",
            "at": "2026-01-01T12:00:31.000Z",
            "partition": 2,
            "offset": 4711,
            "before": 0.78,
            "after": 0.91,
            "recent": 32,
        }
    ],
    "columns": [
        {
            "name": "a_level",
            "kind": "number",
            "psi": 10.35,
            "jensen_shannon": 0.83,
            "wasserstein": 3.2,
            "statistic": 0.97,
            "p_value": 0.0,
            "adjusted_p_value": 0.0,
            "drifts": True,
            "missing": 0.0,
            "outside": 0.0,
            "unseen": 0.0,
        }
    ],
    "performance": PERFORMANCE,
}
REPORT: Final[dict[str, Any]] = {
    "window": {"window_id": WINDOW_ID},
    "predictions_left": 612,
    "rows": 612,
    "columns": [
        {
            "name": "a_level",
            "kind": "number",
            "psi": 9.87,
            "jensen_shannon": 0.82,
            "wasserstein": 3.1,
            "p_value": 0.0,
            "fit_p_value": None,
            "adjusted_p_value": 0.0,
            "drifts": True,
        }
    ],
    "drifting": ["a_level"],
    "share_drifting": 0.2916666667,
    "differs": [],
    "performance": {
        "basis": "estimate",
        "predictions": 612,
        "known": 0,
        "decided": 0,
        "accuracy": 0.84,
        "accuracy_interval": None,
        "brier": 0.11,
        "calibration_error": None,
        "reliability": [],
        "estimate": {"accuracy": 0.84, "brier": 0.11},
    },
    "evidently": {"metrics": [], "tests": []},
}
PAGE: Final[dict[str, Any]] = {"windows": [SUMMARY], "next_cursor": None}
REPORT_PAGE: Final = "<!DOCTYPE html><html><title>Drift</title></html>"
NOT_ACCEPTABLE_REPORT: Final = {
    **NOT_ACCEPTABLE,
    "remedy": "Accept one of: application/json, text/html.",
}
UNKNOWN: Final = document(
    "unknown",
    "Unknown window",
    404,
    "No window nowhere was closed.",
    field="window_id",
    value="nowhere",
    remedy="Take a window_id of /drift/windows, which lists the newest.",
)
