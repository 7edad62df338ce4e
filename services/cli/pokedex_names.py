"""A typed name as the record it means; what is unknown ends the command with the nearest names."""

from collections.abc import Callable
from typing import Final, NoReturn

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from contracts.serving import Refused
from services.cli import texts
from services.cli.combatants import MAXIMUM_VALUE_LENGTH
from services.cli.outcomes import say_refused
from shared.pokedex import Pokedex
from shared.problem_texts import NO_SUCH_NAME, NOTHING_LEARNS
from shared.wording import Text, Words

MAXIMUM_DEFENDING: Final = 2


class Names:
    """Looks names up in a Pokédex for one command; `as_json`: how refusals are printed."""

    def __init__(self, pokedex: Pokedex, as_json: bool) -> None:
        self._pokedex = pokedex
        self._as_json = as_json

    def pokemon(self, name: str) -> PokemonRecord:
        """The Pokémon of that name."""
        found = self._pokedex.find_pokemon(name)
        return found or self._refuse("pokemon", name, "name", self._pokedex.suggest_pokemon)

    def move(self, name: str) -> MoveRecord:
        """The move of that name; for one left out, the reason is told."""
        found = self._pokedex.find_move(name)
        if found is not None:
            return found
        left_out = self._pokedex.find_left_out(name)
        if left_out is not None:
            message = NOTHING_LEARNS.of(move=left_out.name_en, reason=left_out.reason)
            self._say(name, "name", message, texts.LEFT_OUT_REMEDY, ())
        return self._refuse("moves", name, "name", self._pokedex.suggest_moves)

    def type(self, name: str, field: str = "name") -> TypeRecord:
        """The type of that name; `field`: the argument or option it was given in."""
        found = self._pokedex.find_type(name)
        return found or self._refuse("types", name, field, self._pokedex.suggest_types)

    def type_slug(self, name: str | None) -> str | None:
        """The slug of what `--type` names; None stays None."""
        return None if name is None else self.type(name, "--type").slug

    def defending(self, text: str) -> tuple[TypeRecord, ...]:
        """What `--against` names: one type, or two different ones with a comma between."""
        found = tuple(self.type(name, "--against") for name in text.split(",")[: MAXIMUM_DEFENDING + 1])
        if len(found) > MAXIMUM_DEFENDING or len({kind.slug for kind in found}) < len(found):
            self._say(text, "--against", texts.NOBODY_HAS_TYPES, texts.TYPES_REMEDY, ())
        return found

    def _refuse(
        self, kind: str, name: str, field: str, suggest: Callable[[str], tuple[Text, ...]]
    ) -> NoReturn:
        message = NO_SUCH_NAME[kind].of(name=_printable(name))
        self._say(name, field, message, texts.NAME_REMEDY, suggest(name))

    def _say(
        self, value: str, field: str, message: Words, remedy: Words, suggestions: tuple[Text, ...]
    ) -> NoReturn:
        refused = Refused(
            request_id="",
            field=field,
            value=_printable(value),
            reason="unknown",
            message=message.say("en"),
            remedy=remedy.say("en"),
            suggestions=tuple(one.en for one in suggestions),
            message_fr=message.say("fr"),
            remedy_fr=remedy.say("fr"),
            suggestions_fr=tuple(one.fr for one in suggestions),
        )
        say_refused(refused, self._as_json)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:MAXIMUM_VALUE_LENGTH]
