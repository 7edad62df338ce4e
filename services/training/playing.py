"""Plays blocks of match-ups, here or on several processes; what comes of them is the same."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from services.training.dataset import Labels, Play, Played, play_block
from shared.battle.matchups import MatchUps
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex


class PokedexRecords(msgspec.Struct, frozen=True):
    """A Pokédex as it travels to another process."""

    pokemon: tuple[PokemonRecord, ...]
    moves: tuple[MoveRecord, ...]
    types: tuple[TypeRecord, ...]

    @classmethod
    def of(cls, pokedex: Pokedex) -> "PokedexRecords":
        """The records of `pokedex`."""
        return cls(pokedex.pokemon, pokedex.moves, pokedex.types)

    def to_pokedex(self) -> Pokedex:
        """The Pokédex they make."""
        return Pokedex(self.pokemon, self.moves, self.types)


@contextmanager
def player(tables: BattleTables, records: PokedexRecords, processes: int) -> Iterator[Play]:
    """A `Play` on `processes` processes (1: on this one), which end with the context."""
    if processes <= 1:

        def play_here(
            blocks: Sequence[MatchUps], battles: int, seed: int, known: Sequence[Labels]
        ) -> Iterable[Played]:
            pairs = zip(blocks, known, strict=True)
            return (play_block(tables, block, battles, seed, labels) for block, labels in pairs)

        yield play_here
        return
    encoded = msgspec.msgpack.encode(records)
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _build_tables, (encoded,))
    try:

        def play(
            blocks: Sequence[MatchUps], battles: int, seed: int, known: Sequence[Labels]
        ) -> Iterable[Played]:
            pairs = zip(blocks, known, strict=True)
            jobs = [(np.stack(block.columns()), battles, seed, labels) for block, labels in pairs]
            return pool.map(_play_block, jobs)

        yield play
    finally:
        pool.shutdown(cancel_futures=True)


_tables_of_process: list[BattleTables] = []


def _build_tables(encoded: bytes) -> None:
    records = msgspec.msgpack.decode(encoded, type=PokedexRecords)
    _tables_of_process[:] = [BattleTables.from_pokedex(records.to_pokedex())]


def _play_block(job: tuple[NDArray[np.int64], int, int, Labels]) -> Played:
    columns, battles, seed, known = job
    (tables,) = _tables_of_process
    return play_block(tables, MatchUps(*columns), battles, seed, known)
