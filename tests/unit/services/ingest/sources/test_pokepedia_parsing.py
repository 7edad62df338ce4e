import pytest
from parsel import Selector

from services.ingest.snapshot import load_snapshot
from services.ingest.sources.pokepedia.messages import PageMove, PageRead
from services.ingest.sources.pokepedia.parsing import parse_page
from services.ingest.sources.pokepedia.source import Moves, name_findings, pages_of
from services.ingest.sources.pokepedia.tables import read_table
from tests.support.pokepedia_pages import heading, learnset_page, machine_table, plain_table

SNAPSHOT = load_snapshot()
POKEMON = {row.slug: row for row in SNAPSHOT.pokemon}
LEVELS = '<h3 id="x">Par montée en niveau</h3>'
MACHINES = "<h3>Par CT</h3>"
TUTORS = "<h3>Par donneur de capacités</h3>"


def moves(slug: str, tutor_slug: str = "") -> dict[str, list[PageMove]]:
    row = POKEMON[slug]
    found: dict[str, list[PageMove]] = {}
    for move in parse_page(learnset_page(SNAPSHOT, row, tutor_slug), row.name_fr):
        found.setdefault(move.method, []).append(move)
    return found


def table(header: str, *rows: str) -> str:
    return f"<table><tr>{header}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def test_levels_are_those_of_the_column_of_lets_go() -> None:
    """The pages give other levels in the columns of other games."""
    assert moves("magikarp") == {
        "start": [PageMove("start", "Trempette")],
        "level": [PageMove("level", "Charge", 15)],
    }
    assert {move.level for move in moves("raticate")["level"]} == {
        row.level for row in SNAPSHOT.learnsets if (row.pokemon, row.method) == ("raticate", "level")
    }


def test_machines_are_those_below_the_heading_of_lets_go() -> None:
    names = {move.name for move in moves("charmander")["tm"]}
    assert "Lance-Flammes" in names
    assert "Danse Draco" not in names


def test_tutors_are_those_of_the_partner() -> None:
    assert {move.name for move in moves("pikachu", "pikachu-partner")["tutor"]} == {
        "Pika-Sprint",
        "Pika-Splash",
        "Pika-Piqué",
    }
    assert "tutor" not in moves("squirtle")


def test_an_alolan_page_is_read_like_any_other() -> None:
    row = POKEMON["vulpix-alola"]
    assert row.name_fr == "Goupix d'Alola"
    names = {move.name for move in moves("vulpix-alola")["start"]}
    assert names == {
        move.name_fr.replace("'", "’")
        for one in SNAPSHOT.learnsets
        if (one.pokemon, one.method) == ("vulpix-alola", "start")
        for move in SNAPSHOT.moves
        if move.slug == one.move
    }


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Départ", [PageMove("start", "Griffe")]),
        ("N.1", [PageMove("start", "Griffe")]),
        ("Évolution", [PageMove("evolution", "Griffe")]),
        ("N.12", [PageMove("level", "Griffe", 12)]),
        ("12", [PageMove("level", "Griffe", 12)]),
        ("Niveau 12", [PageMove("level", "Griffe", 12)]),
        ("Départ<br>N.12", [PageMove("start", "Griffe"), PageMove("level", "Griffe", 12)]),
        ("N.12<sup>3</sup>", [PageMove("level", "Griffe", 12)]),
        ("—", []),
        ("", []),
    ],
)
def test_levels_are_read_however_they_are_written(cell: str, found: list[PageMove]) -> None:
    page = LEVELS + table("<th>Capacité</th><th>LGPE</th>", f"<td>Griffe</td><td>{cell}</td>")
    assert list(parse_page(page, "Miaouss")) == found


def test_a_page_of_lets_go_alone_has_a_column_of_levels() -> None:
    page = LEVELS + table("<th>Capacité</th><th>Niveau</th>", "<td>Griffe</td><td>N.9</td>")
    assert parse_page(page, "Meltan") == (PageMove("level", "Griffe", 9),)


def test_a_table_of_other_games_tells_nothing() -> None:
    page = LEVELS + table("<th>Capacité</th><th>Niveau</th><th>USUL</th>", "<td>Griffe</td><td>N.9</td>")
    assert parse_page(page, "Miaouss") == ()


def test_a_section_ends_where_another_begins() -> None:
    page = MACHINES + heading("LGPE") + "<h3>Par reproduction</h3>" + plain_table(["Griffe"])
    assert parse_page(page, "Miaouss") == ()
    page = f"{MACHINES}<h3>Par reproduction</h3>{heading('LGPE')}{machine_table([('CT01', 'Griffe')])}"
    assert parse_page(page, "Miaouss") == ()
    page = f"{MACHINES}<h2>Notes</h2>{machine_table([('CT01', 'Griffe')])}"
    assert parse_page(page, "Miaouss") == ()


def test_machines_without_a_heading_of_a_game_are_ours() -> None:
    page = MACHINES + machine_table([("CT01", "Coup d'Boule")])
    assert parse_page(page, "Meltan") == (PageMove("tm", "Coup d'Boule"),)


def test_a_tutor_without_a_heading_is_of_other_games() -> None:
    assert parse_page(TUTORS + plain_table(["Aqua-Jet"]), "Pikachu") == ()
    page = f"{TUTORS}<h4>Pikachu partenaire</h4>{plain_table(['Pika-Sprint'])}"
    assert parse_page(page, "Pikachu") == (PageMove("tutor", "Pika-Sprint"),)


@pytest.mark.parametrize(
    "html", ["", "<p>rien</p>", "<table></table>", "<h3>Par CT</h3><table><tr></tr></table>"]
)
def test_a_page_without_tables_tells_nothing(html: str) -> None:
    assert parse_page(html, "Miaouss") == ()


def test_cells_reach_over_rows_and_columns() -> None:
    grid = read_table(
        Selector(
            text="<table><tr><th rowspan=2>A</th><th colspan=2>B</th></tr><tr><th>C</th><th>D</th></tr>"
            "<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr><tr><td colspan=2>4</td></tr></table>"
        ).css("table")[0]
    )
    assert [[cell.text for cell in column] for column in grid.headers] == [["A", "A"], ["B", "C"], ["B", "D"]]
    assert [[cell.text for cell in row] for row in grid.rows] == [["1", "2", "3"], ["1", "4", "4"]]
    assert (grid.column("D"), grid.column_mentioning("B"), grid.column("E")) == (2, 2, None)


def test_there_is_a_page_for_each_form_but_megas_and_partners() -> None:
    paths = {page.path for page in pages_of(SNAPSHOT.pokemon)}
    assert len(paths) == 171
    assert {"M._Mime/Génération_7", "Rattata_d'Alola/Génération_7", "Nidoran♀/Génération_7"} <= paths


def test_of_several_spellings_that_of_most_pages_is_found() -> None:
    pages = [
        PageRead(path, "read", (PageMove("tm", name),))
        for path, name in [("a", "Fatal-foudre"), ("b", "Fatal-Foudre"), ("c", "Fatal-Foudre"), ("d", "Rien")]
    ]
    found = list(name_findings(pages, Moves(SNAPSHOT), "http://wiki/"))
    assert [(one.slug, one.value, one.origin) for one in found] == [
        ("thunder", "Fatal-Foudre", "http://wiki/b")
    ]
