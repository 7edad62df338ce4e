"""What is typed for one side of a battle, `pikachu@30:thunderbolt`, as a `Combatant`. Pure."""

import re
from typing import Final

from contracts.battle import DEFAULT_LEVEL, MAXIMUM_LEVEL, MINIMUM_LEVEL, Combatant, SideName
from contracts.serving import Refused
from services.cli import texts
from shared.pokedex import MAXIMUM_NAME_LENGTH
from shared.wording import Words

MAXIMUM_VALUE_LENGTH: Final = 200
_SIDE: Final = re.compile(r"(?P<pokemon>[^:@]*)(@(?P<level>[^:]*))?(:(?P<move>.*))?", re.DOTALL)


def parse_side(
    side: SideName, text: str, *, level: int | str | None = None, move: str | None = None
) -> Combatant | Refused:
    """`NAME`, `NAME:MOVE`, `NAME@LEVEL` or `NAME@LEVEL:MOVE`; without a move every one is weighed.

    `level` and `move` count where the text has none; two different ones are refused.
    """
    found = _SIDE.fullmatch(text)
    assert found is not None, "every text has a name, which may be empty"
    typed, named = found["level"], found["move"]
    if typed is not None and level is not None and typed.strip() != str(level).strip():
        differ = texts.LEVELS_DIFFER.of(typed=typed, level=level)
        return refuse(f"{side}.level", text, differ, texts.LEVEL_ONCE_REMEDY)
    if named is not None and move is not None and named.strip() != move.strip():
        differ = texts.MOVES_DIFFER.of(typed=named, move=move)
        return refuse(f"{side}.moves[0]", text, differ, texts.MOVE_ONCE_REMEDY)
    chosen = move if named is None else named
    moves = None if chosen is None else (chosen,)
    return combatant(side, found["pokemon"], level=level if typed is None else typed, moves=moves)


def combatant(
    side: SideName, pokemon: str, *, level: int | str | None = None, moves: tuple[str, ...] | None = None
) -> Combatant | Refused:
    """A side of which names and level can be sent; whether the names exist is for the service to say."""
    names = {f"{side}.pokemon": pokemon}
    names |= {f"{side}.moves[{position}]": move for position, move in enumerate(moves or ())}
    for field, name in names.items():
        refused = _refuse_name(field, name)
        if refused is not None:
            return refused
    number = _whole_number(DEFAULT_LEVEL if level is None else level)
    if number is None or not MINIMUM_LEVEL <= number <= MAXIMUM_LEVEL:
        return refuse(f"{side}.level", str(level), texts.LEVEL_RANGE, texts.LEVEL_REMEDY)
    return Combatant(
        pokemon.strip(), number, None if moves is None else tuple(move.strip() for move in moves)
    )


def parse_moves(text: str | None) -> tuple[str, ...] | None:
    """`m1,m2` as names; None stays None."""
    return None if text is None else tuple(text.split(","))


def refuse(field: str, value: str, message: Words, remedy: Words) -> Refused:
    """A refusal that needs no service; it has no request id because nothing was asked."""
    printable = value.encode("utf-8", "replace").decode()
    return Refused(
        request_id="",
        field=field,
        value=printable[:MAXIMUM_VALUE_LENGTH],
        reason="invalid",
        message=message.say("en"),
        remedy=remedy.say("en"),
        message_fr=message.say("fr"),
        remedy_fr=remedy.say("fr"),
    )


def _refuse_name(field: str, name: str) -> Refused | None:
    if not name.strip():
        return refuse(field, name, texts.EMPTY_NAME, texts.NAME_REMEDY)
    if len(name) > MAXIMUM_NAME_LENGTH:
        return refuse(field, name, texts.LONG_NAME.of(limit=MAXIMUM_NAME_LENGTH), texts.NAME_ALONE_REMEDY)
    try:
        name.encode()
    except UnicodeEncodeError:
        return refuse(field, name, texts.NOT_UTF8, texts.UTF8_REMEDY)
    return None


def _whole_number(level: int | str) -> int | None:
    if isinstance(level, str):
        text = level.strip()
        if not re.fullmatch(r"-?[0-9]{1,10}", text):
            return None
        level = int(text)
    return level
