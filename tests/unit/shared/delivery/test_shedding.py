import pytest

from shared.delivery.shedding import Pace, hopeless


@pytest.mark.parametrize(
    ("slacks", "pace", "refused"),
    [
        ([], 1.0, []),
        ([9.0, 9.0], 1.0, []),
        ([None, None], 100.0, []),
        # three records take three seconds; without the first, two take two
        ([2.0, 5.0, 9.0], 1.0, [0]),
        ([9.0, 2.0, 5.0], 1.0, [1]),
        # each that goes gives the others time, so that no more go than have to
        ([1.0, 3.0, 5.0, 7.0], 1.0, [0, 1]),
        ([1.0, 1.0, 1.0], 1.0, [0, 1, 2]),
        ([1.0, None, None], 1.0, [0]),
        ([0.1], 0.0, []),
    ],
)
def test_those_who_can_wait_least_are_refused_until_the_rest_fits(
    slacks: list[float | None], pace: float, refused: list[int]
) -> None:
    assert hopeless(slacks, pace) == refused


@pytest.mark.parametrize(
    ("slacks", "refused"),
    [([1.0], []), ([1.0, 1.5, 1.2], [0, 2]), ([1.0, None], [0]), ([2.0, 9.0], [0])],
)
def test_a_probe_is_the_most_patient_and_only_where_nothing_else_is_worked_on(
    slacks: list[float | None], refused: list[int]
) -> None:
    assert hopeless(slacks, 1.0, probes=True) == refused


def test_the_pace_is_the_best_of_the_last_batches() -> None:
    pace = Pace()
    assert pace.seconds_per_record == 0.0
    pace.saw(1, 0.5, now_s=1)
    pace.saw(100, 1.0, now_s=2)
    assert pace.seconds_per_record == pytest.approx(0.01)
    for _ in range(8):
        pace.saw(10, 1.0, now_s=3)
    assert pace.seconds_per_record == pytest.approx(0.1)


def test_a_batch_that_was_wholly_refused_says_nothing() -> None:
    pace = Pace()
    pace.saw(10, 1.0, now_s=5.0)
    pace.saw(0, 1.0, now_s=99.0)
    assert pace.seconds_per_record == pytest.approx(0.1)
    assert not pace.is_old(5.9)
    assert pace.is_old(6.1)
