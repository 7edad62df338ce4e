"""A real model and its reference: stationary traffic is calm, each shift alarms at once and is named.

`python -m tests.drift_alarms` does the same at length.
"""

import pytest

from services.cli.traffic.calls import Aspect
from tests.drift_alarms.model import Judged, train
from tests.drift_alarms.streams import judged_duels, visitors
from tests.drift_alarms.trial import SHIFTED, SMALL, shift, stationary

SEED = 1
WINDOWS = 4
PREDICTIONS = 500


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return train(tmp_path_factory.mktemp("model"), SMALL, SEED, jobs=1)


def test_duels_like_those_of_the_reference_do_not_alarm(judged: Judged) -> None:
    found = stationary(judged, judged_duels(SEED), WINDOWS, PREDICTIONS)
    assert (found.windows, found.alarms) == (WINDOWS, 0)


def test_visitors_of_the_traffic_generator_do_not_alarm(judged: Judged) -> None:
    found = stationary(judged, visitors(SEED), 2, PREDICTIONS)
    assert (found.windows, found.alarms) == (2, 0)


@pytest.mark.parametrize("aspect", list(Aspect))
def test_visitors_who_shift_alarm_and_the_columns_are_named(judged: Judged, aspect: Aspect) -> None:
    shifted = shift(judged, aspect, PREDICTIONS, SEED)
    assert shifted.after == SHIFTED, "the state is alarm with the second alarming window"
    assert shifted.unnamed == ()
