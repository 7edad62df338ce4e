"""What waits to be archived: each record once, whatever is read again, by whoever."""

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from services.recorder.archive_buffer import ArchiveBuffer, cut
from shared.archive.naming import OWN_NAME, file_name
from shared.archive.record import ArchivedRecord
from shared.errors import PoisonMessage
from tests.support.predictions import a_prediction

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1_000)


def record(offset: int, *, at_ms: int = NOON, partition: int = 0, **changes: Any) -> ArchivedRecord:
    return ArchivedRecord(partition, offset, at_ms, a_prediction(f"r{offset}", **changes))


def offsets(buffer: ArchiveBuffer, partition: int = 0) -> list[int]:
    return [one.offset for one in buffer.waiting(partition)]


def test_what_is_delivered_again_waits_once() -> None:
    buffer = ArchiveBuffer()
    for offset in (3, 4, 3, 4, 5, 4):
        buffer.add(record(offset), at=1.0)
    assert offsets(buffer) == [3, 4, 5]
    assert (buffer.records, buffer.partitions, buffer.oldest_at()) == (3, [0], 1.0)


def test_what_is_archived_waits_no_more_and_is_not_taken_again() -> None:
    buffer = ArchiveBuffer()
    for offset in range(4):
        buffer.add(record(offset), at=float(offset))
    buffer.drop(0, 3)
    buffer.add(record(2), at=9.0)
    assert offsets(buffer) == [3]
    # what came while the others were written waits from its own time on
    assert buffer.oldest_at() == 3.0
    buffer.drop(0, 4)
    assert (buffer.records, buffer.size_bytes, buffer.oldest_at()) == (0, 0, None)


def test_a_new_assignment_begins_at_what_is_covered() -> None:
    buffer = ArchiveBuffer()
    for partition in (0, 1):
        buffer.add(record(5, partition=partition), at=1.0)
    buffer.begin([0], {0: 4})
    buffer.add(record(3), at=2.0)
    buffer.add(record(4), at=2.0)
    assert (offsets(buffer), offsets(buffer, 1)) == ([4], [5])


def test_files_are_of_one_day_and_one_family() -> None:
    midnight = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1_000)
    records = [
        record(1),
        record(2, family="iris"),
        record(4, at_ms=midnight - 1),
        record(5, at_ms=midnight),
    ]
    files = cut(records)
    assert [[one.offset for one in file] for file in files] == [[1, 4], [2], [5]]
    assert [file_name("t", file, "x").split("/")[1:3] for file in files] == [
        ["2026-03-01", "battle"],
        ["2026-03-01", "iris"],
        ["2026-03-02", "battle"],
    ]
    assert all(OWN_NAME.fullmatch(file_name("t", file, "0c")) for file in files)


@pytest.mark.parametrize(
    "changes", [{"family": "../up"}, {"family": ""}, {"family": "x\0"}, {"features": b"abc"}]
)
def test_what_cannot_be_a_row_is_poison(changes: dict[str, Any]) -> None:
    with pytest.raises(PoisonMessage):
        record(1, **changes).check()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_two_writers_archive_each_record_once_whatever_happens_to_them(data: st.DataObject) -> None:
    """Writes compare and set what is covered; readers begin there, are killed, and wake up late."""
    log = sorted(data.draw(st.sets(st.integers(0, 30), min_size=1, max_size=20)))  # others were unreadable
    covered, files = 0, []
    buffers, positions = [ArchiveBuffer(), ArchiveBuffer()], [0, 0]
    steps = st.tuples(
        st.integers(0, 1), st.sampled_from(("read", "begin", "see", "write")), st.integers(1, 6)
    )
    seen = [0, 0]
    for who, step, count in [*data.draw(st.lists(steps, max_size=60)), (0, "begin", 1), (0, "read", 99)]:
        buffer = buffers[who]
        if step == "begin":
            buffer.begin([0], {0: covered})
            positions[who] = covered
        elif step == "read":
            taken = [offset for offset in log if offset >= positions[who]][:count]
            for offset in taken:
                buffer.add(record(offset), at=0.0)
            positions[who] = taken[-1] + 1 if taken else positions[who]
        elif step == "see":
            seen[who] = covered
        elif buffer.partitions:
            buffer.drop(0, seen[who])
            waiting = offsets(buffer)
            if waiting and seen[who] == covered:
                files += waiting
                covered = waiting[-1] + 1
                buffer.drop(0, covered)
    buffers[0].drop(0, covered)
    files += offsets(buffers[0])
    assert files == log
