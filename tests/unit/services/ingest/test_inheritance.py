from contracts.pokedex import LearnedMove
from services.ingest.inheritance import complete_learnsets
from services.ingest.snapshot import LearnsetRow
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_records


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
