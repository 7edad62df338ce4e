"""An answer as a person reads it, in English or French."""

from collections.abc import Callable
from typing import Final

import msgspec
from rich.table import Table

from contracts.battle import BattleAnswer, Equilibrium
from contracts.explanation import Names
from contracts.serving import Predicted
from services.cli.console import output, plain_table
from shared.battle.texts import VERDICTS
from shared.battle.wording import notes_in_words, why_in_words
from shared.wording import Language, Text, decimal, percent, points

_SIDE: Final = Text("{pokemon} (level {level}) with {move}", "{pokemon} (niveau {level}) avec {move}")
_BEATS: Final = Text("{first} beats {second}", "{first} bat {second}")
_PLAYS: Final = Text("{pokemon} plays {move} against {other}", "{pokemon} joue {move} contre {other}")
_CHANCE: Final = Text(
    "  win probability of {pokemon}: {chance} ({low} to {high}), {verdict}",
    "  probabilité de victoire, {pokemon} : {chance} ({low} à {high}), {verdict}",
)
_COVERAGE: Final = Text(
    "  {coverage} of such intervals hold the true chance",
    "  {coverage} de ces intervalles contiennent la vraie probabilité",
)
_ORIGIN: Final = Text("  model {version}, request {request_id}", "  modèle {version}, requête {request_id}")
_HEADS: Final = (
    Text("move", "attaque"),
    Text("worst case", "pire cas"),
    Text("on average", "en moyenne"),
    Text("best reply", "meilleure riposte"),
    Text("mix", "dosage"),
)
_VALUE: Final = Text(
    "mix, if both choose at the same time: {pokemon} secures {value}; {other} mixes {replies}",
    "dosage, si les deux choisissent en même temps : {pokemon} s’assure {value} ; {other} dose {replies}",
)
_NOT_WEIGHED: Final = Text("not weighed: {move} ({side}): {reason}", "non pesée : {move} ({side}) : {reason}")
_WHY: Final = Text(
    "why: from a typical duel ({reference}) to this one ({chance}), in points",
    "pourquoi : d’un duel typique ({reference}) à celui-ci ({chance}), en points",
)
_LEAST_SHARE: Final = 1e-3

Namer = Callable[[str], str]
"""Slug → name."""


class Teller:
    """Prints answers in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def duel(self, reply: Predicted) -> None:
        """Who wins, how sure, what it rests on and, when it was asked, why."""
        said = msgspec.json.decode(reply.answer, type=BattleAnswer)
        name = _namer(said, self._language)
        a = self._say(
            _SIDE, pokemon=name(said.pokemon_a), level=said.level_a, move=name(said.recommended_move)
        )
        b = self._say(_SIDE, pokemon=name(said.pokemon_b), level=said.level_b, move=name(said.best_reply))
        first, second = (a, b) if said.winner == "a" else (b, a)
        self._print(self._say(_BEATS, first=first, second=second))
        self._certainty(reply, said, name)
        self._why(said)

    def best_move(self, reply: Predicted) -> None:
        """The move to play, and the table of all that were weighed."""
        said = msgspec.json.decode(reply.answer, type=BattleAnswer)
        name = _namer(said, self._language)
        pokemon, other = name(said.pokemon_a), name(said.pokemon_b)
        self._print(self._say(_PLAYS, pokemon=pokemon, move=name(said.recommended_move), other=other))
        self._certainty(reply, said, name)
        output().print(self._outlooks(said, name))
        mix = _mix(said)
        if mix is not None:
            mixed = zip(said.opponent_moves, mix.mix_b, strict=True)
            replies = ", ".join(
                f"{name(move)} {percent(share, self._language, 0)}"
                for move, share in sorted(mixed, key=lambda one: -one[1])
                if share > _LEAST_SHARE
            )
            value = decimal(mix.value, 3, self._language)
            self._print(self._say(_VALUE, pokemon=pokemon, value=value, other=other, replies=replies))
        for dropped in said.not_scored:
            reason = (dropped.reason_fr if self._language == "fr" else "") or dropped.reason
            self._print(self._say(_NOT_WEIGHED, move=name(dropped.move), side=dropped.side, reason=reason))
        for note in notes_in_words(said, self._language):
            self._print(note)
        self._why(said)

    def _certainty(self, reply: Predicted, said: BattleAnswer, name: Namer) -> None:
        low, high = (decimal(bound, 3, self._language) for bound in said.interval)
        chance = decimal(said.win_probability, 3, self._language)
        verdict = VERDICTS[said.verdict].say(self._language).lower()
        self._print(
            self._say(
                _CHANCE, pokemon=name(said.pokemon_a), chance=chance, low=low, high=high, verdict=verdict
            )
        )
        if said.coverage is not None:
            self._print(self._say(_COVERAGE, coverage=percent(said.coverage, self._language, 0)))
        self._print(self._say(_ORIGIN, version=reply.model_version, request_id=reply.request_id))

    def _outlooks(self, said: BattleAnswer, name: Namer) -> Table:
        mix = _mix(said)
        heads = [self._say(head) for head in (_HEADS if mix is not None else _HEADS[:-1])]
        shares = [None] * len(said.moves) if mix is None else mix.mix_a
        table = plain_table(*heads)
        for outlook, share in sorted(
            zip(said.moves, shares, strict=True), key=lambda one: -one[0].worst_case
        ):
            row = [
                name(outlook.move),
                decimal(outlook.worst_case, 3, self._language),
                decimal(outlook.average_case, 3, self._language),
                name(outlook.best_reply),
            ]
            if share is not None:
                row.append(percent(share, self._language, 0) if share > _LEAST_SHARE else "")
            table.add_row(*row)
        return table

    def _why(self, said: BattleAnswer) -> None:
        explanation = said.explanation
        if explanation is None:
            return
        why = why_in_words(explanation, self._language)
        self._print(why.moves_first)
        for title, sentences in ((why.a_title, why.a), (why.b_title, why.b)):
            self._print(title)
            for sentence in sentences:
                self._print(f"  {sentence}")
        if explanation.reference_probability is not None:
            reference = decimal(explanation.reference_probability, 3, self._language)
            chance = decimal(said.win_probability, 3, self._language)
            self._print(self._say(_WHY, reference=reference, chance=chance))
            for one in sorted(explanation.contributions, key=lambda part: -abs(part.points)):
                self._print(f"  {points(one.points, self._language):>6}  {why.groups[one.group]}")

    def _say(self, text: Text, **values: object) -> str:
        return text.say(self._language, **values)

    def _print(self, line: str) -> None:
        output().print(line, markup=False)


def _mix(said: BattleAnswer) -> Equilibrium | None:
    """None where neither side has a choice."""
    return said.equilibrium if len(said.moves) * len(said.opponent_moves) > 1 else None


def _namer(said: BattleAnswer, language: Language) -> Namer:
    """True names as far as the explanation tells them; else what the slug says."""
    known: dict[str, Names] = {}
    if said.explanation is not None:
        for slug, attack in ((said.pokemon_a, said.explanation.a), (said.pokemon_b, said.explanation.b)):
            known |= {slug: attack.pokemon, attack.move: attack.move_names}

    def name(slug: str) -> str:
        return getattr(known[slug], language) if slug in known else slug.replace("-", " ").title()

    return name
