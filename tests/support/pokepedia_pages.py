"""Learnset pages as the wiki's MediaWiki writes them, made from the packaged Pokédex."""

from collections.abc import Iterable
from html import escape
from typing import Final

from services.ingest.snapshot import LearnsetRow, PokemonRow, Snapshot

GAMES: Final = {
    "SL": "Pokémon Soleil et Lune",
    "USUL": "Pokémon Ultra-Soleil et Ultra-Lune",
    "LGPE": "Pokémon : Let's Go, Pikachu et Let's Go, Évoli",
}
WORDS: Final = {"start": "Départ", "evolution": "Évolution"}


def pokepedia_pages(snapshot: Snapshot) -> dict[str, str]:
    """Path → HTML, of each base and Alolan form; what partners learn is on the page of their species."""
    partners = {row.species: row.slug for row in snapshot.pokemon if row.form == "partner"}
    pages = {}
    for row in snapshot.pokemon:
        if row.form in ("base", "alola"):
            tutor = partners.get(row.species, "") if row.form == "base" else ""
            path = f"{row.name_fr.replace(' ', '_')}/Génération_7"
            pages[path] = learnset_page(snapshot, row, tutor_slug=tutor)
    return pages


def learnset_page(snapshot: Snapshot, row: PokemonRow, tutor_slug: str = "") -> str:
    names = {move.slug: move.name_fr.replace("'", "’") for move in snapshot.moves}
    machines = {move.slug: move.tm for move in snapshot.moves}
    learnt = [one for one in snapshot.learnsets if one.pokemon == row.slug]
    taught = [one for one in snapshot.learnsets if one.pokemon == tutor_slug and one.method == "tutor"]
    title = escape(row.name_fr)
    return f"""<!DOCTYPE html>
<html lang="fr"><head><title>{title}/Génération 7</title><style>.x {{ color: red }}</style></head>
<body><h1 id="firstHeading">{title}/Génération 7</h1><div class="mw-parser-output">
<p>Page écrite pour les essais.</p>
<h2><span class="mw-headline" id="Capacités_apprises">Capacités apprises</span></h2>
<h3><span class="mw-headline" id="Par_montée_en_niveau">Par montée en
 <a href="/Niveau" title="Niveau">niveau</a></span></h3>
{level_table(learnt, names)}
<h3><span class="mw-headline" id="Par_CT">Par <a href="/CT" title="CT">CT</a></span></h3>
{heading("SL", "USUL")}
{machine_table([("CT99", "Danse Draco")])}
{heading("LGPE")}
{machine_table([(f"CT{machines[one.move]:02}", names[one.move]) for one in learnt if one.method == "tm"])}
<h3><span class="mw-headline" id="Par_reproduction">Par reproduction</span></h3>
{plain_table(["Bluff"])}
<h3><span class="mw-headline" id="Par_donneur_de_capacités">Par donneur de capacités</span></h3>
{heading("USUL")}
{plain_table(["Aqua-Jet", "Colère"])}
{heading("LGPE") + plain_table([names[one.move] for one in taught]) if taught else ""}
<h2><span class="mw-headline" id="Notes">Notes</span></h2>
{plain_table(["Trempette"])}
</div></body></html>"""


def heading(*games: str) -> str:
    links = " et ".join(f'<a href="/x" title="{escape(GAMES[game])}">{game}</a>' for game in games)
    return f'<h4><span class="mw-headline">{links}</span></h4>'


def level_table(learnt: Iterable[LearnsetRow], names: dict[str, str]) -> str:
    """A line for each move, a column of levels for each game; the first two rows are headers."""
    levels: dict[str, list[str]] = {"Morphing": []}
    for one in learnt:
        if one.method in ("start", "evolution", "level"):
            levels.setdefault(names[one.move], []).append(WORDS.get(one.method, f"N.{one.level}"))
    columns = "".join(f'<th><a href="/x" title="{escape(GAMES[game])}">{game}</a></th>' for game in GAMES)
    rows = "".join(
        f'<tr><td><a href="/{escape(name)}" title="{escape(name)}">{escape(name)}</a></td>'
        f"<td><a>Normal</a></td><td>Départ</td><td>N.99</td>"
        f"<td>{'<br />'.join(texts) or '—'}<sup>[1]</sup></td></tr>\n"
        for name, texts in levels.items()
    )
    return (
        '<table class="tableaustandard sortable"><thead>'
        '<tr><th rowspan="2">Capacité</th><th rowspan="2">Type</th><th colspan="3">Niveau</th></tr>'
        f"<tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"
    )


def machine_table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td><a title="{number}">{number}</a></td><td><a>{escape(name)}</a></td><td>40</td></tr>'
        for number, name in rows
    )
    return (
        '<table class="tableaustandard"><tbody>'
        f"<tr><th>Numéro</th><th>Capacité</th><th>Puis.</th></tr>{cells}</tbody></table>"
    )


def plain_table(names: Iterable[str]) -> str:
    cells = "".join(f"<tr><td><a>{escape(name)}</a></td><td>90</td></tr>" for name in names)
    header = "<tr><th>Capacité</th><th>Puis.</th></tr>"
    return f'<table class="tableaustandard"><thead>{header}</thead><tbody>{cells}</tbody></table>'
