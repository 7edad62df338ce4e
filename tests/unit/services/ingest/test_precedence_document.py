from services.cli.parts import with_part
from services.embedded.layout import CHECKOUT
from services.ingest.sources.precedence import PRECEDENCE

FILE = "docs/POKEDEX.md"


def test_the_table_of_precedence_in_the_document_is_that_of_the_code() -> None:
    lines = ["| entity | field | whose value | why |", "|---|---|---|---|"]
    for line in PRECEDENCE:
        field = "any other" if line.field == "*" else f"`{line.field}`"
        lines.append(f"| {line.entity} | {field} | {line.taken} | {line.reason} |")
    document = (CHECKOUT / FILE).read_text("utf-8")
    assert with_part(FILE, document, "precedence", "\n".join(lines)) == document
