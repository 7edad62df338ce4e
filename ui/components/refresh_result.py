"""How a refresh of the Pokédex ended."""

from typing import Final

from nicegui import ui

from contracts.pokedex import PokedexRefreshCompleted
from shared.wording import Language, Text, decimal, whole
from ui.components.markup import Tag
from ui.texts import refresh as texts

ROWS_PER_PAGE: Final = 20
_COLUMNS: Final[dict[str, Text]] = {
    "entity": texts.ENTITY,
    "slug": Text("Slug", "Identifiant"),
    "field": texts.FIELD,
    "snapshot": texts.PACKAGED,
    "source": texts.FOUND,
    "taken": texts.TAKEN,
    "rule": texts.RULE,
}


def outcome_words(completed: PokedexRefreshCompleted, language: Language) -> str:
    """The sentence that says how it ended."""
    step = completed.failed_step
    named = "" if step is None else texts.STEPS[step].say(language)
    return texts.OUTCOMES[completed.outcome].say(language, step=named)


def draw_refresh_result(completed: PokedexRefreshCompleted, language: Language) -> None:
    """Counts, what is wrong, and where the source disagrees."""
    with ui.element("div").classes("refresh__result"):
        source = texts.SOURCES[completed.source].say(language)
        seconds = decimal(completed.seconds, 1, language)
        Tag("p", texts.FROM.say(language, source=source, seconds=seconds), "muted")
        if completed.problems:
            Tag("h3", texts.PROBLEMS.say(language))
            with ui.element("ul").classes("refresh__problems").props("lang=en"):
                for problem in completed.problems:
                    Tag("li", problem).mark("problem")
        _draw_facts(completed, language)
        _draw_tables(completed, language)
        _draw_disagreements(completed, language)


def _draw_facts(completed: PokedexRefreshCompleted, language: Language) -> None:
    counts = completed.counts
    facts: dict[str, int] = {}
    if counts is not None:
        facts = {"pokemon": counts.pokemon, "moves": counts.moves, "types": counts.types}
    if completed.outcome != "failed":
        facts |= {"published": completed.published, "removed": completed.removed}
    facts["disagreements"] = completed.disagreement_count
    with ui.element("dl").classes("measures refresh__facts"):
        for name, value in facts.items():
            with ui.element("div").classes("measures__item"):
                Tag("dd", whole(value, language)).mark(f"refresh-{name}")
                Tag("dt", texts.FACTS[name].say(language))


def _draw_tables(completed: PokedexRefreshCompleted, language: Language) -> None:
    if not completed.tables:
        return
    with ui.element("details").classes("refresh__tables"):
        Tag("summary", texts.TABLES.say(language))
        _table(
            {"table": texts.TABLE, "rows": texts.ROWS},
            [{"table": name, "rows": rows} for name, rows in completed.tables.items()],
            language,
        )


def _draw_disagreements(completed: PokedexRefreshCompleted, language: Language) -> None:
    shown, count = len(completed.disagreements), completed.disagreement_count
    if not shown:
        return
    Tag("h3", texts.DISAGREEMENTS.say(language))
    if count > shown:
        Tag("p", texts.DISAGREEMENTS_CUT.say(language, shown=shown, count=whole(count, language)), "muted")
    rows: list[dict[str, object]] = [
        {
            **{name: getattr(one, name) for name in _COLUMNS},
            "taken": texts.TAKEN_WORDS[one.taken].say(language),
        }
        for one in completed.disagreements
    ]
    _table(_COLUMNS, rows, language).mark("disagreements")


def _table(columns: dict[str, Text], rows: list[dict[str, object]], language: Language) -> ui.table:
    numbered = [{**row, "id": number} for number, row in enumerate(rows)]
    heads = [
        {"name": name, "label": text.say(language), "field": name, "align": "left", "sortable": True}
        for name, text in columns.items()
    ]
    pagination = {"rowsPerPage": ROWS_PER_PAGE if len(rows) > ROWS_PER_PAGE else 0}
    table = ui.table(columns=heads, rows=numbered, row_key="id", pagination=pagination)
    table.props("flat wrap-cells dense")
    if len(rows) <= ROWS_PER_PAGE:
        table.props("hide-pagination")
    return table.classes("refresh__table")
