"""The Pokédex in memory: look-up by any name, learnsets, nearest names, and its hash."""

import difflib
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from contracts.pokedex import MoveLeftOut, MoveRecord, PokemonRecord, TypeRecord
from shared.wording import Text

MAXIMUM_NAME_LENGTH: Final = 64
"""No name is longer; a longer text is unknown and only its beginning is compared."""

_SPELLINGS: Final = {"visegrip": "vice-grip"}
"""Later official spellings of moves, folded, with the slug of these games."""
_TRANSLITERATIONS: Final = str.maketrans({"œ": "oe", "æ": "ae", "♀": "f", "♂": "m"})
_PUNCTUATION: Final = frozenset(" -_.:'’‘`´()♀♂\u00a0\u0301\u0300\u0302\u0308\u0327")
"""What people write in names beside letters and digits, combining accents among it; the rest is no name."""
_LEAST_SIMILARITY: Final = 0.5
_CANDIDATES: Final = 24

Record = TypeVar("Record", PokemonRecord, MoveRecord, TypeRecord)


def fold(name: str) -> str:
    """`name` without case, accents, apostrophes, hyphens, dots and spaces; ♀ and ♂ become f and m."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_TRANSLITERATIONS))
    return "".join(character for character in decomposed if character.isalnum())


def called(record: PokemonRecord | MoveRecord | TypeRecord) -> Text:
    """The name of a record in every language."""
    return Text(record.name_en, record.name_fr)


def compute_pokedex_hash(
    pokemon: Iterable[PokemonRecord], moves: Iterable[MoveRecord], types: Iterable[TypeRecord]
) -> str:
    """SHA-256 (hex) of all records as canonical JSON: sorted by slug, keys sorted, without `run_id`.

    The run id is left out because an unchanged record keeps that of an older run.
    """
    content = [_contents(pokemon), _contents(moves), _contents(types)]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _contents(records: Iterable[Record]) -> list[dict[str, object]]:
    contents = [msgspec.structs.asdict(record) for record in sorted(records, key=lambda one: one.slug)]
    for fields in contents:
        del fields["run_id"]
    return contents


class Pokedex:
    """All Pokémon, moves and types of one state of the Pokédex. Immutable; look-ups are dict look-ups.

    A name is an id (number, or decimal text), a slug, or any French or English name, compared as
    `fold` has it. A form answers to its orders of words too: `alolan raichu`, `raichu d'alola`,
    `charizard mega x`, `mega-dracaufeu x`.
    """

    def __init__(
        self,
        pokemon: Iterable[PokemonRecord],
        moves: Iterable[MoveRecord],
        types: Iterable[TypeRecord],
        left_out: tuple[MoveLeftOut, ...] = (),
    ) -> None:
        """Index the records. Where two claim a name, slugs win over English over French names.

        `left_out`: moves of the games that nothing learns; they cannot be looked up as moves.
        """
        self.pokemon = tuple(sorted(pokemon, key=lambda record: record.id))
        self.moves = tuple(sorted(moves, key=lambda record: record.id))
        self.types = tuple(sorted(types, key=lambda record: record.id))
        self.pokemon_by_slug = {record.slug: record for record in self.pokemon}
        self.moves_by_slug = {record.slug: record for record in self.moves}
        self.types_by_slug = {record.slug: record for record in self.types}
        self.left_out = left_out
        self.pokedex_hash = compute_pokedex_hash(self.pokemon, self.moves, self.types)
        self._pokemon_by_id = {record.id: record for record in self.pokemon}
        self._moves_by_id = {record.id: record for record in self.moves}
        self._types_by_id = {record.id: record for record in self.types}
        self.pokemon_names = _index(self.pokemon, _form_names(self.pokemon, self.pokemon_by_slug))
        """Every name of every Pokémon as `fold` has it → slug."""
        self.move_names = _index(self.moves, _SPELLINGS)
        """Every name of every move as `fold` has it → slug."""
        self._type_names = _index(self.types, {})
        self._learned = {
            record.slug: frozenset(learned.move for learned in record.learnset) for record in self.pokemon
        }
        damaging = [move.slug for move in self.moves if move.category != "status"]
        self._damaging = {
            slug: tuple(move for move in damaging if move in learned)
            for slug, learned in self._learned.items()
        }
        self._pokemon_grams = _grams_of(self.pokemon_names)
        self._move_grams = _grams_of(self.move_names)
        self._type_grams = _grams_of(self._type_names)

    def find_pokemon(self, name: int | str) -> PokemonRecord | None:
        """The Pokémon called `name`, or None."""
        return _find(name, self._pokemon_by_id, self.pokemon_by_slug, self.pokemon_names)

    def find_move(self, name: int | str) -> MoveRecord | None:
        """The move called `name`, or None."""
        return _find(name, self._moves_by_id, self.moves_by_slug, self.move_names)

    def find_type(self, name: int | str) -> TypeRecord | None:
        """The type called `name`, or None."""
        return _find(name, self._types_by_id, self.types_by_slug, self._type_names)

    def find_left_out(self, name: int | str) -> MoveLeftOut | None:
        """The move left out of this id, slug or English name, or None."""
        wanted = fold(str(name))
        for move in self.left_out:
            if wanted in (str(move.id), fold(move.slug), fold(move.name_en)):
                return move
        return None

    def near_pokemon(self, name: str, limit: int = 3) -> tuple[PokemonRecord, ...]:
        """Up to `limit` Pokémon whose names resemble `name`, nearest first."""
        slugs = _nearest(name, self.pokemon_names, self._pokemon_grams, limit)
        return tuple(self.pokemon_by_slug[slug] for slug in slugs)

    def near_moves(self, name: str, limit: int = 3) -> tuple[MoveRecord, ...]:
        """Up to `limit` moves whose names resemble `name`, nearest first."""
        return tuple(
            self.moves_by_slug[slug] for slug in _nearest(name, self.move_names, self._move_grams, limit)
        )

    def suggest_pokemon(self, name: str, limit: int = 3) -> tuple[Text, ...]:
        """What up to `limit` Pokémon are called whose names resemble `name`, nearest first."""
        return tuple(called(record) for record in self.near_pokemon(name, limit))

    def suggest_moves(self, name: str, limit: int = 3) -> tuple[Text, ...]:
        """What up to `limit` moves are called whose names resemble `name`, nearest first."""
        return tuple(called(record) for record in self.near_moves(name, limit))

    def suggest_types(self, name: str, limit: int = 3) -> tuple[Text, ...]:
        """What up to `limit` types are called whose names resemble `name`, nearest first."""
        slugs = _nearest(name, self._type_names, self._type_grams, limit)
        return tuple(called(self.types_by_slug[slug]) for slug in slugs)

    def can_learn(self, pokemon_slug: str, move_slug: str) -> bool:
        """Whether the Pokémon learns the move by any method. False for unknown slugs."""
        return move_slug in self._learned.get(pokemon_slug, ())

    def damaging_moves(self, pokemon_slug: str) -> tuple[str, ...]:
        """Slugs of the physical and special moves the Pokémon learns, by move id; () when unknown."""
        return self._damaging.get(pokemon_slug, ())


def _find(
    name: int | str, by_id: Mapping[int, Record], by_slug: Mapping[str, Record], names: Mapping[str, str]
) -> Record | None:
    if isinstance(name, int):
        return by_id.get(name)
    text = name.strip()
    if len(text) > MAXIMUM_NAME_LENGTH:
        return None
    if text.isascii() and text.isdecimal():
        return by_id.get(int(text))
    if text in by_slug:  # what programs send; folding is for what people write
        return by_slug[text]
    if not all(character.isalnum() or character in _PUNCTUATION for character in text):
        return None
    slug = names.get(fold(text))
    return None if slug is None else by_slug[slug]


def _index(records: tuple[Record, ...], further: Mapping[str, str]) -> dict[str, str]:
    """Folded name → slug."""
    names: dict[str, str] = {}
    for field in ("slug", "name_en", "name_fr"):
        for record in records:
            names.setdefault(fold(getattr(record, field)), record.slug)
    slugs = {record.slug for record in records}
    for name, slug in further.items():
        if slug in slugs:
            names.setdefault(name, slug)
    return names


def _form_names(pokemon: tuple[PokemonRecord, ...], by_slug: Mapping[str, PokemonRecord]) -> dict[str, str]:
    """Folded further names of the forms that are not base → slug."""
    further: dict[str, str] = {}
    for record in pokemon:
        base = by_slug.get(record.species)
        if record.form == "base" or base is None:
            continue
        letter = record.slug.removeprefix(f"{record.species}-{record.form}")
        for species in (base.name_en, base.name_fr):
            for name in _word_orders(record.form, species, letter):
                further.setdefault(fold(name), record.slug)
    return further


def _word_orders(form: str, species: str, letter: str) -> tuple[str, ...]:
    if form == "mega":
        return (f"mega {species} {letter}", f"{species} mega {letter}", f"mega {letter} {species}")
    words = {
        "alola": ("alola", "alolan", "d'alola", "forme d'alola", "alolan form"),
        "partner": ("partner", "partenaire", "starter"),
    }[form]
    return (*(f"{word} {species}" for word in words), *(f"{species} {word}" for word in words))


def _grams(folded: str) -> frozenset[str]:
    padded = f"^{folded}$"
    return frozenset(padded[index : index + 2] for index in range(len(padded) - 1))


def _grams_of(names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: _grams(name) for name in names}


def _nearest(
    name: str, names: Mapping[str, str], grams: Mapping[str, frozenset[str]], limit: int
) -> tuple[str, ...]:
    """Slugs, nearest first: shared letter pairs pick candidates cheaply, their order is `difflib`'s."""
    wanted = fold(name[:MAXIMUM_NAME_LENGTH])
    if not wanted:
        return ()
    pairs = _grams(wanted)
    shared = sorted(
        ((2 * len(pairs & own) / (len(pairs) + len(own)), candidate) for candidate, own in grams.items()),
        key=lambda scored: (-scored[0], scored[1]),
    )
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    scored = []
    for overlap, candidate in shared[:_CANDIDATES]:
        matcher.set_seq1(candidate)
        similarity = (overlap + matcher.ratio()) / 2
        if candidate.startswith(wanted) or similarity >= _LEAST_SIMILARITY:
            scored.append((-similarity, candidate))
    nearest = dict.fromkeys(names[candidate] for _, candidate in sorted(scored))
    return tuple(nearest)[:limit]
