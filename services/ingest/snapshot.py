"""The snapshot source: CSV files of this package → typed rows, each mistake with its file and line."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from contracts.pokedex import Form, MoveCategory
from shared.errors import Misconfigured

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Number = Annotated[int, msgspec.Meta(ge=1)]
BaseStat = Annotated[int, msgspec.Meta(ge=1, le=255)]
Effects = dict[str, bool | int | str | tuple[int, int]]


class SpeciesRow(msgspec.Struct, frozen=True):
    """A line of species.csv."""

    number: Number
    slug: Slug
    name_en: Name
    name_fr: Name


class PokemonRow(msgspec.Struct, frozen=True):
    """A line of pokemon.csv: a species in a form."""

    id: Number
    slug: Slug
    species: Slug
    form: Form
    name_en: Name
    name_fr: Name
    type_1: Slug
    hp: BaseStat
    attack: BaseStat
    defense: BaseStat
    special_attack: BaseStat
    special_defense: BaseStat
    speed: BaseStat
    weight_hg: Number
    type_2: Slug | None = None
    sprite_url: str | None = None


class TypeRow(msgspec.Struct, frozen=True):
    """A line of types.csv."""

    id: Number
    slug: Slug
    name_en: Name
    name_fr: Name


class EffectivenessRow(msgspec.Struct, frozen=True):
    """A line of effectiveness.csv."""

    attacking: Slug
    defending: Slug
    multiplier: float


class MoveRow(msgspec.Struct, frozen=True):
    """A line of moves.csv. `effects` is a JSON object."""

    id: Number
    slug: Slug
    name_en: Name
    name_fr: Name
    type: Slug
    category: MoveCategory
    power: Annotated[int, msgspec.Meta(ge=0, le=250)]
    pp: Annotated[int, msgspec.Meta(ge=1, le=40)]
    priority: Annotated[int, msgspec.Meta(ge=-7, le=5)]
    description: Annotated[str, msgspec.Meta(min_length=1)]
    effects: Effects
    accuracy: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    tm: Annotated[int, msgspec.Meta(ge=1, le=60)] | None = None


class LearnsetRow(msgspec.Struct, frozen=True):
    """A line of learnsets.csv: one way in which a Pokémon itself learns a move."""

    pokemon: Slug
    move: Slug
    method: Literal["start", "evolution", "level", "tm", "tutor"]
    level: Annotated[int, msgspec.Meta(ge=2, le=100)] | None = None


class EvolutionRow(msgspec.Struct, frozen=True, rename={"from_slug": "from", "to_slug": "to"}):
    """A line of evolutions.csv."""

    from_slug: Slug
    to_slug: Slug
    trigger: Literal["level", "stone", "trade", "friendship", "candy"]
    level: Annotated[int, msgspec.Meta(ge=2, le=100)] | None = None
    item: Slug | None = None


class LeftOutRow(msgspec.Struct, frozen=True):
    """A line of left_out.csv: a move of the games that nothing learns, and why."""

    id: Number
    slug: Slug
    name_en: Name
    reason: str


class ManifestFile(msgspec.Struct, frozen=True):
    """What the manifest says of one file."""

    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """manifest.json, as far as loading needs it."""

    files: dict[str, ManifestFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All rows of a snapshot, in file order."""

    species: tuple[SpeciesRow, ...]
    pokemon: tuple[PokemonRow, ...]
    types: tuple[TypeRow, ...]
    effectiveness: tuple[EffectivenessRow, ...]
    moves: tuple[MoveRow, ...]
    learnsets: tuple[LearnsetRow, ...]
    evolutions: tuple[EvolutionRow, ...]
    left_out: tuple[LeftOutRow, ...]


class MalformedSnapshot(Misconfigured):
    """Files of the snapshot cannot be used. `problems`: one line each, `file:line: what`."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep all problems; the text shows the first twenty."""
        self.problems = tuple(problems)
        shown = self.problems[:20]
        more = [f"and {len(self.problems) - len(shown)} more"] if len(self.problems) > len(shown) else []
        super().__init__("the Pokédex snapshot is malformed:\n" + "\n".join([*shown, *more]))


PACKAGED: Final = files("services.ingest") / "snapshot"

Row = TypeVar("Row", bound=msgspec.Struct)


def load_snapshot(folder: Traversable = PACKAGED) -> Snapshot:
    """Read and check every file of `folder`. Raises MalformedSnapshot with all problems at once."""
    reader = _Reader(folder)
    snapshot = Snapshot(
        species=reader.rows("species.csv", SpeciesRow),
        pokemon=reader.rows("pokemon.csv", PokemonRow),
        types=reader.rows("types.csv", TypeRow),
        effectiveness=reader.rows("effectiveness.csv", EffectivenessRow),
        moves=reader.rows("moves.csv", MoveRow),
        learnsets=reader.rows("learnsets.csv", LearnsetRow),
        evolutions=reader.rows("evolutions.csv", EvolutionRow),
        left_out=reader.rows("left_out.csv", LeftOutRow),
    )
    if reader.problems:
        raise MalformedSnapshot(reader.problems)
    return snapshot


class _Reader:
    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self.problems: list[str] = []
        self._manifest = self._read_manifest()

    def _read_manifest(self) -> Manifest:
        try:
            return msgspec.json.decode((self._folder / "manifest.json").read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            raise MalformedSnapshot([f"manifest.json: {error}"]) from error

    def rows(self, name: str, row_type: type[Row]) -> tuple[Row, ...]:
        try:
            content = (self._folder / name).read_bytes()
            text = content.decode()
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{name}: {error}")
            return ()
        before = len(self.problems)
        rows = tuple(self._parse(name, text, row_type))
        if len(self.problems) == before:
            self._compare(name, content, len(rows))
        return rows

    def _parse(self, name: str, text: str, row_type: type[Row]) -> list[Row]:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        expected = {field.encode_name for field in msgspec.structs.fields(row_type)}
        columns = set(reader.fieldnames or ())
        if columns != expected:
            odd = ", ".join(sorted(columns ^ expected))
            self.problems.append(f"{name}:1: missing or unknown columns: {odd}")
            return []
        rows: list[Row] = []
        try:
            for line, cells in enumerate(reader, start=2):
                if reader.line_num != line:
                    self.problems.append(f"{name}:{line}: each row is one line, and no line is empty")
                    break
                try:
                    rows.append(_convert(cells, row_type))
                except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
                    self.problems.append(f"{name}:{line}: {error}")
        except csv.Error as error:
            self.problems.append(f"{name}:{reader.line_num}: {error}")
        return rows

    def _compare(self, name: str, content: bytes, rows: int) -> None:
        stated = self._manifest.files.get(name)
        if stated is None:
            self.problems.append(f"{name}: not named in manifest.json")
        elif stated.sha256 != hashlib.sha256(content).hexdigest() or stated.rows != rows:
            self.problems.append(
                f"{name}: differs from manifest.json; correct the sources and run tools/snapshot again"
            )


def _convert(cells: dict[str | Any, str | Any], row_type: type[Row]) -> Row:
    if None in cells or None in cells.values():
        raise ValueError("not as many cells as columns")
    values: dict[str, object] = {column: cell for column, cell in cells.items() if cell != ""}
    if "effects" in values:
        values["effects"] = msgspec.json.decode(cells["effects"], type=Effects)
    return msgspec.convert(values, row_type, strict=False)
