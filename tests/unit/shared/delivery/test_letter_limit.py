from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared.delivery.dead_letters import Burial
from shared.delivery.letter_limit import LetterCounter, LetterLimit, Outcome

NONE = LetterLimit(window_records=1_000, ratio=1.0, consecutive=0)


def outcomes(pattern: str, partition: int = 0, start: int = 0) -> list[Outcome]:
    """`x` is a dead letter, `t` one for what is away, `s` one that somebody decided, else an answer."""
    made = []
    for offset, sign in enumerate(pattern, start):
        record: Any = SimpleNamespace(topic="t", partition=partition, offset=offset)
        reason: Any = {"x": "failed", "t": "transient", "s": "skipped"}.get(sign)
        made.append(Outcome(record, (), Burial(record, reason, f"at {offset}", ()) if reason else None))
    return made


def offsets(admitted: Any) -> list[int]:
    return [outcome.record.offset for outcome in admitted]


def test_letters_in_a_row_up_to_the_limit_pass_and_the_next_ends_the_partition() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 3))
    admitted, reached = counter.admit(outcomes("xxx.xxxx.."))
    assert offsets(admitted) == list(range(7))
    assert [(one.burial.record.offset, one.text) for one in reached] == [(7, "3 records in a row")]


def test_what_an_operator_gave_up_counts_towards_no_limit() -> None:
    counter = LetterCounter(LetterLimit(4, 0.5, 3))
    given_up = outcomes("s" * 50)
    assert counter.admit(given_up) == (given_up, ())
    counter.count(given_up)
    assert offsets(counter.admit(outcomes("xx", start=50))[0]) == [50, 51]


def test_a_row_goes_on_over_batches_and_an_answer_ends_it() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 3))
    counter.count(outcomes("xx"))
    assert offsets(counter.admit(outcomes("xx", start=2))[0]) == [2]
    counter.count(outcomes(".", start=2))
    assert counter.admit(outcomes("xxx", start=3))[1] == ()


def test_every_partition_that_reaches_the_limit_is_told() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 1))
    _, reached = counter.admit([*outcomes("xxx", 0), *outcomes("x.", 1), *outcomes(".tt", 2)])
    assert [(one.partition, one.may_pass) for one in reached] == [
        (TopicPartition("t", 0), False),
        (TopicPartition("t", 2), True),
    ]


def test_what_was_done_before_a_limit_that_may_pass_passes_and_its_letters_wait() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 3))
    admitted, _ = counter.admit([*outcomes(".xt.tttt."), *outcomes(".t", 1)])
    assert [(one.record.partition, one.record.offset) for one in admitted] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 0),
        (1, 1),
    ]


def test_only_the_partition_that_reaches_the_limit_is_cut() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 2))
    admitted, reached = counter.admit([*outcomes("xxx.", 0), *outcomes("x.x", 1)])
    assert [(one.record.partition, one.record.offset) for one in admitted] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (1, 2),
    ]
    assert [one.partition for one in reached] == [TopicPartition("t", 0)]


def test_a_share_is_judged_over_a_full_window_only() -> None:
    counter = LetterCounter(LetterLimit(10, 0.5, 0))
    assert counter.admit(outcomes("xxxxxxxx"))[1] == ()
    counter.count(outcomes("xxxxx...."))
    assert counter.admit(outcomes("."))[1] == ()
    admitted, reached = counter.admit(outcomes("x"))
    assert offsets(admitted) == []
    assert [one.text for one in reached] == ["more than 50% of the last 10 records"]


def test_the_window_slides() -> None:
    counter = LetterCounter(LetterLimit(10, 0.5, 0))
    counter.count(outcomes("xxxxx" + "." * 10))
    assert counter.admit(outcomes("x.x.x.x.x."))[1] == ()
    assert counter.admit(outcomes("x.x.x.x.x.xx"))[1] != ()


def test_a_long_quiet_time_is_one_window_long() -> None:
    counter = LetterCounter(LetterLimit(10, 0.5, 0))
    counter.count(outcomes("." * 5_000))
    assert counter.admit(outcomes("xxxxxx"))[1] != ()


def test_judging_counts_nothing() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 2))
    for _ in range(5):
        assert counter.admit(outcomes("xx"))[1] == ()


def test_zero_and_one_are_no_limit() -> None:
    counter = LetterCounter(LetterLimit(10, 1.0, 0))
    assert counter.admit(outcomes("x" * 500))[1] == ()


def test_a_partition_that_left_begins_anew() -> None:
    counter = LetterCounter(LetterLimit(1_000, 1.0, 2))
    counter.count(outcomes("xx"))
    counter.forget([TopicPartition("t", 0)])
    assert counter.admit(outcomes("xx"))[1] == ()
