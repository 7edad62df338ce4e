"""From an HTTP body to a request on the bus and back. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.battle import MAXIMUM_MOVES, BattleAnswer, BattleRequested, Combatant, NotScored
from contracts.pokedex import PokemonRecord
from contracts.serving import Predicted
from services.gateway import texts
from services.gateway.problems import Draft, problem, shown
from services.gateway.schemas import BattleBody, BattleSide, BestMoveBody, BestMoveSide, EarlierBody
from shared.battle import refusal_texts
from shared.battle.wording import answer_in_words, not_scored
from shared.pokedex import Pokedex, called
from shared.wording import LANGUAGES, Text, Words


@dataclass(frozen=True, slots=True)
class Question:
    """What is published, what the gateway set aside before, and how the caller names the fields."""

    request: BattleRequested
    not_scored: tuple[NotScored, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def caller_field(self, name: str) -> str:
        """The caller's word for a field of the request: `a.moves[0]` may be `available_moves[2]`."""
        return self.fields.get(name, name)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question under the id that its answer is kept by."""

    question: Question
    request_id: str


def of_sides(body: BattleBody | BestMoveBody) -> Question:
    """A body with two sides."""
    fields = {
        f"{name}.{field}": f"{name}.move"
        for name, side in (("a", body.a), ("b", body.b))
        if isinstance(side, BattleSide) and side.move is not None
        for field in ("moves", "moves[0]")
    }
    request = BattleRequested(_combatant(body.a), _combatant(body.b), explain=body.explain)
    return Question(request, fields=fields)


def _combatant(side: BattleSide | BestMoveSide) -> Combatant:
    moves = None if side.moves is None else tuple(side.moves)
    if isinstance(side, BattleSide) and side.move is not None:
        moves = (side.move,)
    return Combatant(side.pokemon, level=side.level, moves=moves)


def of_pair(a: BestMoveSide, b: BestMoveSide, row: int, column: int) -> Question:
    """A cell of a matrix: fields are named by their place in the two lists."""
    fields = {
        f"{name}.{field}": f"{name}[{place}].{field}"
        for name, side, place in (("a", a, row), ("b", b, column))
        for field in ("pokemon", "level", "moves", *(f"moves[{at}]" for at in range(len(side.moves or ()))))
    }
    return Question(BattleRequested(_combatant(a), _combatant(b)), fields=fields)


def question_of(
    body: BattleBody | BestMoveBody | EarlierBody, pokedex: Callable[[], Pokedex]
) -> Question | Draft:
    """The question in any body; `pokedex` is called for the earlier one only."""
    return of_earlier(body, pokedex()) if isinstance(body, EarlierBody) else of_sides(body)


def of_earlier(body: EarlierBody, pokedex: Pokedex) -> Question | Draft:
    """The earlier system's body: what cannot be scored is set aside as long as one move remains."""
    fields = {"a.pokemon": "pokemon_a_id", "b.pokemon": "pokemon_b_id", "a.moves": "available_moves"}
    pokemon = pokedex.find_pokemon(body.pokemon_a_id)
    opponent = Combatant(body.pokemon_b_id)
    if body.available_moves is None or pokemon is None:
        # An unknown Pokémon is refused where all names are resolved, with suggestions.
        request = BattleRequested(Combatant(body.pokemon_a_id), opponent, explain=body.explain)
        return Question(request, fields=fields)
    kept: list[int | str] = []
    dropped: list[NotScored] = []
    for position, name in enumerate(body.available_moves):
        move = pokedex.find_move(name)
        reason = _why_not(pokedex, pokemon, name)
        if reason is None:
            fields[f"a.moves[{len(kept)}]"] = f"available_moves[{position}]"
            kept.append(name)
        else:
            dropped.append(not_scored("a", shown(name) if move is None else move.slug, reason))
    if not kept:
        known = [called(pokedex.moves_by_slug[slug]) for slug in pokedex.damaging_moves(pokemon.slug)]
        return problem(
            "not_scored",
            texts.NOT_SCORED,
            422,
            texts.NONE_OF_THESE.of(reasons=_reasons(dropped[:MAXIMUM_MOVES])),
            field="available_moves",
            value=shown(body.available_moves),
            remedy=texts.DAMAGING_REMEDY.of(pokemon=called(pokemon)),
            suggestions=known[:5],
        )
    if len(kept) > MAXIMUM_MOVES:
        return problem(
            "invalid",
            texts.INVALID,
            422,
            texts.TOO_MANY_MOVES.of(limit=MAXIMUM_MOVES, found=len(kept)),
            field="available_moves",
            value=shown(body.available_moves),
            remedy=texts.FEWER_MOVES_REMEDY,
        )
    combatant = Combatant(body.pokemon_a_id, moves=tuple(kept))
    request = BattleRequested(combatant, opponent, explain=body.explain)
    return Question(request, tuple(dropped), fields)


def _why_not(pokedex: Pokedex, pokemon: PokemonRecord, name: int | str) -> Words | None:
    move = pokedex.find_move(name)
    if move is None:
        return refusal_texts.UNKNOWN_MOVE
    if not pokedex.can_learn(pokemon.slug, move.slug):
        return refusal_texts.CANNOT_LEARN.of(pokemon=called(pokemon), move=called(move))
    if move.category == "status":
        return refusal_texts.STATUS_MOVE
    return None


def _reasons(dropped: Sequence[NotScored]) -> Words:
    return Text("{en}", "{fr}").of(
        en="; ".join(f"{one.move}: {one.reason}" for one in dropped),
        fr=" ; ".join(f"{one.move} : {one.reason_fr}" for one in dropped),
    )


def prediction(reply: Predicted, set_aside: Sequence[NotScored] = ()) -> dict[str, Any]:
    """The answer as one flat JSON object: versions, what the family says, the same in words.

    `set_aside`: what the gateway did not ask about.
    """
    said = msgspec.json.decode(reply.answer, type=BattleAnswer)
    answer: dict[str, Any] = msgspec.to_builtins(said)
    return {
        "request_id": reply.request_id,
        "model_version": reply.model_version,
        "feature_set": reply.feature_set,
        "pokedex_hash": reply.pokedex_hash,
        **answer,
        "not_scored": [_set_aside(one) for one in (*said.not_scored, *set_aside)],
        "words": {language: msgspec.to_builtins(answer_in_words(said, language)) for language in LANGUAGES},
    }


def _set_aside(one: NotScored) -> dict[str, str]:
    """Both languages, as `words`; what an older build wrote is in English alone."""
    in_french = one.reason_fr or one.reason
    return {"side": one.side, "move": one.move, "reason": one.reason, "reason_fr": in_french}
