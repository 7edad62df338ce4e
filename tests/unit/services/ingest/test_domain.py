import msgspec
import pytest

from contracts.pokedex import Evolution, PokedexIngested
from services.ingest.domain import Records, build_records, diff, keeps_refresh, says_the_same
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_records

EMPTY = Records(pokemon={}, moves={}, types={})


def test_types_know_every_defender() -> None:
    types = load_snapshot_records().types
    assert all(set(record.effectiveness) == set(types) for record in types.values())
    assert types["electric"].effectiveness["ground"] == 0
    assert types["water"].effectiveness["fire"] == 2
    assert types["ghost"].effectiveness["normal"] == 0
    assert types["fire"].effectiveness["water"] == 0.5


def test_everything_is_published_on_empty_topics() -> None:
    changes = diff(load_snapshot_records(), EMPTY)
    assert (len(changes.pokemon), len(changes.moves), len(changes.types)) == (188, 223, 18)
    assert changes.removed == 0


def test_nothing_is_published_because_the_run_differs() -> None:
    again = build_records(load_packaged_snapshot(), "a later run")
    changes = diff(again, load_snapshot_records())
    assert (changes.published, changes.removed) == (0, 0)
    assert again.pokedex_hash == load_snapshot_records().pokedex_hash


def test_only_what_differs_is_published_and_what_is_gone_is_removed() -> None:
    wanted = load_snapshot_records()
    stale = msgspec.structs.replace(wanted.moves["tackle"], power=35, run_id="old")
    gone = msgspec.structs.replace(wanted.pokemon["mew"], slug="missingno", id=20_000)
    folded = Records(
        pokemon={**wanted.pokemon, "missingno": gone},
        moves={**wanted.moves, "tackle": stale},
        types={slug: record for slug, record in wanted.types.items() if slug != "fairy"},
    )
    changes = diff(wanted, folded)
    assert changes.moves == (wanted.moves["tackle"],)
    assert changes.types == (wanted.types["fairy"],)
    assert changes.pokemon == ()
    assert changes.removed_pokemon == ("missingno",)
    assert (changes.published, changes.removed) == (2, 1)


def test_force_publishes_every_record_again() -> None:
    wanted = load_snapshot_records()
    assert diff(wanted, wanted).published == 0
    assert diff(wanted, wanted, force=True).published == 188 + 223 + 18


def test_a_pokemon_says_how_it_comes_about() -> None:
    pokemon = load_snapshot_records().pokemon
    assert pokemon["ivysaur"].evolution == Evolution("level", level=16)
    assert pokemon["vaporeon"].evolution == Evolution("stone", item="water-stone")
    assert pokemon["alakazam"].evolution == Evolution("trade")
    assert pokemon["bulbasaur"].evolution is None
    assert all((one.evolution is None) == (one.evolves_from is None) for one in pokemon.values())


def announcement(**changes: object) -> PokedexIngested:
    records = load_snapshot_records()
    announced = PokedexIngested(
        run_id="run",
        source="pokeapi",
        counts=records.counts,
        pokedex_hash=records.pokedex_hash,
        ingested_at_ms=1,
        passed_gate=True,
    )
    return msgspec.structs.replace(announced, **changes)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"source": "pokepedia"}, True),
        ({"source": "snapshot"}, False),
        ({"passed_gate": False}, False),
        ({"pokedex_hash": "that of a run which was cut short"}, False),
    ],
)
def test_a_start_keeps_a_whole_refresh_from_a_live_source(change: dict[str, object], kept: bool) -> None:
    assert keeps_refresh(announcement(**change), load_snapshot_records().pokedex_hash) is kept


def test_a_start_on_empty_topics_has_nothing_to_keep() -> None:
    assert not keeps_refresh(None, EMPTY.pokedex_hash)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"run_id": "another", "ingested_at_ms": 2}, True),
        ({"passed_gate": False}, False),
        ({"source": "snapshot"}, False),
        ({"pokedex_hash": "another"}, False),
    ],
)
def test_an_announcement_is_repeated_only_when_it_says_something_else(
    change: dict[str, object], same: bool
) -> None:
    assert says_the_same(announcement(**change), announcement()) is same
    assert not says_the_same(None, announcement())
