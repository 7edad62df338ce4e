"""What held in Let's Go, of values that PokéAPI keeps by version group or generation. Pure."""

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from services.ingest.sources.pokeapi.shapes import (
    DamageRelations,
    Link,
    MoveShape,
    PokemonShape,
    TypeShape,
    TypeSlot,
)

LETS_GO: Final = "lets-go-pikachu-lets-go-eevee"
GENERATION: Final = 7
EARLIER: Final = frozenset(
    {
        "red-blue",
        "red-green-japan",
        "blue-japan",
        "yellow",
        "gold-silver",
        "crystal",
        "ruby-sapphire",
        "emerald",
        "firered-leafgreen",
        "colosseum",
        "xd",
        "diamond-pearl",
        "platinum",
        "heartgold-soulsilver",
        "black-white",
        "black-2-white-2",
        "x-y",
        "omega-ruby-alpha-sapphire",
        "sun-moon",
        "ultra-sun-ultra-moon",
    }
)
"""Version groups that came out before Let's Go."""
LATER: Final = (
    "sword-shield",
    "the-isle-of-armor",
    "the-crown-tundra",
    "brilliant-diamond-and-shining-pearl",
    "brilliant-diamond-shining-pearl",
    "legends-arceus",
    "scarlet-violet",
    "the-teal-mask",
    "the-indigo-disk",
)
"""Those after it, in order; a name that is in neither list is newer than all of them."""
NUMERALS: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
Kept = TypeVar("Kept")


def move_in_lets_go(move: MoveShape) -> MoveShape:
    """`move` with the power, PP, accuracy and type that it had in Let's Go.

    An entry of `past_values` says what held *before* its version group, and null that nothing
    changed there. So each value is that of the earliest entry after Let's Go which has one.
    """
    later = sorted(
        (past for past in move.past_values if _is_later(past.version_group)),
        key=lambda past: _order(past.version_group),
    )

    return msgspec.structs.replace(
        move,
        power=_first((past.power for past in later), move.power),
        pp=_first((past.pp for past in later), move.pp),
        accuracy=_first((past.accuracy for past in later), move.accuracy),
        type=_first((past.type for past in later), move.type),
    )


def types_in_lets_go(pokemon: PokemonShape) -> tuple[str, ...]:
    """Its types, first slot first, in generation 7."""
    past: Iterable[tuple[Link, tuple[TypeSlot, ...]]] = (
        (one.generation, one.types) for one in pokemon.past_types
    )
    slots = _in_generation(past, pokemon.types)
    return tuple(slot.type.name for slot in sorted(slots, key=lambda slot: slot.slot))


def relations_in_lets_go(shape: TypeShape) -> DamageRelations:
    """What its attacks do in generation 7."""
    past = ((one.generation, one.damage_relations) for one in shape.past_damage_relations)
    return _in_generation(past, shape.damage_relations)


def _first(past: Iterable[Kept | None], now: Kept) -> Kept:
    return next((value for value in past if value is not None), now)


def _in_generation(past: Iterable[tuple[Link, Kept]], now: Kept) -> Kept:
    """Of values that held up to and including a generation, that of the first which reaches ours."""
    reaching = [(number, value) for link, value in past if (number := _generation(link)) >= GENERATION]
    return min(reaching, key=lambda entry: entry[0])[1] if reaching else now


def _generation(link: Link) -> int:
    numeral = link.name.removeprefix("generation-")
    if numeral not in NUMERALS:
        raise ValueError(f"generation {link.name!r} is none of generation-i to generation-x")
    return NUMERALS[numeral]


def _is_later(group: Link) -> bool:
    return group.name not in EARLIER and group.name != LETS_GO


def _order(group: Link) -> tuple[int, int]:
    if group.name in LATER:
        return LATER.index(group.name), 0
    return len(LATER), group.number
