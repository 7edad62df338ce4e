"""The bars of a battle model."""

from shared.battle.bars import BARS, judge
from tests.support.releases import GOOD_METRICS as GOOD


def test_figures_within_all_bars_are_met() -> None:
    assert [verdict.bar.metric for verdict in judge(GOOD) if not verdict.is_met] == []
    assert len(judge(GOOD)) == len(BARS)


def test_each_bar_can_be_missed() -> None:
    for bar in BARS:
        worse = {**GOOD, bar.metric: 0.5 if bar.is_least else 1.0}
        assert bar.metric in [verdict.bar.metric for verdict in judge(worse) if not verdict.is_met]


def test_unseen_parts_are_held_to_a_multiple_of_the_seen_error() -> None:
    (unseen,) = [one for one in judge(GOOD) if one.bar.metric == "unseen_pokemon_mean_error"]
    assert unseen.bound == 0.006
    assert unseen.line == "met      mean error, unseen Pokémon: 0.0059 (at most 0.006)"


def test_what_was_not_measured_is_not_met() -> None:
    verdicts = judge({})
    assert not any(verdict.is_met for verdict in verdicts)
    assert all("not measured" in verdict.line for verdict in verdicts)
