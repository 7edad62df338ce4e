"""The match-ups of two lists as one document or one CSV table. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from contracts.battle import DEFAULT_LEVEL, BattleAnswer
from contracts.serving import Predicted
from services.gateway.problems import Draft
from services.gateway.schemas import BestMoveSide
from shared.wording import Language

Cell = Predicted | Draft
_FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")


def as_document(
    rows: Sequence[BestMoveSide], columns: Sequence[BestMoveSide], cells: Sequence[Cell], language: Language
) -> Any:
    """`cells` row by row, as the members of `Matchups`."""
    answers = [_answer(cell) for cell in cells]
    width = len(columns)
    return {
        "a": [
            _contender(side, name) for side, name in zip(rows, row_names(rows, columns, answers), strict=True)
        ],
        "b": [
            _contender(side, name)
            for side, name in zip(columns, column_names(rows, columns, answers), strict=True)
        ],
        "win_probabilities": _folded(
            [None if one is None else one.win_probability for one in answers], width
        ),
        "recommended_moves": _folded(
            [None if one is None else one.recommended_move for one in answers], width
        ),
        "model_versions": sorted({cell.model_version for cell in cells if isinstance(cell, Predicted)}),
        "problems": [
            {
                "a": index // width,
                "b": index % width,
                "problem": cell.told(language).model_dump(mode="json", exclude_none=True),
            }
            for index, cell in enumerate(cells)
            if isinstance(cell, Draft)
        ],
    }


def as_csv(rows: Sequence[BestMoveSide], columns: Sequence[BestMoveSide], cells: Sequence[Cell]) -> str:
    """A row per Pokémon of `rows`; an empty cell was not answered."""
    answers = [_answer(cell) for cell in cells]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["", *map(_label, columns, column_names(rows, columns, answers))])
    for index, (side, name) in enumerate(zip(rows, row_names(rows, columns, answers), strict=True)):
        own = answers[index * len(columns) : (index + 1) * len(columns)]
        writer.writerow(
            [_label(side, name), *("" if one is None else repr(one.win_probability) for one in own)]
        )
    return text.getvalue()


def safe_cell(text: str) -> str:
    """`text` so that a spreadsheet does not take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_MARKS) else text


def row_names(
    rows: Sequence[BestMoveSide], columns: Sequence[BestMoveSide], answers: Sequence[BattleAnswer | None]
) -> list[str]:
    """Slugs of the rows, what the caller wrote where no cell was answered."""
    width = len(columns)
    return [
        next(
            (one.pokemon_a for one in answers[index * width : (index + 1) * width] if one), str(side.pokemon)
        )
        for index, side in enumerate(rows)
    ]


def column_names(
    rows: Sequence[BestMoveSide], columns: Sequence[BestMoveSide], answers: Sequence[BattleAnswer | None]
) -> list[str]:
    """Slugs of the columns, what the caller wrote where no cell was answered."""
    return [
        next((one.pokemon_b for one in answers[index :: len(columns)] if one), str(side.pokemon))
        for index, side in enumerate(columns)
    ]


def _answer(cell: Cell) -> BattleAnswer | None:
    return msgspec.json.decode(cell.answer, type=BattleAnswer) if isinstance(cell, Predicted) else None


def _contender(side: BestMoveSide, name: str) -> dict[str, Any]:
    return {"pokemon": name, "level": side.level, "moves": side.moves}


def _label(side: BestMoveSide, name: str) -> str:
    """`pikachu@30:thunderbolt+surf`: level and moves where the caller gave them."""
    level = "" if side.level == DEFAULT_LEVEL else f"@{side.level}"
    moves = "" if side.moves is None else ":" + "+".join(map(str, side.moves))
    return safe_cell(f"{name}{level}{moves}")


def _folded(values: Sequence[Any], width: int) -> list[list[Any]]:
    return [list(values[start : start + width]) for start in range(0, len(values), width)]
