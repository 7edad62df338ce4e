"""Each group of the table has a planted defect that a row of it turns red for."""

import pytest

from tests.faults.table import ROWS
from tests.support.planted_defects import EXPOSED_BY

GROUPS = {
    "processes": range(1, 5),
    "broker, network, groups": range(5, 12),
    "duplicates, order, time": (12, 13, 14, 30),
    "stores and disks": range(15, 19),
    "models": (19,),
    "bad input": range(22, 27),
    "load, change, endurance": (27, 28, 29, 31, 33),
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_can_fail(group: str) -> None:
    exposing = {number for numbers in EXPOSED_BY.values() for number in numbers}
    assert exposing & set(GROUPS[group])


def test_defects_name_rows_of_the_table() -> None:
    known = {row.number for row in ROWS}
    assert all(set(numbers) <= known for numbers in EXPOSED_BY.values())
    assert known <= {number for group in GROUPS.values() for number in group}
