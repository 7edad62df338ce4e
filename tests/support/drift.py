"""Logs, references and releases of drift tests, of a made-up family."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from shared.database.drift_changes import StoredChange
from shared.database.drift_windows import StoredWindow
from shared.drift.binning import Binning, Observed
from shared.drift.counting import Event
from shared.drift.documents import Standing, digest_of
from shared.drift.reference import Reference, encode_reference, make_reference
from shared.drift.reference import digest as reference_digest
from shared.drift.spans import Definition, Span
from shared.drift.verdict import Thresholds
from shared.drift.windows import Scoring, Total

NAMES = ("level", "speed", "always_one")
SCORES = ("win_probability",)
CATEGORIES = ("pokemon",)
FORMS = ("bulbasaur", "charmander", "eevee", "pikachu", "squirtle")


def a_change(**changes: object) -> StoredChange:
    """What ADWIN saw of one signal."""
    seen = StoredChange(
        family="battle",
        model_version="v1",
        at_ms=31_000,
        source_partition=2,
        source_offset=4_711,
        signal="win_probability",
        before=0.5,
        after=0.9,
        recent=96,
    )
    return replace(seen, **changes)  # type: ignore[arg-type]


def draw_rows(
    count: int, seed: int, *, level: float = 50.0, forms: Sequence[str] = FORMS, spread: float = 10.0
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(count, 3) features, (count,) probabilities and categories, of a made-up family."""
    generator = np.random.default_rng(seed)
    features = np.column_stack(
        [
            np.rint(generator.normal(level, spread, count)),
            generator.random(count) * 100,
            np.ones(count),
        ]
    ).astype(np.float32)
    return features, generator.random(count), generator.choice(list(forms), count).tolist()


def a_reference(rows: int = 2_000, seed: int = 1) -> Reference:
    """What the made-up family was judged on."""
    features, probabilities, forms = draw_rows(rows, seed)
    return make_reference(features, NAMES, {"win_probability": probabilities}, {"pokemon": forms})


def observed_rows(count: int, seed: int, **changes: object) -> list[Observed]:
    """Rows as drift sees them."""
    features, probabilities, forms = draw_rows(count, seed, **changes)  # type: ignore[arg-type]
    return [
        Observed(features[row].astype("<f4").tobytes(), (float(probabilities[row]),), (forms[row],))
        for row in range(count)
    ]


def a_log(
    rows: Sequence[Observed],
    *,
    partitions: int = 1,
    start_ms: int = 1_000_000_000_000,
    step_ms: int = 10,
    versions: Sequence[str] = ("v1",),
) -> dict[int, list[Event]]:
    """One event a row, spread over partitions by turns; every one has a request id of its own."""
    log: dict[int, list[Event]] = {partition: [] for partition in range(partitions)}
    run = secrets.token_hex(4)
    for number, row in enumerate(rows):
        own = log[number % partitions]
        version = versions[number % len(versions)]
        time_ms = start_ms + number * step_ms
        own.append(Event(len(own), time_ms, f"{run}-{number}", "battle", version, row))
    return log


def scoring_by(
    definition: Definition, references: Mapping[tuple[str, str], Reference | None], thresholds: Thresholds
) -> dict[tuple[str, str], Scoring]:
    """How the windows of each release are made."""
    return {
        release: Scoring(
            definition,
            *release,
            None if found is None else (reference_digest(encode_reference(found)), Binning(found)),
            thresholds,
        )
        for release, found in references.items()
    }


def stored_windows(count: int, *, rows: int = 300, shift_from: int = 10**9) -> list[StoredWindow]:
    """Windows of one release as the database gives them, newest first; from `shift_from` on they drift."""
    definition = Definition("time", 60_000)
    thresholds = Thresholds(alarm_windows=1)
    reference = a_reference()
    binning = Binning(reference)
    totals = []
    for number in range(count):
        changes: dict[str, object] = {"level": 5.0} if number >= shift_from else {}
        cells = binning.cells(observed_rows(rows, 100 + number, **changes))
        span = Span(number * 60_000, (number + 1) * 60_000)
        totals.append((span, Total(rows, 2, binning.count(cells))))
    scoring = scoring_by(definition, {("battle", "v1"): reference}, thresholds)["battle", "v1"]
    return [
        StoredWindow(
            window=window,
            window_id=window.window_id,
            revision=1,
            sha256=digest_of(window),
            is_withdrawn=False,
            closed_at=datetime(2026, 1, 1, tzinfo=UTC),
            offsets=[{"partition": 0, "first_offset": 5, "last_offset": 9}],
        )
        for window in reversed(list(scoring.windows(totals, Standing())))
    ]
