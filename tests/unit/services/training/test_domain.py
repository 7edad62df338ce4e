"""What a finished training becomes."""

from datetime import UTC, datetime

import msgspec

from contracts.models import Calibration, ModelAssigned
from contracts.pokedex import PokedexCounts, PokedexIngested
from services.training.domain import (
    dataset_words,
    decide_promotion,
    make_assignment,
    make_release,
    unusable,
    version_name,
)
from services.training.reports import Built, Trained
from shared.artefacts import Artefact

NOW = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)
ARTEFACT = Artefact("artefact:" + "ab" * 32, "ab" * 32, 12)
TRAINED = Trained(
    feature_set="battle-v2",
    feature_names=("x",),
    calibration=Calibration(0.9, (0.0, 1.0), (0.1,), 0.9, 0.6),
    metrics={"mean_error": 0.01},
    dataset_hash="d",
    pokedex_hash="p",
    reference_row=(0.25,),
)


def test_a_dataset_is_told_by_its_hash_its_place_and_whether_it_is_as_before() -> None:
    built = Built(dataset_hash="ab", match_ups=934_612, steps=())
    assert dataset_words(built) == "934,612 match-ups, hash ab"
    kept = msgspec.structs.replace(built, folder="/data/datasets/x")
    assert dataset_words(kept) == "934,612 match-ups, hash ab\nrows and card: /data/datasets/x"
    again = msgspec.structs.replace(built, earlier_hash="ab")
    assert dataset_words(again) == "934,612 match-ups, hash ab, as built before"
    other = msgspec.structs.replace(built, earlier_hash="cd")
    assert dataset_words(other) == "934,612 match-ups, hash ab; built before with another hash, cd"


def test_versions_sort_by_time_and_name_their_content() -> None:
    earlier = version_name(NOW, "ff" * 32)
    later = version_name(NOW.replace(minute=11), "00" * 32)
    assert earlier < later
    assert earlier.endswith("ffffffff")


def test_a_release_carries_what_was_measured() -> None:
    release = make_release("battle", TRAINED, ARTEFACT, "p", NOW)
    assert (release.sha256, release.size_bytes) == ("ab" * 32, 12)
    assert release.metrics == {"mean_error": 0.01}
    assert release.released_at_ms == 1_795_241_400_000
    assert release.reference_row == (0.25,)
    assert release.signature == ""


def test_the_champion_until_now_becomes_previous() -> None:
    release = make_release("battle", TRAINED, ARTEFACT, "p", NOW)
    first = make_assignment(release, None, NOW, "first-start")
    assert (first.champion, first.previous) == (release.version, None)
    old = ModelAssigned(family="battle", champion="old", assigned_at_ms=1)
    assert make_assignment(release, old, NOW, "request").previous == "old"


def announcement(*, passed_gate: bool) -> PokedexIngested:
    return PokedexIngested(
        run_id="20261121T061000Z-1a2b3c4d",
        source="pokeapi",
        counts=PokedexCounts(188, 223, 18),
        pokedex_hash="hash",
        ingested_at_ms=0,
        passed_gate=passed_gate,
    )


def test_a_pokedex_that_passed_the_gate_may_be_trained_on() -> None:
    assert unusable(announcement(passed_gate=True)) is None


def test_a_pokedex_that_did_not_pass_is_refused_with_its_run_and_the_remedy() -> None:
    refusal = unusable(announcement(passed_gate=False))
    assert refusal is not None
    assert "20261121T061000Z-1a2b3c4d (pokeapi)" in refusal
    assert "./dex ingest" in refusal


def test_no_pokedex_is_refused_too() -> None:
    assert "no complete Pokédex" in (unusable(None) or "")


def test_a_release_is_promoted_when_it_wins_on_the_same_duels() -> None:
    metrics = {"mean_error": 0.004, "rows": 4_000.0}
    assert decide_promotion(metrics, None, "first-start").is_won
    assert decide_promotion(metrics, "old", "request").is_won, "its feature set is of another build"
    won = decide_promotion({**metrics, "champion_mean_error": 0.005}, "old", "request")
    assert won.is_won
    assert won.reason == "request: mean error 0.00400 against 0.00500 of old on the same 4,000 duels"
    for theirs in (0.004, 0.003):
        assert not decide_promotion({**metrics, "champion_mean_error": theirs}, "old", "request").is_won
