from typing import get_args

import pytest

from contracts.pokedex import (
    EffectClass,
    Evolution,
    EvolutionTrigger,
    Form,
    LearnedMove,
    LearnMethod,
    MoveCategory,
)
from shared import pokedex_words as words
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_pokedex


@pytest.mark.parametrize(
    ("vocabulary", "table"),
    [
        (Form, words.FORM_WORDS),
        (MoveCategory, words.CATEGORY_WORDS),
        (LearnMethod, words.METHOD_WORDS),
        (EffectClass, words.EFFECT_CLASS_WORDS),
        (EvolutionTrigger, words.TRIGGER_WORDS),
        (words.StatName, words.STAT_WORDS),
    ],
)
def test_every_value_has_words_of_its_own_in_both_languages(
    vocabulary: object, table: dict[str, words.Words]
) -> None:
    assert tuple(table) == get_args(vocabulary)
    for language in ("en", "fr"):
        said = [getattr(one, language) for one in table.values()]
        assert all(said)
        assert len(set(said)) == len(said)


def test_every_priority_of_the_games_has_a_name() -> None:
    priorities = {move.priority for move in load_snapshot_pokedex().moves}
    assert priorities == set(words.PRIORITY_WORDS)
    assert len({words.priority_words(priority).slug for priority in priorities}) == 8
    assert words.priority_words(-3).en == "-3"


def test_every_stone_of_the_games_has_a_name() -> None:
    assert {row.item for row in load_packaged_snapshot().evolutions if row.item} == set(words.STONE_WORDS)


def test_a_level_is_said_instead_of_the_method() -> None:
    assert words.learned_words(LearnedMove("growl", "level", 21)) == words.Words("Level 21", "Niveau 21")
    assert words.learned_words(LearnedMove("growl", "tm")).fr == "Par CT"


def test_an_evolution_is_said_by_level_stone_or_trigger() -> None:
    assert words.evolution_words(Evolution("level", level=16)).fr == "Niveau 16"
    assert words.evolution_words(Evolution("stone", item="moon-stone")).fr == "Pierre Lune"
    assert words.evolution_words(Evolution("trade")).en == "By trading"
    assert words.evolution_words(Evolution("stone", item="sun-stone")).en == "With a stone"
