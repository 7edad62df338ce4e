"""The battles of an upload: JSON, JSON lines or CSV. Pure; each row that is wrong is refused by itself."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from services.gateway.bodies import CSV_TYPE, LINES_TYPES, strict_json
from services.gateway.domain import Question
from services.gateway.jobs import texts
from services.gateway.jobs.job import MAXIMUM_BATTLES, Row
from services.gateway.jobs.limits import wrong_number
from services.gateway.problems import Draft, ProblemError, problem, shown
from services.gateway.single import read_battle
from services.gateway.texts import INVALID, MALFORMED, NOT_UTF8
from shared.pokedex import Pokedex
from shared.wording import Said, Text

REQUIRED: Final = ("a", "b")
OPTIONAL: Final = ("level_a", "level_b", "move_a", "move_b", "explain")
SEPARATORS: Final = ",;\t|"
LONGEST_LEVEL: Final = 10

ReadPokedex = Callable[[], Pokedex]


def read_upload(media_type: str, body: bytes, pokedex: ReadPokedex) -> list[Row]:
    """One row per battle, in order.

    Raises ProblemError: 400 for what cannot be read at all, 422 for no battle or too many.
    """
    if media_type == CSV_TYPE:
        rows = _of_csv(body, pokedex)
    elif media_type in LINES_TYPES:
        rows = _of_lines(body, pokedex)
    else:
        rows = _of_document(body, pokedex)
    found: list[Row] = []
    for row in rows:
        found.append(row)
        if len(found) > MAXIMUM_BATTLES:
            raise wrong_number(len(found) + sum(1 for _ in rows))
    if not found:
        raise wrong_number(0)
    return found


def _of_document(body: bytes, pokedex: ReadPokedex) -> Iterator[Row]:
    """`{"battles": […]}`; the body was found to be strict JSON before."""
    parsed = json.loads(body)
    if (
        not isinstance(parsed, dict)
        or parsed.keys() != {"battles"}
        or not isinstance(parsed["battles"], list)
    ):
        raise ProblemError(
            problem(
                "invalid",
                INVALID,
                422,
                texts.OTHER_DOCUMENT,
                field="battles" if isinstance(parsed, dict) else "body",
                value=shown(parsed),
                remedy=texts.DOCUMENT_REMEDY,
            )
        )
    for battle in parsed["battles"]:
        yield read_battle(battle, pokedex)


def _of_lines(body: bytes, pokedex: ReadPokedex) -> Iterator[Row]:
    for line in body.split(b"\n"):
        if not line.strip():
            continue
        try:
            parsed = json.loads(strict_json(line))
        except ProblemError as error:
            yield error.problem
            continue
        yield read_battle(parsed, pokedex)


def _of_csv(body: bytes, pokedex: ReadPokedex) -> Iterator[Row]:
    """Columns `a` and `b`, and any of `level_…`, `move_…`, `explain`; other columns are left alone."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(NOT_UTF8.of(byte=error.start)) from None
    first, _, _ = text.lstrip("\r\n").partition("\n")
    separator = max(SEPARATORS, key=lambda one: sum(name in REQUIRED for name in _cells(first, one)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = next(([cell.strip() for cell in cells] for cells in _rows(reader) if cells), [])
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise _unreadable(texts.NO_COLUMN.of(names=", ".join(missing)))
    repeated = sorted({name for name in columns if columns.count(name) > 1 and name in REQUIRED + OPTIONAL})
    if repeated:
        raise _unreadable(texts.COLUMN_TWICE.of(names=", ".join(repeated)))
    for cells in _rows(reader):
        if cells is None:
            yield _malformed_row(texts.STRANGE_QUOTE, "")
        elif len(cells) > len(columns):
            yield _malformed_row(texts.CELLS.of(found=len(cells), wanted=len(columns)), separator.join(cells))
        elif any(cell.strip() for cell in cells):
            given = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
            yield _named_by_columns(read_battle(_battle(given), pokedex))


def _rows(reader: Any) -> Iterator[list[str] | None]:
    """Rows, None for one that cannot be read."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(separator)]


def _battle(given: dict[str, str]) -> dict[str, Any]:
    """A body of `/predict/battle`; an empty cell is a field left out."""
    battle: dict[str, Any] = {}
    for side in ("a", "b"):
        one: dict[str, Any] = {"pokemon": given[side].strip()}
        level = given.get(f"level_{side}", "").strip()
        if level:
            is_number = level.isascii() and level.isdigit() and len(level) <= LONGEST_LEVEL
            one["level"] = int(level) if is_number else level
        move = given.get(f"move_{side}", "").strip()
        if move:
            one["move"] = move
        battle[side] = one
    explain = given.get("explain", "").strip()
    if explain:
        battle["explain"] = {"true": True, "false": False}.get(explain.lower(), explain)
    return battle


_COLUMN_OF: Final = {
    f"{side}.{field}": column.format(side)
    for side in ("a", "b")
    for field, column in (
        ("pokemon", "{}"),
        ("level", "level_{}"),
        ("move", "move_{}"),
        ("moves", "move_{}"),
        ("moves[0]", "move_{}"),
    )
}


def _named_by_columns(row: Row) -> Row:
    """Fields are called as the file calls them."""
    if isinstance(row, Draft):
        return replace(row, field=_COLUMN_OF.get(row.field or "", row.field))
    return Question(row.request, row.not_scored, _COLUMN_OF)


def _malformed_row(reason: Text | Said, value: str) -> Draft:
    return problem(
        "malformed",
        texts.MALFORMED_ROW,
        400,
        texts.ROW_UNREADABLE.of(reason=reason),
        field="row",
        value=shown(value),
        remedy=texts.ROW_REMEDY,
    )


def _unreadable(reason: Said) -> ProblemError:
    return ProblemError(
        problem(
            "malformed",
            MALFORMED,
            400,
            texts.CSV_UNREADABLE.of(reason=reason),
            field="body",
            remedy=texts.CSV_REMEDY.of(columns=", ".join((*REQUIRED, *OPTIONAL))),
        )
    )
