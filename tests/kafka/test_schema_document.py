"""docs/POKEDEX.md says what a freshly migrated database says of itself."""

from services.cli.schema_document import FILE, read_schema, with_schema
from services.embedded.layout import CHECKOUT
from shared.database import migrate
from shared.settings import Settings


async def test_the_drawn_schema_is_that_of_the_database(database_url: str) -> None:
    await migrate(database_url)
    schema = await read_schema(Settings(database_url=database_url))
    written = (CHECKOUT / FILE).read_text("utf-8")
    wanted = with_schema(written, schema)
    assert written == wanted, "stale: run `./dex docs --schema` with a stack of this checkout"
    names = {table.name for table in schema.tables}
    assert {"species", "forms", "pokemon", "types", "pokemon_types", "type_effectiveness"} <= names
    assert {"moves", "move_categories", "pokemon_moves", "learn_methods", "pokemon_stats"} <= names
    assert {"evolutions", "ingest_runs", "ingest_steps", "effect_classes", "move_priorities"} <= names
