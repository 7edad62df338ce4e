"""What is left on disk: rows by name with their labels, read again by the next run, and the card."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import PARTS, SCENARIOS, Block, DatasetSize, Part, Rows, hash_rows
from services.training.playing import PokedexRecords, player
from services.training.reports import CARD_FILES
from services.training.shelf import METADATA_KEY, ROWS_FOLDER, Names, ParquetShelf
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SIZE = DatasetSize(train=300, validation=60, test=60, train_battles=10, judging_battles=20)
SEED = 11


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return Candidates.of(real_tables(), load_snapshot_pokedex())


def shelf_in(folder: Path, *, is_fresh: bool = False) -> ParquetShelf:
    return ParquetShelf(folder, Names.of(real_tables(), SEED), is_fresh=is_fresh)


def build(candidates: Candidates, shelf: ParquetShelf) -> dict[Part, Rows]:
    with player(real_tables(), PokedexRecords.of(load_snapshot_pokedex()), 1) as play:
        return {part: build_part(candidates, part, SIZE, SEED, play, lambda _: None, shelf) for part in PARTS}


def block_of(rows: Rows) -> Block:
    return Block(rows.matchups, rows.scenario, rows.battles)


def test_rows_are_left_by_name_with_all_that_is_known_of_them(candidates: Candidates, tmp_path: Path) -> None:
    built = build(candidates, shelf_in(tmp_path))
    table = pq.read_table(tmp_path / ROWS_FOLDER)
    assert table.num_rows == SIZE.match_ups
    rows = built["unseen_move"]
    stored = [row for row in table.to_pylist() if row["part"] == "unseen_move"]
    forms, moves = list(real_tables().form_index), list(real_tables().move_index)
    columns = (*rows.matchups.columns(), rows.scenario, rows.win_rate)
    for row, (form_a, move_a, level_a, form_b, move_b, level_b, scenario, win_rate) in zip(
        stored, zip(*(column.tolist() for column in columns), strict=True), strict=True
    ):
        assert row == {
            "part": "unseen_move",
            "scenario": SCENARIOS[scenario],
            "form_a": forms[form_a],
            "move_a": moves[move_a],
            "level_a": level_a,
            "form_b": forms[form_b],
            "move_b": moves[move_b],
            "level_b": level_b,
            "battles": 20,
            "win_rate": win_rate,
        }
    metadata = pq.read_schema(tmp_path / ROWS_FOLDER / "train-00000.parquet").metadata[METADATA_KEY]
    made_by = msgspec.json.decode(metadata, type=dict[str, object])
    assert made_by["seed"] == SEED
    assert made_by["pokedex_hash"] == load_snapshot_pokedex().pokedex_hash
    assert made_by["sources_hash"]


def test_labels_are_taken_and_a_torn_file_is_played_again(candidates: Candidates, tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    played = build(candidates, shelf)
    files = sorted((tmp_path / ROWS_FOLDER).glob("*.parquet"))
    assert len(files) == len(PARTS)
    (train,) = (path for path in files if path.name.startswith("train"))
    train.write_bytes(train.read_bytes()[:100])
    (tmp_path / ROWS_FOLDER / "test-00000.1.partial").write_bytes(b"torn")
    again = build(candidates, shelf_in(tmp_path))
    assert hash_rows(again) == hash_rows(played)
    assert not list((tmp_path / ROWS_FOLDER).glob("*.partial"))
    block = block_of(played["test"])
    shelf.save("test", 0, block, np.full(SIZE.test, 0.25))
    assert (build(candidates, shelf)["test"].win_rate == 0.25).all(), (
        "what is on the shelf is not played again"
    )
    afresh = build(candidates, shelf_in(tmp_path, is_fresh=True))
    assert hash_rows(afresh) == hash_rows(played), "unless all is to be played"
    assert hash_rows(build(candidates, shelf)) == hash_rows(played), "which is kept"


def test_labels_of_another_block_are_not_taken(candidates: Candidates, tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    block = block_of(build(candidates, shelf)["test"])
    assert shelf.load("test", 0, block) is not None
    for other in (
        Block(block.matchups.swapped(), block.scenario, block.battles),
        Block(block.matchups, (block.scenario + 1) % len(SCENARIOS), block.battles),
        Block(block.matchups, block.scenario, block.battles + 1),
        Block(block.matchups.take(slice(0, 5)), block.scenario[:5], block.battles),
    ):
        assert shelf.load("test", 0, other) is None
    before_names = pa.table({"form_a": block.matchups.form_a, "win_rate": np.full(SIZE.test, 0.25)})
    pq.write_table(before_names, tmp_path / ROWS_FOLDER / "test-00000.parquet")
    assert shelf.load("test", 0, block) is None, "a file of another layout"


def test_the_card_of_an_earlier_run_tells_its_hash(tmp_path: Path) -> None:
    shelf, made = shelf_in(tmp_path / "set"), tmp_path / "made"
    assert shelf.built_before() == ""
    made.mkdir()
    for name in CARD_FILES:
        (made / name).write_text('{"dataset_hash": "ab12"}')
    shelf.keep_card(made)
    assert shelf.built_before() == "ab12"
    (tmp_path / "set" / CARD_FILES[0]).write_bytes(b"torn")
    assert shelf.built_before() == ""
