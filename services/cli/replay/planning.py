"""Turns the bounds of a replay into offsets, snapped outwards to whole windows."""

import time
from collections.abc import Sequence

from contracts.models import ModelReleased
from services.cli.replay.bounds import Bound, Part, Plan, ceiling, floor, horizon_start
from services.cli.replay.sources import Extent, Source
from shared.drift.spans import Definition
from shared.errors import Misconfigured


async def make_plan(
    source: Source,
    kind: str,
    definition: Definition,
    begin: Bound | None,
    end: Bound | None,
    releases: Sequence[ModelReleased],
    reference: ModelReleased | None,
) -> Plan:
    """The plan for all partitions. Offsets say a time: that of their record. None: all there is.

    Raises Misconfigured for a span without records, or bounds that name no partition of the topic.
    """
    planned_at_ms = int(time.time() * 1_000)
    extents = await source.extents()
    width = definition.cell_ms
    from_ms = floor(await _begin(source, begin, extents), width)
    to_ms = ceiling(await _end(source, end, extents, planned_at_ms), width)
    if from_ms >= to_ms:
        raise Misconfigured("--from is not before --to, or nothing lies between them.")
    parts = [
        await _part(source, partition, extent, from_ms, to_ms)
        for partition, extent in sorted(extents.items())
    ]
    return Plan(
        source=kind,
        definition=definition,
        from_ms=from_ms,
        to_ms=to_ms,
        planned_at_ms=planned_at_ms,
        parts=tuple(parts),
        releases=tuple(releases),
        reference=reference,
    )


async def _part(source: Source, partition: int, extent: Extent, from_ms: int, to_ms: int) -> Part:
    start = await source.first_at(partition, horizon_start(from_ms))
    end = await source.first_at(partition, to_ms)
    first_kept_ms = None
    if start is not None and start <= extent.first and extent.first > 0:
        first_kept_ms = await source.time_of(partition, extent.first)
    return Part(
        partition=partition,
        start=extent.end if start is None else start,
        end=extent.end if end is None else end,
        is_passed=end is not None,
        is_read_out=extent.is_all,
        first_kept_ms=first_kept_ms,
    )


async def _begin(source: Source, bound: Bound | None, extents: dict[int, Extent]) -> int:
    """The earliest time of what the bound names."""
    if isinstance(bound, int):
        return bound
    offsets = {partition: extent.first for partition, extent in extents.items()} if bound is None else bound
    times = [await source.time_of(partition, offset) for partition, offset in _known(offsets, extents)]
    found = [one for one in times if one is not None]
    if not found:
        raise Misconfigured("There is no prediction from --from on.")
    return min(found)


async def _end(source: Source, bound: Bound | None, extents: dict[int, Extent], now_ms: int) -> int:
    """Right after the latest time of what lies before the bound."""
    if isinstance(bound, int):
        return bound
    if bound is None:
        return now_ms
    times = [
        await source.time_of(partition, offset - 1)
        for partition, offset in _known(bound, extents)
        if offset > extents[partition].first
    ]
    return max((one + 1 for one in times if one is not None), default=now_ms)


def _known(offsets: Bound, extents: dict[int, Extent]) -> list[tuple[int, int]]:
    assert not isinstance(offsets, int)
    for partition in offsets:
        if partition not in extents:
            raise Misconfigured(f"There is no partition {partition}, only 0 to {max(extents)}.")
    return [
        (partition, min(max(offset, extents[partition].first), extents[partition].end))
        for partition, offset in sorted(offsets.items())
    ]
