from typing import get_args

import pytest

from contracts.pokedex import EffectClass
from services.ingest.effect_classes import DAMAGING, STATUS, effect_class
from shared.battle.effects import KNOWN_EFFECTS
from tests.support.pokedex import load_snapshot_records


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("tackle", "damage"),
        ("bite", "damage"),
        ("thunderbolt", "damage+ailment"),
        ("wrap", "damage+ailment"),
        ("sappy-seed", "damage+ailment"),
        ("psychic", "damage+lower"),
        ("skull-bash", "damage+raise"),
        ("mega-drain", "damage+heal"),
        ("dream-eater", "damage+heal"),
        ("fissure", "ohko"),
        ("toxic", "ailment"),
        ("leech-seed", "ailment"),
        ("confuse-ray", "ailment"),
        ("growl", "net-good-stats"),
        ("shell-smash", "net-good-stats"),
        ("minimize", "net-good-stats"),
        ("recover", "heal"),
        ("roost", "heal"),
        ("reflect", "field-effect"),
        ("stealth-rock", "field-effect"),
        ("haze", "whole-field-effect"),
        ("roar", "force-switch"),
        ("teleport", "unique"),
        ("splash", "unique"),
    ],
)
def test_a_move_has_the_class_of_what_it_is_for(slug: str, expected: EffectClass) -> None:
    assert load_snapshot_records().moves[slug].effect_class == expected


def test_status_moves_and_attacks_have_classes_of_their_own_but_for_none() -> None:
    of_status = {name for name, _ in STATUS}
    of_attacks = {name for name, _ in DAMAGING}
    assert not of_status & of_attacks
    assert of_status | of_attacks == set(get_args(EffectClass)) - {"swagger"}, (
        "no move of these games swaggers"
    )


@pytest.mark.parametrize("word", sorted(KNOWN_EFFECTS))
def test_every_word_of_the_battle_engine_gives_an_attack_a_class(word: str) -> None:
    assert effect_class("any", "physical", {word: True}) in {name for name, _ in DAMAGING}


@pytest.mark.parametrize("category", ["physical", "status"])
def test_a_word_of_no_class_is_refused_with_its_move(category: str) -> None:
    with pytest.raises(ValueError, match=r"'pound' has the word 'levitates'"):
        effect_class("pound", category, {"levitates": True})  # type: ignore[arg-type]
