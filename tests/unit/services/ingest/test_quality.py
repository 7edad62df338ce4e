from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.ingest.domain import build_records
from services.ingest.quality import check_quality
from services.ingest.snapshot import Snapshot
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
    assert "learnset_level_up: 2034, expected 2035" in problems_of(spoilt)
    assert "learnset_tm: 3143, expected 3144" in problems_of(spoilt)


def test_a_lost_form_an_evolution_and_a_species_are_counted() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(
        snapshot,
        pokemon=without(snapshot.pokemon, slug="mewtwo-mega-x"),
        evolutions=without(snapshot.evolutions, to_slug="melmetal"),
        species=without(snapshot.species, slug="mew"),
    )
    found = problems_of(spoilt)
    assert "pokemon_mega: 14, expected 15" in found
    assert "evolutions_between_species: 72, expected 73" in found
    assert "species: 152, expected 153" in found
    assert "pokemon: species 'mew' is not in species.csv" in found


def test_a_wrong_multiplier_is_counted() -> None:
    snapshot = load_packaged_snapshot()
    first, *rest = snapshot.effectiveness
    spoilt = replace(snapshot, effectiveness=(msgspec.structs.replace(first, multiplier=2.0), *rest))
    assert "effectiveness_double: 52, expected 51" in problems_of(spoilt)


def test_a_cell_that_is_missing_is_named() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(
        snapshot, effectiveness=without(snapshot.effectiveness, attacking="ice", defending="bug")
    )
    assert "effectiveness: 'ice' has no multiplier against bug" in problems_of(spoilt)


def test_what_is_between_rows_is_told_without_a_line() -> None:
    snapshot = load_packaged_snapshot()
    first, second, *rest = snapshot.moves
    spoilt = replace(snapshot, moves=(first, msgspec.structs.replace(second, name_fr=first.name_fr), *rest))
    assert 'moves: name_fr "Écras\'Face"' in problems_of(spoilt)


@pytest.mark.parametrize(
    ("slug", "change", "problem"),
    [
        ("tackle", {"priority": -3}, "moves.priority: -3 of 'tackle' is none of"),
        ("growl", {"power": 40}, "moves.power: 40 of 'growl', which is a status move"),
        ("headbutt", {"tm": None}, "technical_machines: 59, expected 60"),
        ("headbutt", {"tm": 2}, "moves.tm: (2, 2, 3"),
    ],
)
def test_a_move_with_an_impossible_value_is_refused(
    slug: str, change: dict[str, object], problem: str
) -> None:
    snapshot = load_packaged_snapshot()
    moves = tuple(
        msgspec.structs.replace(row, **change) if row.slug == slug else row for row in snapshot.moves
    )
    assert problem in problems_of(replace(snapshot, moves=moves))


def test_a_pokemon_that_cannot_attack_is_refused_unless_it_is_on_the_list() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, learnsets=without(snapshot.learnsets, pokemon="tauros"))
    assert "pokemon: 'tauros' learns nothing" in problems_of(spoilt)
    assert "ditto" not in problems_of(spoilt)


def test_a_move_that_nothing_learns_is_refused() -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, learnsets=without(snapshot.learnsets, move="zippy-zap"))
    assert "moves: nothing learns 'zippy-zap'" in problems_of(spoilt)
