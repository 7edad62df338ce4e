import hashlib

import msgspec
import pytest

from contracts.pokedex import LearnedMove
from shared.pokedex import Pokedex, Record, compute_pokedex_hash, fold
from shared.wording import Text
from tests.support.pokedex import load_snapshot_pokedex, load_snapshot_records


@pytest.fixture
def pokedex() -> Pokedex:
    return load_snapshot_pokedex()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("évoli", "eevee"),
        ("evoli", "eevee"),
        ("EEVEE", "eevee"),
        ("m. mime", "mr-mime"),
        ("mr mime", "mr-mime"),
        ("Mr. Mime", "mr-mime"),
        ("farfetch'd", "farfetchd"),
        ("farfetch\u2019d", "farfetchd"),
        ("canarticho", "farfetchd"),
        ("nidoran♀", "nidoran-f"),
        ("nidoran f", "nidoran-f"),
        ("Nidoran♂", "nidoran-m"),
        ("nœunœuf", "exeggcute"),
        ("noeunoeuf", "exeggcute"),
        ("raichu-alola", "raichu-alola"),
        ("raichualola", "raichu-alola"),
        ("raichu d'alola", "raichu-alola"),
        ("Raichu d\u2019Alola", "raichu-alola"),
        ("alolan raichu", "raichu-alola"),
        ("Goupix d'Alola", "vulpix-alola"),
        ("mega charizard x", "charizard-mega-x"),
        ("mega-dracaufeu x", "charizard-mega-x"),
        ("Charizard Mega Y", "charizard-mega-y"),
        ("Méga-Tortank", "blastoise-mega"),
        ("partner pikachu", "pikachu-partner"),
        ("évoli partenaire", "eevee-partner"),
        ("eevee-starter", "eevee-partner"),
        (" pikachu ", "pikachu"),
        (25, "pikachu"),
        ("25", "pikachu"),
        (10100, "raichu-alola"),
        (809, "melmetal"),
    ],
)
def test_a_pokemon_is_found_by_any_of_its_names(pokedex: Pokedex, name: int | str, slug: str) -> None:
    found = pokedex.find_pokemon(name)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize("name", ["", " ", "nidoran", "pikachoo", "-", "²", 0, -1, 10_000, "9" * 5_000])
def test_what_is_no_name_finds_nothing(pokedex: Pokedex, name: int | str) -> None:
    assert pokedex.find_pokemon(name) is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("vive-attaque", "quick-attack"),
        ("Quick Attack", "quick-attack"),
        ("quickattack", "quick-attack"),
        ("Cage-Éclair", "thunder-wave"),
        ("coup d\u2019boule", "headbutt"),
        ("Vise Grip", "vice-grip"),
        ("X-Scissor", "x-scissor"),
        (33, "tackle"),
        ("45", "growl"),
    ],
)
def test_a_move_is_found_by_any_of_its_names(pokedex: Pokedex, name: int | str, slug: str) -> None:
    found = pokedex.find_move(name)
    assert found is not None
    assert found.slug == slug


@pytest.mark.parametrize(("name", "slug"), [("électrik", "electric"), ("TENEBRES", "dark"), (18, "fairy")])
def test_a_type_is_found_by_any_of_its_names(pokedex: Pokedex, name: int | str, slug: str) -> None:
    found = pokedex.find_type(name)
    assert found is not None
    assert found.slug == slug


def test_every_record_is_found_by_its_own_names_and_no_two_share_one(pokedex: Pokedex) -> None:
    for records, find in (
        (pokedex.pokemon, pokedex.find_pokemon),
        (pokedex.moves, pokedex.find_move),
        (pokedex.types, pokedex.find_type),
    ):
        for record in records:
            for name in (record.id, str(record.id), record.slug, record.name_en, record.name_fr):
                assert find(name) is record, name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("pikachoo", "Pikachu"), ("pika", "Pikachu"), ("dracofeu", "Charizard"), ("nidoran", "Nidoran♀")],
)
def test_the_nearest_name_is_suggested_first(pokedex: Pokedex, typed: str, meant: str) -> None:
    suggestions = pokedex.suggest_pokemon(typed)
    assert suggestions[0].en == meant
    assert len(suggestions) <= 3


