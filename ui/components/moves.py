"""What there is to say of a move, in words."""

from collections.abc import Iterable

from contracts.pokedex import LearnedMove, MoveRecord
from shared.pokedex_words import (
    CATEGORY_WORDS,
    EFFECT_CLASS_WORDS,
    METHOD_WORDS,
    learned_words,
    priority_words,
)
from shared.wording import Language
from ui.components.words import in_language
from ui.texts import pokedex as texts


def category_words(move: MoveRecord, language: Language) -> str:
    """Physical, special or status."""
    return in_language(CATEGORY_WORDS[move.category], language)


def power_words(move: MoveRecord, language: Language) -> str:
    """The power; of a damaging move without one, that it varies; of a status move, that there is none."""
    if move.power:
        return str(move.power)
    return (texts.NO_POWER if move.category == "status" else texts.VARIES).say(language)


def accuracy_words(move: MoveRecord, language: Language) -> str:
    """The accuracy in per cent, or that the move never misses."""
    if move.accuracy is None:
        return texts.NEVER_MISSES.say(language)
    return texts.PER_CENT.say(language, value=move.accuracy)


def named_priority(move: MoveRecord, language: Language) -> str:
    """The priority's name, with its number unless it is the normal one: `Quick (+1)`."""
    words = in_language(priority_words(move.priority), language)
    return words if move.priority == 0 else f"{words} ({move.priority:+d})"


def effect_words(move: MoveRecord, language: Language) -> str:
    """What the move is for."""
    return in_language(EFFECT_CLASS_WORDS[move.effect_class], language)


def ways_words(move: MoveRecord, ways: Iterable[LearnedMove], language: Language) -> str:
    """Every way to learn the move, with level and TM number: `Level 21 · TM 36`."""
    return " · ".join(dict.fromkeys(_way(move, learned, language) for learned in ways))


def _way(move: MoveRecord, learned: LearnedMove, language: Language) -> str:
    if learned.method == "tm" and move.tm is not None:
        return texts.TM.say(language, number=move.tm)
    if learned.level is None:
        return in_language(METHOD_WORDS[learned.method], language)
    return in_language(learned_words(learned), language)
