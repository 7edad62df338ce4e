"""The packaged Pokédex, loaded once a process: real data for unit tests, no broker, no database."""

from functools import cache

import msgspec

from contracts.pokedex import MoveLeftOut
from services.ingest.domain import Records, build_records
from services.ingest.snapshot import Snapshot, load_snapshot
from shared.pokedex import Pokedex

RUN_ID = "test-run"


@cache
def load_packaged_snapshot() -> Snapshot:
    return load_snapshot()


@cache
def load_snapshot_records() -> Records:
    return build_records(load_packaged_snapshot(), RUN_ID)


@cache
def load_left_out() -> tuple[MoveLeftOut, ...]:
    return tuple(MoveLeftOut(**msgspec.structs.asdict(row)) for row in load_packaged_snapshot().left_out)


@cache
def load_snapshot_pokedex() -> Pokedex:
    records = load_snapshot_records()
    return Pokedex(records.pokemon.values(), records.moves.values(), records.types.values(), load_left_out())


def with_renamed(pokedex: Pokedex, slug: str, name: str) -> Pokedex:
    """The Pokédex in which the Pokémon `slug` is called `name` in both languages."""
    pokemon = [
        msgspec.structs.replace(record, name_en=name, name_fr=name) if record.slug == slug else record
        for record in pokedex.pokemon
    ]
    return Pokedex(pokemon, pokedex.moves, pokedex.types, pokedex.left_out)
