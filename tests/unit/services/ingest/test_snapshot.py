import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.ingest.snapshot import PACKAGED, MalformedSnapshot, load_snapshot
from shared.battle.effects import KNOWN_EFFECTS
from tests.support.ingest import rewrite as rewrite_in
from tests.support.pokedex import load_packaged_snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged snapshot that a test may spoil."""
    shutil.copytree(str(PACKAGED), tmp_path / "snapshot")
    return tmp_path / "snapshot"


@pytest.fixture
def rewrite(folder: Path) -> Callable[[str, str, str], None]:
    """Replace a text once in a file and keep the manifest in step with it."""
    return functools.partial(rewrite_in, folder)


def test_the_packaged_snapshot_says_where_it_comes_from() -> None:
    manifest = json.loads((PACKAGED / "manifest.json").read_text())
    assert [(source["package"], source["version"], source["licence"]) for source in manifest["sources"]] == [
        ("pokemon", "3.3.1", "MIT"),
        ("pokemon-showdown", "0.11.11", "MIT"),
    ]
    assert all(source["integrity"].startswith("sha512-") for source in manifest["sources"])


def test_left_out_moves_are_listed_with_a_reason() -> None:
    left_out = {row.slug: row.reason for row in load_packaged_snapshot().left_out}
    assert set(left_out) == {"celebrate", "pika-papow", "veevee-volley"}
    assert all(left_out.values())
    assert not left_out.keys() & {row.slug for row in load_packaged_snapshot().moves}


def test_values_that_other_games_changed_are_those_of_these_games() -> None:
    moves = {row.slug: row for row in load_packaged_snapshot().moves}
    powers = {"absorb": 40, "mega-drain": 75, "solar-beam": 200, "sky-attack": 200, "leech-life": 80}
    assert {slug: moves[slug].power for slug in powers} == powers
    assert [moves[slug].pp for slug in ("recover", "rest", "roost", "soft-boiled")] == [10, 10, 10, 10]
    assert (moves["absorb"].pp, moves["mega-drain"].pp) == (15, 10)
    assert moves["bouncy-bubble"].effects["drain"] == (1, 2)
    assert moves["zippy-zap"].effects["always_crit"] is True
    assert moves["swift"].accuracy is None


def test_machines_have_their_numbers() -> None:
    machines = {row.tm: row.slug for row in load_packaged_snapshot().moves if row.tm is not None}
    assert [machines[number] for number in (1, 10, 36, 48, 57, 60)] == [
        "headbutt",
        "dig",
        "thunderbolt",
        "hyper-beam",
        "pay-day",
        "megahorn",
    ]


def test_damaging_moves_speak_the_words_of_the_battle_engine() -> None:
    for move in load_packaged_snapshot().moves:
        if move.category != "status":
            assert set(move.effects) <= KNOWN_EFFECTS.keys(), move.slug


def test_names_carry_their_accents() -> None:
    names = {row.slug: row.name_fr for row in load_packaged_snapshot().species}
    assert (names["exeggcute"], names["eevee"], names["electrode"]) == ("Nœunœuf", "Évoli", "Électrode")
    forms = {row.slug: (row.name_en, row.name_fr) for row in load_packaged_snapshot().pokemon}
    assert forms["raichu-alola"] == ("Alolan Raichu", "Raichu d'Alola")
    assert forms["charizard-mega-x"] == ("Mega Charizard X", "Méga-Dracaufeu X")


def test_a_malformed_row_is_named_by_file_and_line(
    folder: Path, rewrite: Callable[[str, str, str], None]
) -> None:
    rewrite("pokemon.csv", "grass,poison,45,49", "grass,poison,many,49")
    rewrite("moves.csv", '"{""crit_ratio"":2}"', '"{""crit_ratio"":"')
    rewrite("learnsets.csv", "bulbasaur,growl,start,", "bulbasaur,growl,telepathy,")
    rewrite("types.csv", "2,fighting,Fighting,Combat", "2,fighting,Fighting")
    with pytest.raises(MalformedSnapshot) as refused:
        load_snapshot(folder)
    assert [problem.split(" ")[0] for problem in refused.value.problems] == [
        "pokemon.csv:2:",
        "types.csv:3:",
        "moves.csv:3:",
        "learnsets.csv:3:",
    ]
    assert "$.hp" in refused.value.problems[0]


def test_a_missing_column_is_named(folder: Path, rewrite: Callable[[str, str, str], None]) -> None:
    rewrite("species.csv", "name_fr", "nom")
    with pytest.raises(MalformedSnapshot, match=r"species\.csv:1: .*name_fr, nom"):
        load_snapshot(folder)


def test_a_file_that_is_not_the_manifests_is_refused(folder: Path) -> None:
    path = folder / "pokemon.csv"
    path.write_text(path.read_text().replace("Bulbasaur", "Bulbasaurus", 1))
    with pytest.raises(MalformedSnapshot, match=r"pokemon\.csv: differs from manifest\.json"):
        load_snapshot(folder)


@pytest.mark.parametrize("name", ["evolutions.csv", "manifest.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(MalformedSnapshot, match=name):
        load_snapshot(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2,ivysaur,Ivysaur,Herbizarre\n", "2,ivysaur,Ivysaur,Herbizarre\n\n"),
        ("Herbizarre", '"Herbi\nzarre"'),
    ],
)
def test_a_row_is_one_line_so_that_its_line_can_be_told(
    folder: Path, rewrite: Callable[[str, str, str], None], old: str, new: str
) -> None:
    rewrite("species.csv", old, new)
    with pytest.raises(MalformedSnapshot, match=r"species\.csv:[34]: each row is one line"):
        load_snapshot(folder)
