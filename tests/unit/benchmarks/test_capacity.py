"""What more cores would carry follows from what an answer costs, and says what limits it."""

import pytest

from tests.benchmarks.capacity import Costs, predict
from tests.benchmarks.scale import Scale, Scaled, keys_of

SECONDS = {"caller": 100e-6, "broker": 100e-6, "feature": 200e-6, "inference": 100e-6}
COSTS = Costs(SECONDS, busy=0.9)


def test_few_cores_are_what_limits_many_processes() -> None:
    rate, limit = COSTS.carried(2, processes=4, callers=4)
    assert limit == "cores"
    assert rate == pytest.approx(2 * 0.9 / 500e-6)


def test_one_thread_of_the_dearest_stage_limits_many_cores() -> None:
    for cores, processes, callers, limit, rate in ((8, 1, 4, "feature", 5_000), (16, 4, 1, "caller", 10_000)):
        carried, by = COSTS.carried(cores, processes=processes, callers=callers)
        assert by == limit
        assert carried == pytest.approx(rate)


def test_more_cores_and_processes_never_carry_less() -> None:
    rates = {(one.cores, one.processes): one.answers_per_second for one in predict(COSTS)}
    assert rates[2, 1] <= rates[4, 1] <= rates[8, 1]
    assert rates[8, 1] <= rates[8, 2] <= rates[8, 4]
    assert rates[8, 4] == pytest.approx(8 * 0.9 / 500e-6)


def test_the_fastest_cell_is_predicted_from_itself() -> None:
    cells = [Scaled(1, 1, [2_000.0], 9.0, SECONDS), Scaled(4, 2, [3_600.0], 8.0, SECONDS)]
    grid = Scale(2, cells)
    assert grid.costs.busy == pytest.approx(0.9)
    assert grid.predicted(cells[1]) == pytest.approx(3_600)


def test_a_process_without_a_partition_carries_nothing() -> None:
    slow = SECONDS | {"feature": 400e-6}
    grid = Scale(8, [Scaled(1, 4, [2_600.0], 9.0, slow)])
    assert grid.predicted(grid.cells[0]) == pytest.approx(2_500)


def test_keys_lie_on_the_partitions_that_are_in_use() -> None:
    from aiokafka.partitioner import DefaultPartitioner

    places = list(range(4))
    keys = keys_of(2, 200, "x")
    assert len(set(keys)) == 200
    assert {DefaultPartitioner()(key.encode(), places, places) for key in keys} == {0, 1}
