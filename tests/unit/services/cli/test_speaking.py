"""What the commands say in French, and that no sentence of a catalogue lacks a language or a part."""

import string
from collections.abc import Iterator
from types import ModuleType

import pytest

from contracts.battle import BattleRequested, Combatant, ResolvedBattle
from contracts.serving import Refused
from services.cli import answers, dlq_texts, speaking, texts
from services.cli.combatants import parse_side
from services.gateway import texts as gateway_texts
from shared import problem_texts
from shared.battle import refusal_texts
from shared.battle.resolving import resolve_battle
from shared.errors import ReplyTimeout
from shared.families import Refusal
from shared.wording import Text
from tests.support.pokedex import load_snapshot_pokedex

CATALOGUES = [texts, dlq_texts, gateway_texts, problem_texts, refusal_texts]


def sentences(catalogue: ModuleType) -> Iterator[Text]:
    for value in vars(catalogue).values():
        members = value.values() if isinstance(value, dict) else [value]
        for member in members:
            yield from (
                one for one in (member if isinstance(member, tuple) else [member]) if isinstance(one, Text)
            )


def parts(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda module: module.__name__)
def test_every_sentence_has_both_languages_and_french_needs_no_other_part(catalogue: ModuleType) -> None:
    found = list(sentences(catalogue))
    assert len(found) > 10
    for text in found:
        assert text.en
        assert text.fr
        # what the English is filled with, and what Pydantic says of the violation beside its message
        allowed = parts(text.en) | (
            {"ge", "le", "max_length", "min_length", "limit"} if text.en == "{message}" else set()
        )
        allowed |= {"title"} if text.en == "{text}" else set()
        assert parts(text.fr) <= allowed, text


@pytest.mark.parametrize(
    ("a", "english", "french"),
    [
        (
            Combatant("pikachuu"),
            "no Pokémon of Let's Go is called that",
            "aucun Pokémon de Let's Go ne s’appelle ainsi",
        ),
        (
            Combatant("pikachu", 101),
            "a level is a whole number from 1 to 100",
            "un niveau est un entier de 1 à 100",
        ),
        (
            Combatant("pikachu", 50, ("thunderblot",)),
            "no move of Let's Go is called that",
            "aucune attaque de Let's Go",
        ),
        (
            Combatant("pikachu", 50, ("thunder", "Fatal-Foudre")),
            "Thunder is given twice",
            "Fatal-Foudre est donnée",
        ),
        (
            Combatant("squirtle", 50, ("thunder",)),
            "Squirtle cannot learn Thunder",
            "Carapuce ne peut pas apprendre",
        ),
        (
            Combatant("pikachu", 50, ("growl",)),
            "no move is left",
            "aucune attaque ne reste",
        ),
        (Combatant("pikachu", 50, ()), "a Pokémon has 1 to 4 moves", "un Pokémon a de 1 à 4 attaques"),
        (Combatant("ditto"), "learns no move that can be weighed", "n’apprend aucune attaque"),
    ],
)
def test_a_refused_battle_is_told_in_both_languages(a: Combatant, english: str, french: str) -> None:
    refusal = resolve_battle(BattleRequested(a, Combatant("squirtle")), load_snapshot_pokedex())

    assert isinstance(refusal, Refusal)
    assert english in refusal.message
    assert french in refusal.message_fr
    assert refusal.remedy
    assert refusal.remedy_fr not in ("", refusal.remedy)


def test_an_accepted_battle_needs_no_words() -> None:
    request = BattleRequested(Combatant("pikachu"), Combatant("squirtle"))
    assert isinstance(resolve_battle(request, load_snapshot_pokedex()), ResolvedBattle)


def test_a_refusal_and_a_silence_are_told_in_the_language_of_the_command() -> None:
    refused = parse_side("a", "pikachu@40", level=30)
    assert isinstance(refused, Refused)
    assert "Give the level once." in answers.refusal_text(refused)
    assert "no reply within 5 s" in answers.failure_text(ReplyTimeout("no reply within 5 s"))

    speaking.use_language("fr")
    assert answers.refusal_text(refused).endswith("Donnez le niveau une fois.")
    assert answers.failure_text(ReplyTimeout("no reply within 5 s")).startswith(
        "Aucune réponse avant l’échéance."
    )
