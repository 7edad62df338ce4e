import dataclasses

import msgspec
import pytest

from services.ingest.snapshot import load_snapshot
from services.ingest.sources.port import Entity, Finding, Value
from services.ingest.sources.precedence import PRECEDENCE, precedence_of
from services.ingest.sources.reconcile import TABLES, Reconciled, reconcile
from services.ingest.sources.statements import state

SNAPSHOT = load_snapshot()


def find(entity: Entity, slug: str, field: str, value: Value) -> Finding:
    return Finding(entity=entity, slug=slug, field=field, value=value, origin="there")


def agree_on(*findings: Finding) -> Reconciled:
    return reconcile(SNAPSHOT, findings)


def differing(reconciled: Reconciled) -> list[tuple[str, str, str, str, str, str]]:
    return [
        (one.entity, one.slug, one.field, one.snapshot, one.source, one.taken)
        for one in reconciled.disagreements
    ]


def test_a_source_that_repeats_all_that_the_snapshot_says_changes_nothing() -> None:
    findings = [
        find(entity, slug, field, value)
        for (entity, slug), fields in state(SNAPSHOT).items()
        for field, value in fields.items()
    ]
    assert reconcile(SNAPSHOT, findings) == Reconciled(SNAPSHOT, ())


def test_a_battle_number_of_the_snapshot_stays_and_the_difference_is_told() -> None:
    reconciled = agree_on(find("move", "recover", "pp", 5))
    assert differing(reconciled) == [("move", "recover", "pp", "10", "5", "snapshot")]
    assert reconciled.disagreements[0].rule == precedence_of("move", "pp").reason
    assert reconciled.snapshot == SNAPSHOT


def test_a_french_move_name_of_the_source_is_taken_and_told() -> None:
    reconciled = agree_on(find("move", "sonic-boom", "name_fr", "Sonicboom"))
    assert differing(reconciled) == [
        ("move", "sonic-boom", "name_fr", "Sonic Boom", "Sonicboom", "source"),
    ]
    changed = [row for row in reconciled.snapshot.moves if row not in SNAPSHOT.moves]
    assert [(row.slug, row.name_fr, row.name_en) for row in changed] == [
        ("sonic-boom", "Sonicboom", "Sonic Boom"),
    ]


def test_a_species_that_is_called_otherwise_renames_all_its_forms() -> None:
    reconciled = agree_on(find("species", "charizard", "name_fr", "Dracofeu"))
    names = {row.slug: row.name_fr for row in reconciled.snapshot.pokemon if row.species == "charizard"}
    assert names == {
        "charizard": "Dracofeu",
        "charizard-mega-x": "Méga-Dracofeu X",
        "charizard-mega-y": "Méga-Dracofeu Y",
    }
    assert {row.name_fr for row in reconciled.snapshot.species if row.slug == "charizard"} == {"Dracofeu"}


def test_a_picture_of_the_source_is_taken() -> None:
    reconciled = agree_on(find("pokemon", "mew", "sprite_url", "https://example.org/mew.png"))
    assert {row.sprite_url for row in reconciled.snapshot.pokemon if row.slug == "mew"} == {
        "https://example.org/mew.png"
    }
    assert [one.taken for one in reconciled.disagreements] == ["source"]


def test_another_apostrophe_is_no_difference() -> None:
    assert agree_on(find("move", "pound", "name_fr", "Écras’Face")) == Reconciled(SNAPSHOT, ())


def test_of_learnsets_only_what_differs_is_shown() -> None:
    ours = state(SNAPSHOT)["learnset", "magikarp"]["level"]
    assert ours == ("tackle@15",)
    reconciled = agree_on(find("learnset", "magikarp", "level", ("bubble@30", "tackle@15")))
    assert differing(reconciled) == [("learnset", "magikarp", "level", "–", "bubble@30", "snapshot")]
    assert reconciled.snapshot.learnsets == SNAPSHOT.learnsets


def test_a_method_that_only_the_source_has_is_told() -> None:
    assert differing(agree_on(find("learnset", "mew", "tutor", ("surf",)))) == [
        ("learnset", "mew", "tutor", "–", "surf", "snapshot")
    ]


def test_ways_to_evolve_of_other_games_are_no_difference() -> None:
    assert agree_on(find("evolution", "raichu", "ways", ("stone:thunder-stone", "trade"))).disagreements == ()
    told = agree_on(find("evolution", "raichu", "ways", ("trade",)))
    assert differing(told) == [
        ("evolution", "raichu", "ways", "stone:thunder-stone", "trade", "snapshot"),
    ]


def test_what_the_snapshot_does_not_have_is_told_once_and_not_added() -> None:
    reconciled = agree_on(
        find("move", "pika-papow", "power", 0), find("move", "pika-papow", "name_en", "Pika Papow")
    )
    assert differing(reconciled) == [("move", "pika-papow", "listed", "no", "yes", "snapshot")]
    assert reconciled.snapshot == SNAPSHOT


def test_the_same_difference_from_two_places_is_told_once() -> None:
    one = find("move", "rest", "pp", 5)
    assert len(agree_on(one, dataclasses.replace(one, origin="elsewhere")).disagreements) == 1


def test_a_long_difference_is_cut() -> None:
    told = agree_on(find("learnset", "mew", "level", tuple(f"move-{index}" for index in range(100))))
    assert len(told.disagreements[0].source) == 240
    assert told.disagreements[0].source.endswith("…")


@pytest.mark.parametrize("line", [line for line in PRECEDENCE if line.taken == "source"], ids=str)
def test_what_is_taken_from_a_source_is_a_field_of_a_row(line: object) -> None:
    entity, field = line.entity, line.field  # type: ignore[attr-defined]
    row = getattr(SNAPSHOT, TABLES[entity])[0]
    assert field in {one.name for one in msgspec.structs.fields(row)}


def test_every_field_that_is_compared_has_a_line() -> None:
    for (entity, _), fields in state(SNAPSHOT).items():
        for field in fields:
            assert precedence_of(entity, field).reason