def test_nearest_moves_are_suggested_in_both_languages(pokedex: Pokedex) -> None:
    thunderbolt = Text("Thunderbolt", "Tonnerre")
    assert pokedex.suggest_moves("thunderbol")[0] == thunderbolt
    assert pokedex.suggest_moves("tonere", limit=1) == (thunderbolt,)
    assert pokedex.suggest_pokemon("raichu alolla", limit=1) == (Text("Alolan Raichu", "Raichu d'Alola"),)


@pytest.mark.parametrize("typed", ["", "!?", "zzzzz", "x" * 200_000])
def test_what_resembles_nothing_gets_no_suggestion(pokedex: Pokedex, typed: str) -> None:
    assert pokedex.suggest_pokemon(typed) == ()


def test_learnsets_answer_what_can_be_learned(pokedex: Pokedex) -> None:
    assert pokedex.can_learn("pikachu", "thunderbolt")
    assert pokedex.can_learn("raichu", "double-kick"), "inherited from Pikachu"
    assert not pokedex.can_learn("pikachu", "surf")
    assert not pokedex.can_learn("nobody", "surf")


def test_damaging_moves_are_those_learned_that_hurt(pokedex: Pokedex) -> None:
    moves = pokedex.damaging_moves("pikachu")
    assert "thunderbolt" in moves
    assert "growl" not in moves
    assert list(moves) == sorted(moves, key=lambda slug: pokedex.moves_by_slug[slug].id)
    assert pokedex.damaging_moves("nobody") == ()


def test_fold_drops_what_people_type_differently() -> None:
    assert fold("Farfetch\u2019d") == fold("FARFETCHD") == "farfetchd"
    assert fold("Nidoran♀") == "nidoranf"
    assert fold("Nœunœuf") == "noeunoeuf"


def test_the_hash_depends_on_content_and_neither_on_order_nor_run() -> None:
    records = load_snapshot_records()
    pokemon, moves, types = (
        list(records.pokemon.values()),
        list(records.moves.values()),
        list(records.types.values()),
    )
    expected = compute_pokedex_hash(pokemon, moves, types)
    other_run = [msgspec.structs.replace(record, run_id="another") for record in reversed(pokemon)]
    assert compute_pokedex_hash(other_run, reversed(moves), types) == expected
    assert len(expected) == len(hashlib.sha256().hexdigest())

    changed = msgspec.structs.replace(pokemon[0], learnset=(LearnedMove("tackle", "start"),))
    assert compute_pokedex_hash([changed, *pokemon[1:]], moves, types) != expected
    assert compute_pokedex_hash(pokemon[1:], moves, types) != expected


def test_the_hash_survives_the_bus() -> None:
    records = load_snapshot_records()

    def travel(record: Record) -> Record:
        return msgspec.json.decode(msgspec.json.encode(record), type=type(record))

    travelled = Pokedex(
        (travel(record) for record in records.pokemon.values()),
        (travel(record) for record in records.moves.values()),
        (travel(record) for record in records.types.values()),
    )
    assert travelled.pokedex_hash == records.pokedex_hash


@pytest.mark.parametrize(
    "name", ["pika\0chu", "\U0001f47bpikachu", "\u202epikachu", "pikachu!!!", "<b>pikachu</b>", "pikachu;--"]
)
def test_a_name_with_foreign_characters_is_unknown(name: str) -> None:
    assert load_snapshot_pokedex().find_pokemon(name) is None


def test_accents_may_be_written_as_combining_characters() -> None:
    found = load_snapshot_pokedex().find_pokemon("e\u0301voli")
    assert found is not None
    assert found.slug == "eevee"


def test_a_slug_is_found_without_being_folded(pokedex: Pokedex, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> str:
        raise AssertionError(f"{name} was folded")

    monkeypatch.setattr("shared.pokedex.fold", refuse)
    for pokemon in pokedex.pokemon:
        assert pokedex.find_pokemon(pokemon.slug) is pokemon
    for move in pokedex.moves:
        assert pokedex.find_move(move.slug) is move
