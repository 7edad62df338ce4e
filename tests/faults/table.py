"""All rows of the table of faults, in its order."""

from collections.abc import Sequence
from typing import Final

from tests.faults.rows import (
    addresses,
    brokers,
    callers,
    clocks,
    databases,
    disks,
    groups,
    inputs,
    load,
    models,
    networks,
    outages,
    processes,
    repeats,
    replicas,
    soak,
    topics,
    versions,
    windows,
)
from tests.faults.running import Row

ROWS: Final[tuple[Row, ...]] = tuple(
    sorted(
        (
            *processes.ROWS,
            *callers.ROWS,
            *brokers.ROWS,
            *networks.ROWS,
            *groups.ROWS,
            *repeats.ROWS,
            *databases.ROWS,
            *outages.ROWS,
            *models.ROWS,
            *inputs.ROWS,
            *addresses.ROWS,
            *replicas.ROWS,
            *disks.ROWS,
            *versions.ROWS,
            *topics.ROWS,
            *load.ROWS,
            *soak.ROWS,
            *windows.ROWS,
            *clocks.ROWS,
        ),
        key=lambda row: row.number,
    )
)


class UnknownRow(ValueError):
    """A number that is no row of ours."""


def chosen(numbers: str) -> Sequence[Row]:
    """The rows of `1,5,9`, or all; raises UnknownRow naming the known ones."""
    if not numbers:
        return ROWS
    known = {str(row.number): row for row in ROWS}
    wanted = [number.strip() for number in numbers.split(",")]
    for number in wanted:
        if number not in known:
            raise UnknownRow(f"There is no row {number!r}. Choose from {', '.join(known)}.")
    return [known[number] for number in wanted]
