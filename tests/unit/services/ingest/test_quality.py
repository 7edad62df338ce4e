from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.ingest.domain import build_records
from services.ingest.quality import check_quality
from services.ingest.snapshot import EvolutionRow, LearnsetRow, Snapshot
from tests.support.pokedex import load_packaged_snapshot


def problems_of(snapshot: Snapshot) -> str:
    return "\n".join(check_quality(snapshot, build_records(snapshot, "run")))


def without(rows: tuple[Any, ...], **values: object) -> tuple[Any, ...]:
    """`rows` less those that have all of `values`."""
    return tuple(row for row in rows if any(getattr(row, name) != value for name, value in values.items()))


def test_the_packaged_snapshot_passes() -> None:
    assert problems_of(load_packaged_snapshot()) == ""


def test_a_lost_learnset_row_is_counted() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, learnsets=without(snapshot.learnsets, pokemon="pikachu", move="thunderbolt"))
    assert "level-up rows: 2034, expected 2035" in problems_of(spoilt)
    assert "TM rows: 3143, expected 3144" in problems_of(spoilt)


def test_a_lost_form_an_evolution_and_a_species_are_counted() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(
        snapshot,
        pokemon=without(snapshot.pokemon, slug="mewtwo-mega-x"),
        evolutions=without(snapshot.evolutions, to_slug="melmetal"),
        species=without(snapshot.species, slug="mew"),
    )
    found = problems_of(spoilt)
    assert "'mega': 14" in found
    assert "evolutions between species: 72, expected 73" in found
    assert "species: 152, expected 153" in found
    assert "pokemon.species: 'mew' does not exist" in found


def test_a_wrong_multiplier_is_counted() -> None:
    snapshot = load_packaged_snapshot()
    first, *rest = snapshot.effectiveness
    spoilt = replace(snapshot, effectiveness=(msgspec.structs.replace(first, multiplier=2.0), *rest))
    assert "effectiveness cells" in problems_of(spoilt)


def test_a_repeated_name_is_refused() -> None:
    snapshot = load_packaged_snapshot()
    first, second, *rest = snapshot.moves
    spoilt = replace(snapshot, moves=(first, msgspec.structs.replace(second, name_fr=first.name_fr), *rest))
    assert 'moves.name_fr: "Écras\'Face" occurs 2 times' in problems_of(spoilt)


@pytest.mark.parametrize(
    ("field", "row", "problem"),
    [
        ("learnsets", LearnsetRow("pikachu", "celebrate", "start"), "learnsets.move: 'celebrate'"),
        ("learnsets", LearnsetRow("missingno", "tackle", "start"), "learnsets.pokemon: 'missingno'"),
        ("evolutions", EvolutionRow("mew", "missingno", "trade"), "evolutions: 'missingno'"),
    ],
)
def test_a_reference_to_nothing_is_refused(field: str, row: object, problem: str) -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, **{field: (*getattr(snapshot, field), row)})
    assert f"{problem} does not exist" in problems_of(spoilt)


def test_a_pokemon_that_cannot_attack_is_refused_unless_it_is_on_the_list() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, learnsets=without(snapshot.learnsets, pokemon="tauros"))
    assert "pokemon: 'tauros' learns nothing" in problems_of(spoilt)
    assert "ditto" not in problems_of(spoilt)


def test_a_move_that_nothing_learns_is_refused() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, learnsets=without(snapshot.learnsets, move="zippy-zap"))
    assert "moves: nothing learns 'zippy-zap'" in problems_of(spoilt)
