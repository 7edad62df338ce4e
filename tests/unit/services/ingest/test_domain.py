import msgspec

from contracts.pokedex import LearnedMove
from services.ingest.domain import Records, build_records, complete_learnsets, diff
from services.ingest.snapshot import LearnsetRow
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_records

EMPTY = Records(pokemon={}, moves={}, types={})


def test_an_evolved_pokemon_inherits_what_it_does_not_learn_itself() -> None:
    records = load_snapshot_records()
    raichu = records.pokemon["raichu"].learnset
    inherited = [learned for learned in raichu if learned.method == "inherited"]
    assert LearnedMove("double-kick", "inherited") in inherited
    own = {learned.move for learned in raichu if learned.method != "inherited"}
    assert not own & {learned.move for learned in inherited}


def test_inheritance_goes_all_the_way_down_the_line() -> None:
    records = load_snapshot_records()
    known = [
        {learned.move for learned in records.pokemon[slug].learnset} for slug in ("dratini", "dragonite")
    ]
    assert known[0] <= known[1]


def test_an_alolan_form_inherits_from_its_own_lineage_only() -> None:
    records = load_snapshot_records()
    assert records.pokemon["raichu-alola"].evolves_from is None
    assert all(learned.method != "inherited" for learned in records.pokemon["raichu-alola"].learnset)
    assert records.pokemon["raticate-alola"].evolves_from == "rattata-alola"


def test_a_mega_has_exactly_the_moves_of_its_base_form_and_no_level() -> None:
    records = load_snapshot_records()
    megas = [record for record in records.pokemon.values() if record.form == "mega"]
    assert len(megas) == 15
    for mega in megas:
        base = records.pokemon[mega.species]
        assert {one.move for one in mega.learnset} == {one.move for one in base.learnset}
        assert {(one.method, one.level) for one in mega.learnset} == {("inherited", None)}


def test_nothing_inherited_claims_a_level_and_levels_say_so() -> None:
    for record in load_snapshot_records().pokemon.values():
        for learned in record.learnset:
            assert (learned.method == "level") == (learned.level is not None)


def test_a_lineage_in_a_circle_ends() -> None:
    rows = [row for row in load_packaged_snapshot().pokemon if row.slug in ("abra", "kadabra")]
    learned = [LearnsetRow("abra", "teleport", "start"), LearnsetRow("kadabra", "psychic", "tm")]
    circle = {"abra": "kadabra", "kadabra": "abra"}
    complete = complete_learnsets(rows, learned, circle, {"teleport": 100, "psychic": 94})
    assert {one.move for one in complete["abra"]} == {"teleport", "psychic"}


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
