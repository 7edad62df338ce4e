from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from contracts.pokedex import MoveLeftOut
from services.ingest.domain import Records
from services.ingest.rows import table_rows
from shared.database.tables import EFFECT_CLASS_IDS, FORM_IDS, LEARN_METHOD_IDS, MOVE_CATEGORY_IDS
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_records


def left_out() -> list[MoveLeftOut]:
    return [MoveLeftOut(**msgspec.structs.asdict(row)) for row in load_packaged_snapshot().left_out]


def rows_of(records: Records) -> dict[str, Sequence[dict[str, Any]]]:
    return {one.table.__tablename__: one.rows for one in table_rows(records, left_out())}


def test_every_table_has_its_rows_and_follows_those_it_refers_to() -> None:
    tables = table_rows(load_snapshot_records(), left_out())
    counts = {one.table.__tablename__: len(one.rows) for one in tables}
    assert counts == {
        "types": 18,
        "type_effectiveness": 324,
        "species": 153,
        "pokemon": 188,
        "pokemon_types": sum(len(one.types) for one in load_snapshot_records().pokemon.values()),
        "pokemon_stats": 188,
        "evolutions": 81,
        "moves": 223,
        "moves_left_out": 3,
        "pokemon_moves": sum(len(one.learnset) for one in load_snapshot_records().pokemon.values()),
    }
    names = list(counts)
    for one in tables:
        for key in one.table.__table__.foreign_keys:
            referred = key.column.table.name
            assert referred not in counts or names.index(referred) < names.index(one.table.__tablename__)


def test_forms_categories_and_methods_become_their_ids() -> None:
    rows = rows_of(load_snapshot_records())
    assert Counter(row["form_id"] for row in rows["pokemon"])[FORM_IDS["mega"]] == 15
    assert Counter(row["category_id"] for row in rows["moves"])[MOVE_CATEGORY_IDS["status"]] == 68
    assert Counter(row["effect_class_id"] for row in rows["moves"])[EFFECT_CLASS_IDS["ohko"]] == 3
    methods = Counter(row["method_id"] for row in rows["pokemon_moves"])
    assert methods[LEARN_METHOD_IDS["tm"]] == 3_144
    assert methods[LEARN_METHOD_IDS["tutor"]] == 11
    assert all(
        (row["level"] is not None) == (row["method_id"] == LEARN_METHOD_IDS["level"])
        for row in rows["pokemon_moves"]
    )


def test_rows_are_those_of_the_snapshot() -> None:
    """They are made of the records alone, and lose nothing that the files say."""
    snapshot, rows = load_packaged_snapshot(), rows_of(load_snapshot_records())
    assert rows["species"] == [msgspec.structs.asdict(row) for row in snapshot.species]
    assert rows["types"] == [msgspec.structs.asdict(row) for row in snapshot.types]
    ids = {row.slug: row.id for row in snapshot.pokemon}
    evolutions = {
        (ids[row.from_slug], ids[row.to_slug], row.trigger, row.level, row.item)
        for row in snapshot.evolutions
    }
    assert evolutions == {
        (row["from_pokemon_id"], row["to_pokemon_id"], row["trigger"], row["level"], row["item"])
        for row in rows["evolutions"]
    }


def test_the_order_in_which_records_arrived_does_not_count() -> None:
    records = load_snapshot_records()
    turned = replace(
        records,
        **{name: dict(reversed(getattr(records, name).items())) for name in ("pokemon", "moves", "types")},
    )
    assert rows_of(turned) == rows_of(records)
