"""How a run of ingest is told: tables for people, JSON and CSV for programs."""

import csv
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.pokedex import Disagreement, PokedexRefreshCompleted
from services.cli.console import output, plain_table, say_error

SHOWN_DISAGREEMENTS: Final = 40
DISAGREEMENT_FIELDS: Final = Disagreement.__struct_fields__


def completion_json(completed: PokedexRefreshCompleted) -> dict[str, Any]:
    """The completion as one JSON object."""
    document: dict[str, Any] = msgspec.to_builtins(completed)
    return document


def print_completion(completed: PokedexRefreshCompleted, written_to: Path | None) -> None:
    """Steps with their seconds, what was published, the figures, the disagreements, what failed."""
    console = output()
    steps = plain_table("step", "seconds")
    for one in completed.steps:
        steps.add_row(one.step, f"{one.seconds:8.2f}")
    console.print(steps)
    if completed.outcome != "failed":
        _print_figures(completed)
    _print_disagreements(completed, written_to)
    if completed.outcome == "failed":
        problems = "\n".join(completed.problems)
        say_error(f"step {completed.failed_step} failed, nothing was published:\n{problems}")


def _print_figures(completed: PokedexRefreshCompleted) -> None:
    console = output()
    figures = plain_table("figure", "count", "table", "rows")
    names, tables = list(completed.quality.items()), list(completed.tables.items())
    for index in range(max(len(names), len(tables))):
        name, count = names[index] if index < len(names) else ("", "")
        table, rows = tables[index] if index < len(tables) else ("", "")
        figures.add_row(name, str(count), table, str(rows))
    console.print()
    console.print(figures)
    console.print()
    if completed.outcome == "unchanged":
        text = "Unchanged: the topics already hold every record"
    else:
        text = f"Published: {completed.published} records changed, {completed.removed} removed"
    pokedex_hash = (completed.pokedex_hash or "")[:12]
    console.print(
        f"{text}. Pokédex {pokedex_hash} from {completed.source}, run {completed.run_id}, "
        f"{completed.seconds:.1f} s.",
        markup=False,
    )


def _print_disagreements(completed: PokedexRefreshCompleted, written_to: Path | None) -> None:
    if not completed.disagreement_count:
        return
    console = output()
    shown = completed.disagreements[:SHOWN_DISAGREEMENTS]
    table = plain_table("entity", "slug", "field", "snapshot", completed.source, "taken", "rule")
    for one in shown:
        cells = (one.entity, one.slug, one.field, one.snapshot, one.source, one.taken, one.rule)
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    console.print()
    console.print(table)
    carried, count = len(completed.disagreements), completed.disagreement_count
    those = "them" if carried == count else f"the first {carried}, as many as a completion carries"
    remedy = f"{written_to} has {those}" if written_to else f"--disagreements FILE writes {those}, as CSV"
    console.print(f"{count} disagreements, {len(shown)} shown; {remedy}.", markup=False)


def write_disagreements(file: Path, completed: PokedexRefreshCompleted) -> None:
    """Write those that the completion carries as CSV with a heading."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(DISAGREEMENT_FIELDS)
        writer.writerows(msgspec.structs.astuple(one) for one in completed.disagreements)
