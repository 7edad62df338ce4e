from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from shared.delivery.offsets import OffsetLedger

ONE, TWO = TopicPartition("t", 1), TopicPartition("t", 2)


def test_only_what_is_done_and_assigned_is_due() -> None:
    ledger = OffsetLedger()
    ledger.mark_done({ONE: 10, TWO: 5})
    assert ledger.due([ONE]) == {ONE: 10}


def test_a_confirmed_commit_is_not_due_again_until_more_is_done() -> None:
    ledger = OffsetLedger()
    ledger.mark_done({ONE: 10})
    ledger.mark_committed({ONE: 10})
    assert ledger.due([ONE]) == {}
    ledger.mark_done({ONE: 11})
    assert ledger.due([ONE]) == {ONE: 11}


def test_a_failed_commit_stays_due() -> None:
    ledger = OffsetLedger()
    ledger.mark_done({ONE: 10})
    assert ledger.due([ONE]) == ledger.due([ONE]) == {ONE: 10}


def test_a_revoked_partition_is_forgotten() -> None:
    ledger = OffsetLedger()
    ledger.mark_done({ONE: 10})
    ledger.forget([ONE])
    assert ledger.due([ONE]) == {}
    assert ledger.next_offset(ONE) is None


@given(st.lists(st.integers(0, 100), min_size=1))
def test_offsets_never_move_backwards(offsets: list[int]) -> None:
    ledger = OffsetLedger()
    for offset in offsets:
        ledger.mark_done({ONE: offset})
    assert ledger.next_offset(ONE) == max(offsets)
