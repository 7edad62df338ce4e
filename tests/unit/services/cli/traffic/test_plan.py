"""When visitors ask what: mixes, pauses, peaks and shifts, as the modes promise."""

import itertools
from collections import Counter

import pytest

from services.cli.traffic.calls import Ask, Aspect, Caller
from services.cli.traffic.plan import PEAK_CALLS, PROFILES, Due, Mode, Plan, schedule
from tests.support.pokedex import load_snapshot_pokedex


def planned(mode: Mode, **changes: object) -> list[Due]:
    fields = {"seed": 7, "rate": PROFILES[mode].rate, "duration_s": 120.0, **changes}
    plan = Plan(mode=mode, **fields)  # type: ignore[arg-type]
    shifted = frozenset(Aspect) if mode is Mode.DRIFT else frozenset()
    return list(schedule(plan, Caller(load_snapshot_pokedex(), shifted, plan.seed)))


def shares(calls: list[Due]) -> dict[str, float]:
    counts = Counter(due.call.kind for due in calls)
    return {kind: count / len(calls) for kind, count in counts.items()}


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        (Mode.REALISTIC, {"prediction": 0.6, "read": 0.3, "bad": 0.1}),
        (Mode.BURST, {"prediction": 0.8, "read": 0.15, "bad": 0.05}),
        (Mode.SPIKE, {"prediction": 0.6, "read": 0.3, "bad": 0.1}),
        (Mode.DRIFT, {"prediction": 0.6, "read": 0.3, "bad": 0.1}),
    ],
)
def test_each_mode_has_its_mix(mode: Mode, wanted: dict[str, float]) -> None:
    calls = planned(mode, rate=50.0, duration_s=40.0)
    assert len(calls) > 1_800
    assert shares(calls) == pytest.approx(wanted, abs=0.03)


def test_clean_traffic_has_no_bad_requests_and_keeps_the_other_shares() -> None:
    calls = planned(Mode.REALISTIC, rate=50.0, is_clean=True)
    assert shares(calls) == pytest.approx({"prediction": 2 / 3, "read": 1 / 3}, abs=0.03)


@pytest.mark.parametrize(("mode", "rate"), [(Mode.REALISTIC, 30.0), (Mode.BURST, 60.0)])
def test_the_rate_is_about_what_was_asked_and_the_times_are_in_order(mode: Mode, rate: float) -> None:
    calls = planned(mode, rate=rate)
    times = [due.at_s for due in calls]
    assert len(calls) == pytest.approx(rate * 120, rel=0.05)
    assert times == sorted(times)
    assert times[-1] < 120


@pytest.mark.parametrize(
    ("mode", "least", "most"), [(Mode.REALISTIC, 0.5, 3.0), (Mode.DRIFT, 0.5, 3.0), (Mode.BURST, 0.1, 0.1)]
)
def test_a_visitor_pauses_as_long_as_its_mode_says(mode: Mode, least: float, most: float) -> None:
    calls = planned(mode, rate=0.5)  # one visitor
    pauses = [later.at_s - earlier.at_s for earlier, later in itertools.pairwise(calls)]
    assert len(pauses) > 30
    assert least - 1e-9 <= min(pauses)
    assert max(pauses) <= most + 1e-9


def test_a_spike_is_fifty_calls_at_once_every_two_to_five_minutes() -> None:
    calls = planned(Mode.SPIKE, duration_s=3_600.0)
    peaks = [at_s for at_s, count in Counter(due.at_s for due in calls).items() if count >= PEAK_CALLS]
    gaps = [later - earlier for earlier, later in itertools.pairwise(peaks)]
    assert peaks[0] == 5.0
    assert len(peaks) > 10
    assert all(120 <= gap <= 300 for gap in gaps)


def test_the_same_seed_plans_the_same_and_another_does_not() -> None:
    first = planned(Mode.REALISTIC)
    assert planned(Mode.REALISTIC) == first
    assert planned(Mode.REALISTIC, seed=8) != first


def test_drift_shifts_attackers_levels_and_the_favourite_after_its_time() -> None:
    calls = planned(Mode.DRIFT, rate=60.0, shift_after_s=60.0)
    pokedex = load_snapshot_pokedex()
    phases: dict[bool, list[Ask]] = {False: [], True: []}
    for due in calls:
        assert due.is_shifted == (due.at_s >= 60)
        if isinstance(due.call, Ask) and due.call.kind == "prediction":
            phases[due.is_shifted].append(due.call)

    def fire(ask: Ask) -> bool:
        return "fire" in pokedex.pokemon_by_slug[str(ask.request.a.pokemon)].types

    before, after = phases[False], phases[True]
    assert 0.02 < sum(map(fire, before)) / len(before) < 0.3
    assert all(map(fire, after))
    assert {ask.request.a.level for ask in after} == {ask.request.b.level for ask in after} == {5}
    ((_, favourite),) = Counter(ask.request.a.pokemon for ask in after).most_common(1)
    assert favourite / len(after) == pytest.approx(0.8, abs=0.05)
