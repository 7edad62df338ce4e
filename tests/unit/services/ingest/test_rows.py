from collections import Counter

from services.ingest.rows import table_rows
from shared.database.tables import FORM_IDS, LEARN_METHOD_IDS, MOVE_CATEGORY_IDS
from tests.support.pokedex import load_packaged_snapshot, load_snapshot_records


def test_every_table_has_its_rows_and_follows_those_it_refers_to() -> None:
    tables = table_rows(load_packaged_snapshot(), load_snapshot_records())
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
    rows = {
        one.table.__tablename__: one.rows
        for one in table_rows(load_packaged_snapshot(), load_snapshot_records())
    }
    assert Counter(row["form_id"] for row in rows["pokemon"])[FORM_IDS["mega"]] == 15
    assert Counter(row["category_id"] for row in rows["moves"])[MOVE_CATEGORY_IDS["status"]] == 68
    methods = Counter(row["method_id"] for row in rows["pokemon_moves"])
    assert methods[LEARN_METHOD_IDS["tm"]] == 3_144
    assert methods[LEARN_METHOD_IDS["tutor"]] == 11
    assert all(
        (row["level"] is not None) == (row["method_id"] == LEARN_METHOD_IDS["level"])
        for row in rows["pokemon_moves"]
    )
