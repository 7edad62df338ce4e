"""Answers in words: every sentence in both languages, and the right ones for the facts."""

from string import Formatter
from typing import Any, get_args

import msgspec
import pytest

from contracts.battle import Verdict
from contracts.explanation import AttackFacts, Rhythm
from shared.battle import texts
from shared.battle.feature_groups import GROUPS
from shared.battle.wording import answer_in_words, interval_in_words, notes_in_words, why_in_words
from shared.wording import Language, Text
from tests.support.explanations import attack_facts, explanation
from tests.support.gateway import answer


def all_texts() -> list[Text]:
    values = [
        one
        for value in vars(texts).values()
        for one in (value.values() if isinstance(value, dict) else [value])
    ]
    return [one for one in values if isinstance(one, Text)]


def about(language: Language = "en", **changes: Any) -> tuple[str, ...]:
    return why_in_words(explanation(a=attack_facts(**changes)), language).a


@pytest.mark.parametrize("text", all_texts(), ids=lambda text: text.en[:30])
def test_every_sentence_exists_in_both_languages_with_the_same_values(text: Text) -> None:
    assert text.en.strip()
    assert text.fr.strip()
    fields = [{field for _, field, _, _ in Formatter().parse(line) if field} for line in (text.en, text.fr)]
    assert fields[0] == fields[1]


def test_every_word_of_the_contracts_has_a_sentence() -> None:
    assert len(all_texts()) > 30
    assert set(texts.VERDICTS) == set(get_args(Verdict))
    assert set(texts.RHYTHMS) == set(get_args(Rhythm)) - {"every turn"}
    assert tuple(texts.GROUPS) == GROUPS


def test_a_duel_in_english() -> None:
    why = why_in_words(explanation(), "en")
    assert why.moves_first == "Pikachu moves first: Speed 95 against 64."
    assert why.a_title == "Pikachu with Thunderbolt"
    assert why.a == (
        "Thunderbolt takes 96 to 114 of 119 HP (81% to 96%).",
        "It is super effective (×2).",
        "It has the same-type bonus (×1.5).",
        "It knocks out in one use with a chance of 4.0%, within two 99.0%, within three 100.0%.",
    )
    assert why.groups["damage_b"] == "Damage: Squirtle"


def test_a_duel_in_french() -> None:
    why = why_in_words(explanation(), "fr")
    assert why.moves_first == "Pikachu agit en premier : Vitesse 95 contre 64."
    assert why.b_title == "Carapuce avec Pistolet à O"
    assert why.b == (
        "Pistolet à O retire de 24 à 29 PV sur 110 (22\u202f% à 26\u202f%).",
        "Elle profite du bonus de même type (×1,5).",
        "Chances de mettre K.O. : 0,0\u202f% en une utilisation, 0,0\u202f% en deux, 1,0\u202f% en trois.",
    )
    assert why.groups["damage_b"] == "Dégâts : Carapuce"


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({"effectiveness": 0.0, "damage": (0, 0)}, "does not affect", "knock"),
        ({"effectiveness": 0.5}, "not very effective (×0.5)", "super"),
        ({"effectiveness": 1.0}, "takes", "effective"),
        ({"damage": None, "ko_chances": None}, "returns what its user has taken", "knock"),
        ({"damage": (0, 0), "ko_chances": (0, 0, 0)}, "fails against a higher level", "knock"),
        ({"damage": (50, 50), "critical_chance": 0.0}, "takes 50 of 119 HP (42%)", "effective"),
        ({"accuracy": 0.7}, "lands 70% of the time", "hits"),
        ({"hits": (2, 5)}, "hits 2 to 5 times", "lands"),
        ({"hits": (2, 2)}, "hits 2 times", "to 2 times"),
        ({"ko_chances": (0.0, 0.0, 0.0)}, "cannot knock out", "knocks out in one"),
        ({"ko_chances": (1.0, 1.0, 1.0)}, "always knocks out in one use", "within two"),
        ({"rhythm": "rests"}, "rests for a turn", "prepares"),
        ({"rhythm": "first turn only"}, "first turn only", "rests"),
    ],
)  # fmt: skip
def test_each_fact_is_said(changes: dict[str, Any], said: str, unsaid: str) -> None:
    sentences = " ".join(about(**changes))
    assert said in sentences
    assert unsaid not in sentences


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("rhythm", get_args(Rhythm))
def test_every_rhythm_can_be_said(rhythm: Rhythm, language: Language) -> None:
    said = about(language, rhythm=rhythm)
    assert len(said) == len(about(language)) + (rhythm != "every turn")


@pytest.mark.parametrize(
    ("changes", "a", "b", "said"),
    [
        ({"moves_first": "b"}, {}, {"speed": 120}, "Squirtle moves first: Speed 120 against 95."),
        (
            {"moves_first_by": "priority"}, {"priority": 1}, {},
            "Pikachu moves first: Thunderbolt has the higher priority, +1 against 0.",
        ),
        ({"moves_first": "either", "moves_first_by": "coin flip"}, {}, {}, "Both are equally fast"),
    ],
)  # fmt: skip
def test_who_moves_first_is_said_with_its_reason(
    changes: dict[str, Any], a: dict[str, Any], b: dict[str, Any], said: str
) -> None:
    plain = explanation()
    sides: dict[str, AttackFacts] = {
        "a": msgspec.structs.replace(plain.a, **a),
        "b": msgspec.structs.replace(plain.b, **b),
    }
    assert why_in_words(explanation(**sides, **changes), "en").moves_first.startswith(said)


def test_an_interval_says_how_often_it_holds() -> None:
    said = interval_in_words((0.94, 0.99), 0.9, "en")
    assert said == "Between 94.0% and 99.0%; 90% of such intervals hold the true chance"
    assert "90\u202f%" in interval_in_words((0.94, 0.99), 0.9, "fr")
    assert interval_in_words((0.94, 0.99), None, "en") == "Between 94.0% and 99.0%"


@pytest.mark.parametrize(
    ("verdict", "french"), [("sure", "Sûr"), ("too close to call", "Trop serré pour trancher")]
)
def test_an_answer_has_its_verdict_interval_notes_and_reasons_in_words(verdict: Verdict, french: str) -> None:
    said = msgspec.structs.replace(answer(), verdict=verdict, coverage=0.9, explanation=explanation())
    words = answer_in_words(said, "fr")
    assert (words.verdict, words.notes) == (french, ())
    assert words.interval.startswith("Entre 94,0")
    assert words.why == why_in_words(explanation(), "fr")
    assert answer_in_words(answer(), "en").why is None


def test_notes_say_what_was_considered() -> None:
    said = msgspec.structs.replace(answer(), opponent_moves_were_given=False, moves_considered_capped=True)
    assert notes_in_words(said, "en") == [texts.OPPONENT_ALL.en, texts.CAPPED.en]
    assert notes_in_words(answer(), "fr") == []
