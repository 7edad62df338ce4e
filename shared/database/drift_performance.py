"""How good the answers of closed windows were, from the prediction log and the outcomes that were reported.

Read when asked, never kept: outcomes come when they come, and a window is a function of the log alone.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.drift_windows import StoredWindow
from shared.drift.performance import BINS, Group, Performance, performance
from shared.families import Family

MOST_LOOKED_AT: Final = 100_000
"""Offsets of all windows that are asked about at once; of longer ones each n-th is looked at."""
LEAST_LOOKED_AT: Final = 100
"""Offsets of each window, however many are asked about."""

# A lookup by index for each offset and each request, so that neither the log's size nor a planner's guess
# decides how long it takes. What was made after the window's end is of a topic that was made anew.
STATEMENT: Final[TextClause] = text("""
    SELECT place.number, looked.bin, first.outcome, count(*) AS predictions,
           sum(looked.chance) AS chances, sum(looked.chance * looked.chance) AS squares
    FROM unnest(CAST(:numbers AS int[]), CAST(:versions AS text[]), CAST(:ends AS timestamptz[]),
                CAST(:partitions AS int[]), CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[]),
                CAST(:strides AS bigint[]))
         AS place (number, model_version, ended_at, partition, first_offset, last_offset, stride)
    CROSS JOIN LATERAL generate_series(place.first_offset, place.last_offset, place.stride) AS at (number)
    CROSS JOIN LATERAL (
        SELECT request_id, answer -> CAST(:score AS text) AS score FROM predictions
        WHERE source_partition = place.partition AND source_offset = at.number
              AND family = :family AND model_version = place.model_version AND made_at < place.ended_at
        OFFSET 0
    ) AS made
    CROSS JOIN LATERAL (
        SELECT chance, least(floor(chance * CAST(:bins AS int)), CAST(:bins AS int) - 1)::int AS bin
        FROM (SELECT CASE WHEN jsonb_typeof(made.score) = 'number' THEN CASE
                     WHEN made.score::numeric BETWEEN 0 AND 1 THEN made.score::float8 END END AS chance
              ) AS said
        WHERE chance IS NOT NULL
    ) AS looked
    LEFT JOIN LATERAL (
        SELECT outcome FROM outcomes
        WHERE outcomes.request_id = made.request_id AND outcome = ANY (CAST(:words AS text[]))
        ORDER BY reported_at, source_offset LIMIT 1
    ) AS first ON true
    GROUP BY place.number, looked.bin, first.outcome
""")


async def performances(
    connection: AsyncConnection, windows: Sequence[StoredWindow], families: Mapping[str, Family]
) -> dict[str, Performance]:
    """By window id; without a window whose predictions the log has not, or whose family is none of these.

    Of several reports on a request the first counts that says something in the family's words. A
    prediction counts where the log has it: a request that was answered again much later counts once.
    """
    most = max(LEAST_LOOKED_AT, MOST_LOOKED_AT // max(1, len(windows)))
    found: dict[str, Performance] = {}
    for name in sorted({one.window.family for one in windows} & set(families)):
        own = [one for one in windows if one.window.family == name]
        groups: dict[int, list[Group]] = {}
        rows = await connection.execute(STATEMENT, parameters(own, families[name], most))
        truths = families[name].truths
        for row in rows:
            group = Group(
                bin=row.bin,
                truth=None if row.outcome is None else truths[row.outcome],
                predictions=row.predictions,
                chances=row.chances,
                squares=row.squares,
            )
            groups.setdefault(row.number, []).append(group)
        judged = {own[number].window_id: performance(some) for number, some in groups.items()}
        found |= {window_id: one for window_id, one in judged.items() if one is not None}
    return found


def parameters(windows: Sequence[StoredWindow], family: Family, most: int) -> dict[str, Any]:
    """Of `STATEMENT`, for windows of one family; at most about `most` offsets of each are looked at."""
    places = [
        (number, one, offsets, _stride(one, most))
        for number, one in enumerate(windows)
        for offsets in one.offsets
    ]
    return {
        "family": family.name,
        "score": family.observed_scores[0],
        "words": list(family.truths),
        "bins": BINS,
        "numbers": [number for number, *_ in places],
        "versions": [one.window.model_version for _, one, *_ in places],
        "ends": [datetime.fromtimestamp(one.window.end_ms / 1_000, UTC) for _, one, *_ in places],
        "partitions": [offsets["partition"] for *_, offsets, _ in places],
        "firsts": [offsets["first_offset"] for *_, offsets, _ in places],
        "lasts": [offsets["last_offset"] for *_, offsets, _ in places],
        "strides": [stride for *_, stride in places],
    }


def _stride(window: StoredWindow, most: int) -> int:
    length = sum(one["last_offset"] - one["first_offset"] + 1 for one in window.offsets)
    return max(1, -(-length // most))
