"""A typed name as the record it means; what is unknown ends the command with the nearest names."""

from collections.abc import Callable
from typing import Final, NoReturn

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from contracts.serving import Refused
from services.cli.combatants import MAXIMUM_VALUE_LENGTH
from services.cli.outcomes import say_refused
from shared.pokedex import Pokedex

MAXIMUM_DEFENDING: Final = 2


class Names:
    """Looks names up in a Pokédex for one command; `as_json`: how refusals are printed."""

    def __init__(self, pokedex: Pokedex, as_json: bool) -> None:
        self._pokedex = pokedex
        self._as_json = as_json

    def pokemon(self, name: str) -> PokemonRecord:
        """The Pokémon of that name."""
        found = self._pokedex.find_pokemon(name)
        return found or self._refuse("Pokémon", name, "name", self._pokedex.suggest_pokemon)

    def move(self, name: str) -> MoveRecord:
        """The move of that name; for one left out, the reason is told."""
        found = self._pokedex.find_move(name)
        if found is not None:
            return found
        left_out = self._pokedex.find_left_out(name)
        if left_out is not None:
            message = f"Nothing learns {left_out.name_en}: {left_out.reason}."
            self._say(name, "name", message, "See `./dex pokedex moves --left-out`.", ())
        return self._refuse("move", name, "name", self._pokedex.suggest_moves)

    def type(self, name: str, field: str = "name") -> TypeRecord:
        """The type of that name; `field`: the argument or option it was given in."""
        found = self._pokedex.find_type(name)
        return found or self._refuse("type", name, field, self._pokedex.suggest_types)

    def type_slug(self, name: str | None) -> str | None:
        """The slug of what `--type` names; None stays None."""
        return None if name is None else self.type(name, "--type").slug

    def defending(self, text: str) -> tuple[TypeRecord, ...]:
        """What `--against` names: one type, or two different ones with a comma between."""
        found = tuple(self.type(name, "--against") for name in text.split(",")[: MAXIMUM_DEFENDING + 1])
        if len(found) > MAXIMUM_DEFENDING or len({kind.slug for kind in found}) < len(found):
            remedy = "Give one type, or two different ones: grass,steel."
            self._say(text, "--against", "No Pokémon has these types.", remedy, ())
        return found

    def _refuse(
        self, kind: str, name: str, field: str, suggest: Callable[[str], tuple[str, ...]]
    ) -> NoReturn:
        message = f"There is no {kind} {_printable(name)} in these games."
        remedy = "Write an id, a slug, or a French or English name."
        self._say(name, field, message, remedy, suggest(name))

    def _say(
        self, value: str, field: str, message: str, remedy: str, suggestions: tuple[str, ...]
    ) -> NoReturn:
        refused = Refused(
            request_id="",
            field=field,
            value=_printable(value),
            reason="unknown",
            message=message,
            remedy=remedy,
            suggestions=suggestions,
        )
        say_refused(refused, self._as_json)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:MAXIMUM_VALUE_LENGTH]
