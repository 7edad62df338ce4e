"""The table of own moves against the opponent's replies."""

from statistics import fmean
from typing import Final

from nicegui.element import Element

from contracts.battle import BattleAnswer, MoveOutlook
from shared.pokedex import Pokedex
from shared.wording import Language, percent
from ui.components.choices import summarise_move
from ui.components.names import move_name, pokemon_name
from ui.components.types import NEUTRAL, type_colour
from ui.texts import answer as texts

VISIBLE_ROWS: Final = 8
_LEAST_SHARE: Final = 1e-3


class MoveMatrix(Element, component="move_matrix.js"):
    """Rows: the recommended move, the other moves of the mix, then by falling worst case; columns by
    strength of the reply. With a choice on either side, both mixes are shown.
    """

    def __init__(self, answer: BattleAnswer, pokedex: Pokedex, language: Language) -> None:
        """Add the table to the current slot."""
        super().__init__()
        self._pokedex = pokedex
        self._language = language
        order = strongest_replies_first(answer)
        mix = shown_mix(answer)
        own, replies = ({}, {}) if mix is None else mix
        outlooks = sorted(
            answer.moves,
            key=lambda row: (
                row.move != answer.recommended_move,
                -own.get(row.move, 0.0),
                -row.worst_case,
                row.move,
            ),
        )
        self.props["rows"] = [
            {
                **self._row(row, order, row.move == answer.recommended_move, answer),
                "share": self._share(own.get(row.move)),
            }
            for row in outlooks
        ]
        self.props["columns"] = [
            {
                **self._column(answer.opponent_moves[index]),
                "share": self._share(replies.get(answer.opponent_moves[index])),
            }
            for index in order
        ]
        self.props["has-mix"] = mix is not None
        self.props["visible-rows"] = VISIBLE_ROWS
        self.props["words"] = {
            "title": texts.MATRIX_TITLE.say(language),
            "caption": texts.MATRIX_CAPTION.say(
                language,
                a=pokemon_name(answer.pokemon_a, pokedex, language),
                b=pokemon_name(answer.pokemon_b, pokedex, language),
            ),
            "move": texts.MATRIX_MOVE.say(language),
            "worst": texts.MATRIX_WORST.say(language),
            "average": texts.MATRIX_AVERAGE.say(language),
            "mix": texts.MATRIX_MIX.say(language),
            "best": texts.MATRIX_BEST.say(language),
            "strongest": texts.MATRIX_STRONGEST.say(language),
            "all": texts.MATRIX_ALL.say(language, count=len(outlooks)),
            "fewer": texts.MATRIX_FEWER.say(language),
        }

    def _row(
        self, outlook: MoveOutlook, order: list[int], is_recommended: bool, answer: BattleAnswer
    ) -> dict[str, object]:
        record = self._pokedex.moves_by_slug.get(outlook.move)
        strongest = answer.opponent_moves.index(outlook.best_reply)
        return {
            **self._column(outlook.move),
            "note": "" if record is None else summarise_move(record, self._language),
            "recommended": is_recommended,
            "worst": percent(outlook.worst_case, self._language, 0),
            "average": percent(outlook.average_case, self._language, 0),
            "strongest": order.index(strongest),
            "cells": [
                {
                    "chance": outlook.win_probabilities[index],
                    "text": percent(outlook.win_probabilities[index], self._language, 0),
                }
                for index in order
            ],
        }

    def _share(self, share: float | None) -> str:
        return "–" if share is None else percent(share, self._language, 0)

    def _column(self, slug: str) -> dict[str, object]:
        record = self._pokedex.moves_by_slug.get(slug)
        return {
            "slug": slug,
            "name": move_name(slug, self._pokedex, self._language),
            "colour": NEUTRAL if record is None else type_colour(record.type),
        }


def shown_mix(answer: BattleAnswer) -> tuple[dict[str, float], dict[str, float]] | None:
    """Shares of the moves that either side mixes, above a thousandth; None when there is no choice."""
    mix = answer.equilibrium
    if mix is None or len(answer.moves) * len(answer.opponent_moves) == 1:
        return None
    own = zip((row.move for row in answer.moves), mix.mix_a, strict=True)
    replies = zip(answer.opponent_moves, mix.mix_b, strict=True)
    return (
        {move: share for move, share in own if share > _LEAST_SHARE},
        {move: share for move, share in replies if share > _LEAST_SHARE},
    )


def strongest_replies_first(answer: BattleAnswer) -> list[int]:
    """Indices of `opponent_moves`: the best reply to the recommended move, the others of the mix, then
    by what hurts `a` most.
    """
    mix = shown_mix(answer)
    replies = {} if mix is None else mix[1]

    def hurt(index: int) -> tuple[bool, float, float]:
        move = answer.opponent_moves[index]
        mean = fmean(row.win_probabilities[index] for row in answer.moves)
        return (move != answer.best_reply, -replies.get(move, 0.0), mean)

    return sorted(range(len(answer.opponent_moves)), key=hurt)
