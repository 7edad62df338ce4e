"""The snapshot and what a source found: one snapshot, and every field on which they differ. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from contracts.pokedex import Disagreement
from services.ingest.names import normalise_name
from services.ingest.snapshot import PokemonRow, Snapshot, SpeciesRow
from services.ingest.sources.port import Entity, Finding, Value
from services.ingest.sources.precedence import UNKNOWN, precedence_of
from services.ingest.sources.statements import Statements, state

TABLES: Final[dict[Entity, str]] = {
    "species": "species",
    "pokemon": "pokemon",
    "type": "types",
    "move": "moves",
}
"""Entities of which a value may be taken from a source → their table."""
NONE: Final = "–"
LONGEST_SHOWN: Final = 240


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The snapshot with the source's values where they count, and all that differs."""

    snapshot: Snapshot
    disagreements: tuple[Disagreement, ...]


def reconcile(snapshot: Snapshot, findings: Iterable[Finding]) -> Reconciled:
    """Apply `findings` as `precedence.PRECEDENCE` says.

    What the snapshot does not have is never added. The result is to be checked as rows of files are.
    """
    stated = state(snapshot)
    taken: dict[tuple[Entity, str], dict[str, Value]] = {}
    disagreements: dict[Disagreement, None] = {}
    for finding in findings:
        disagreement = _compare(stated, finding)
        if disagreement is None:
            continue
        disagreements[disagreement] = None
        if disagreement.taken == "source":
            taken.setdefault((finding.entity, finding.slug), {})[finding.field] = _spelled(finding)
    return Reconciled(_applied(snapshot, taken), tuple(disagreements))


def _compare(stated: Statements, finding: Finding) -> Disagreement | None:
    ours = stated.get((finding.entity, finding.slug))
    if ours is None:
        return _disagreement(finding, "listed", ("no", "yes"), UNKNOWN.taken, UNKNOWN.reason)
    mine = ours.get(finding.field)
    theirs = _spelled(finding)
    if mine == theirs or (finding.field == "ways" and _includes(theirs, mine)):
        return None
    line = precedence_of(finding.entity, finding.field)
    return _disagreement(finding, finding.field, _show_both(mine, theirs), line.taken, line.reason)


def _spelled(finding: Finding) -> Value:
    is_name = finding.field.startswith("name_") and isinstance(finding.value, str)
    return normalise_name(str(finding.value)) if is_name else finding.value


def _includes(theirs: Value, mine: Value) -> bool:
    return isinstance(theirs, tuple) and isinstance(mine, tuple) and set(mine) <= set(theirs)


def _disagreement(
    finding: Finding, field: str, shown: tuple[str, str], taken: Any, rule: str
) -> Disagreement:
    return Disagreement(
        entity=finding.entity,
        slug=finding.slug,
        field=field,
        snapshot=shown[0],
        source=shown[1],
        taken=taken,
        rule=rule,
    )


def _show_both(mine: Value, theirs: Value) -> tuple[str, str]:
    """Of two sets, what only one of them has."""
    if isinstance(mine, tuple) and isinstance(theirs, tuple) and set(mine) != set(theirs):
        return _list(one for one in mine if one not in theirs), _list(
            one for one in theirs if one not in mine
        )
    return _show(mine), _show(theirs)


def _show(value: Value) -> str:
    if value is None:
        return NONE
    return _list(value) if isinstance(value, tuple) else str(value)


def _list(words: Iterable[str]) -> str:
    text = ", ".join(words) or NONE
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _applied(snapshot: Snapshot, taken: dict[tuple[Entity, str], dict[str, Value]]) -> Snapshot:
    if not taken:
        return snapshot
    changed: dict[str, tuple[Any, ...]] = {
        table: tuple(_replaced(row, taken.get((entity, row.slug))) for row in getattr(snapshot, table))
        for entity, table in TABLES.items()
    }
    changed["pokemon"] = tuple(_renamed(changed["pokemon"], snapshot.species, changed["species"]))
    return replace(snapshot, **changed)


def _replaced(row: Any, values: dict[str, Value] | None) -> Any:
    return msgspec.structs.replace(row, **values) if values else row


def _renamed(
    pokemon: Sequence[PokemonRow], before: Sequence[SpeciesRow], after: Sequence[SpeciesRow]
) -> Iterator[PokemonRow]:
    """A form is named after its species."""
    names = {old.slug: (old.name_fr, new.name_fr) for old, new in zip(before, after, strict=True)}
    for row in pokemon:
        old, new = names[row.species]
        yield msgspec.structs.replace(row, name_fr=row.name_fr.replace(old, new)) if old != new else row
