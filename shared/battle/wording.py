"""What an answer says, in words, for the command line, the gateway and the web app."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.battle import BattleAnswer, NotScored, SideName
from contracts.explanation import AttackFacts, Explanation
from shared.battle import texts
from shared.wording import Language, Words, percent


@dataclass(frozen=True, slots=True)
class Why:
    """An explanation in one language. `a`, `b`: sentences about each side's attack, under its title."""

    moves_first: str
    a_title: str
    a: tuple[str, ...]
    b_title: str
    b: tuple[str, ...]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InWords:
    """An answer in one language; `why` when it was explained."""

    verdict: str
    interval: str
    notes: tuple[str, ...]
    why: Why | None


def not_scored(side: SideName, move: str, why: Words) -> NotScored:
    """A move that is set aside, and why, in every language."""
    return NotScored(side, move, why.say("en"), why.say("fr"))


def answer_in_words(answer: BattleAnswer, language: Language) -> InWords:
    """What the numbers of an answer mean."""
    return InWords(
        verdict=texts.VERDICTS[answer.verdict].say(language),
        interval=interval_in_words(answer.interval, answer.coverage, language),
        notes=tuple(notes_in_words(answer, language)),
        why=None if answer.explanation is None else why_in_words(answer.explanation, language),
    )


def interval_in_words(interval: tuple[float, float], coverage: float | None, language: Language) -> str:
    """An interval of chances and, when it is known, how often such intervals hold."""
    low, high = (percent(bound, language) for bound in interval)
    if coverage is None:
        return texts.INTERVAL.say(language, low=low, high=high)
    share = percent(coverage, language, 0)
    return texts.INTERVAL_COVERAGE.say(language, low=low, high=high, coverage=share)


def notes_in_words(answer: BattleAnswer, language: Language) -> list[str]:
    """What was considered beyond what was asked, or left out."""
    notes = []
    if not answer.opponent_moves_were_given:
        notes.append(texts.OPPONENT_ALL.say(language))
    if answer.moves_considered_capped:
        notes.append(texts.CAPPED.say(language))
    return notes


def why_in_words(explanation: Explanation, language: Language) -> Why:
    """Every fact as a sentence, and a label for each group of features."""
    a, b = explanation.a, explanation.b
    return Why(
        moves_first=_order(explanation, language),
        a_title=_title(a, language),
        a=tuple(_about(a, language)),
        b_title=_title(b, language),
        b=tuple(_about(b, language)),
        groups={
            one.group: texts.GROUPS[one.group].say(
                language, a=getattr(a.pokemon, language), b=getattr(b.pokemon, language)
            )
            for one in explanation.contributions
        },
    )


def _title(attack: AttackFacts, language: Language) -> str:
    return texts.SIDE.say(
        language, pokemon=getattr(attack.pokemon, language), move=getattr(attack.move_names, language)
    )


def _order(explanation: Explanation, language: Language) -> str:
    if explanation.moves_first == "either":
        return texts.BY_COIN_FLIP.say(language)
    first, other = explanation.a, explanation.b
    if explanation.moves_first == "b":
        first, other = other, first
    name = getattr(first.pokemon, language)
    if explanation.moves_first_by == "speed":
        return texts.BY_SPEED.say(language, first=name, own=first.speed, other=other.speed)
    move = getattr(first.move_names, language)
    return texts.BY_PRIORITY.say(
        language, first=name, move=move, own=_signed(first.priority), other=_signed(other.priority)
    )


def _signed(priority: int) -> str:
    return f"{priority:+d}" if priority else "0"


def _about(attack: AttackFacts, language: Language) -> list[str]:
    move = getattr(attack.move_names, language)
    if attack.effectiveness == 0:
        return [texts.NO_EFFECT.say(language, move=move)]
    if attack.damage is None or attack.ko_chances is None:
        return [texts.UNKNOWN_DAMAGE.say(language, move=move), *_about_uses(attack, language)]
    if attack.damage[1] == 0:
        return [texts.FAILS.say(language, move=move)]
    return [
        _damage(attack, move, language),
        *_about_power(attack, language),
        *_about_uses(attack, language),
        _ko(attack.ko_chances, language),
    ]


def _ko(chances: tuple[float, float, float], language: Language) -> str:
    if chances[0] == 1:
        return texts.SURE_KO.say(language)
    if chances[2] == 0:
        return texts.NO_KO.say(language)
    one, two, three = (percent(chance, language) for chance in chances)
    return texts.KO.say(language, one=one, two=two, three=three)


def _damage(attack: AttackFacts, move: str, language: Language) -> str:
    assert attack.damage is not None
    low, high = attack.damage
    return (texts.SAME_DAMAGE if low == high else texts.DAMAGE).say(
        language,
        move=move,
        low=low,
        high=high,
        hp=attack.target_hp,
        low_share=percent(low / attack.target_hp, language, 0),
        high_share=percent(high / attack.target_hp, language, 0),
    )


def _about_power(attack: AttackFacts, language: Language) -> list[str]:
    if attack.critical_chance == 0:
        return []  # types and stats have no say in its damage
    said = []
    factor = f"{attack.effectiveness:g}".replace(".", "," if language == "fr" else ".")
    if attack.effectiveness != 1:
        kind = texts.SUPER_EFFECTIVE if attack.effectiveness > 1 else texts.NOT_EFFECTIVE
        said.append(kind.say(language, factor=factor))
    if attack.has_stab:
        said.append(texts.STAB.say(language))
    return said


def _about_uses(attack: AttackFacts, language: Language) -> list[str]:
    said = []
    fewest, most = attack.hits
    if most > 1:
        hits = texts.EVEN_HITS if fewest == most else texts.SEVERAL_HITS
        said.append(hits.say(language, fewest=fewest, most=most))
    if attack.accuracy < 1:
        said.append(texts.ACCURACY.say(language, accuracy=percent(attack.accuracy, language, 0)))
    if attack.rhythm in texts.RHYTHMS:
        said.append(texts.RHYTHMS[attack.rhythm].say(language))
    return said
