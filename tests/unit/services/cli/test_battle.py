"""`dex battle`: one battle in words, many as a rate, a file of them."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli.battle import register
from services.cli.battle_log import SENTENCES
from services.cli.reaching import NotRunning
from shared.battle.story import Event
from shared.errors import Misconfigured
from shared.pokedex import Pokedex
from tests.support.battle import make_move, make_pokedex
from tests.support.pokedex import load_snapshot_pokedex


def dex(*arguments: str, pokedex: Pokedex | None = None) -> Result:
    async def read() -> Pokedex:
        return pokedex or load_snapshot_pokedex()

    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, read)
    return CliRunner().invoke(app, ["battle", *arguments])


def test_a_battle_is_told_turn_by_turn() -> None:
    jab = make_move("jab", power=0, fixed_damage=100, recoil=[1, 4])
    hit = make_move("hit", power=0, fixed_damage=40, target_speed=-1)
    told = dex("quick:jab", "slow:hit", "--log", "--seed", "1", pokedex=make_pokedex(jab, hit))
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "Quick (level 50, 155 HP) meets Slow (level 50, 155 HP).",
        "Turn 1",
        "  Quick uses Jab.",
        "  Slow loses 100 HP, 55 left.",
        "  Quick is hurt by recoil: −25 HP, 130 left.",
        "  Slow uses Hit.",
        "  Quick loses 40 HP, 90 left.",
        "  Quick's speed falls.",
        "Turn 2",
        "  Quick uses Jab.",
        "  Slow loses 55 HP, 0 left.",
        "  Slow faints.",
        "  Quick is hurt by recoil: −14 HP, 76 left.",
        "Quick wins in turn 2.",
        "seed 1",
    ]


def test_every_event_has_its_words() -> None:
    assert {*Event} - set(SENTENCES) == {Event.FAINTS}


def test_two_of_a_kind_are_told_apart() -> None:
    told = dex("pikachu:thunderbolt", "pikachu@49:quick-attack", "--log", "--seed", "1")
    assert told.stdout.startswith("Pikachu A (level 50, 110 HP) meets Pikachu B (level 49, 108 HP).")


def test_a_battle_that_does_not_end_is_a_draw() -> None:
    splash = make_move("splash", power=0, dream_eater=True, pp=60)
    told = dex(
        "ghost:splash", "ghost:splash", "--log", pokedex=make_pokedex(splash, make_move("tap", power=1))
    )
    assert "Turn 96" in told.stdout
    told_json = json.loads(
        dex(
            "ghost:splash", "ghost:splash", "--log", "--json", "--seed", "3", pokedex=make_pokedex(splash)
        ).stdout
    )
    assert told_json["winner"] in ("a", "b")
    assert told_json["log"][-1].startswith("Ghost")


def test_the_log_is_of_the_first_battle_of_the_seed() -> None:
    one = ("gyarados:thrash", "tauros:headbutt", "--seed", "8", "--json")
    told = json.loads(dex(*one, "--log").stdout)
    rate = json.loads(dex(*one, "--n", "1").stdout)
    assert rate["win_rate"] == (1.0 if told["winner"] == "a" else 0.0)
    assert rate["mean_turns"] == told["turns"]


def test_a_rate_comes_with_its_interval_and_is_that_of_the_seed() -> None:
    asked = ("gyarados:thrash", "tauros@50:headbutt", "--n", "10000", "--seed", "5", "--json")
    rate = json.loads(dex(*asked).stdout)
    assert rate["kind"] == "simulated"
    assert rate["battles"] == rate["wins"] + rate["losses"] + rate["draws"] == 10_000
    low, high = rate["interval"]
    # the reference engine won 27.2 % of 2,000
    assert low < 0.272 < high
    assert high - low == pytest.approx(2 * 1.96 * (0.272 * 0.728 / 10_000) ** 0.5, rel=0.02)
    assert (rate["pokemon_a"], rate["move_b"], rate["level_a"]) == ("gyarados", "headbutt", 50)
    assert json.loads(dex(*asked).stdout) == rate
    words = dex(*asked[:-1]).stdout
    assert f"Gyarados wins {rate['win_rate']:.3f} of its battles ({low:.3f} to {high:.3f})" in words


def test_without_a_seed_each_run_draws_its_own_and_says_it() -> None:
    runs = [
        json.loads(dex("pikachu:thunderbolt", "pikachu:thunderbolt", "--n", "1", "--json").stdout)
        for _ in "ab"
    ]
    assert runs[0]["seed"] != runs[1]["seed"]


@pytest.mark.parametrize(
    ("sides", "field", "words"),
    [
        (("pikachuu:thunderbolt", "squirtle:water-gun"), "a.pokemon", "Pikachu"),
        (("pikachu:thunderbolt", "squirtle"), "b.moves", "NAME:MOVE"),
        (("pikachu:growl", "squirtle:water-gun"), "a.moves", "deals damage"),
        (("pikachu:thunderbolt", "squirtle@101:water-gun"), "b.level", "1 to 100"),
        (("pikachu:thunderbolt", ":water-gun"), "b.pokemon", "empty"),
        ((":thunderbolt", "squirtle:water-gun"), "a.pokemon", "empty"),
    ],
)
def test_what_cannot_be_played_is_refused_by_field(sides: tuple[str, str], field: str, words: str) -> None:
    result = dex(*sides)
    is_known_at_once = words in ("NAME:MOVE", "1 to 100", "empty")
    assert (result.exit_code, result.stdout) == (2 if is_known_at_once else 1, "")
    assert field in result.stderr
    assert words in result.stderr
    document = json.loads(dex(*sides, "--json").stdout)
    assert document["field"] == field


@pytest.mark.parametrize(
    "arguments",
    [
        ("pikachu:thunderbolt",),
        ("--file", "x.csv"),
        ("--file", "x.csv", "--out", "y.csv", "--log"),
        ("pikachu:thunderbolt", "squirtle:water-gun", "--log", "--n", "5"),
        ("pikachu:thunderbolt", "squirtle:water-gun", "--out", "y.csv"),
        ("pikachu:thunderbolt", "squirtle:water-gun", "--n", "0"),
        ("pikachu:thunderbolt", "squirtle:water-gun", "--seed", "-1"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert dex(*arguments).exit_code == 2


def test_without_a_stack_it_says_where_the_pokedex_comes_from() -> None:
    async def nothing() -> Pokedex:
        raise NotRunning("No stack was started.\nStart one with `./dex up`.")

    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, nothing)
    result = CliRunner().invoke(app, ["battle", "pikachu:thunderbolt", "squirtle:water-gun"])
    assert result.exit_code == 3
    assert "./dex up" in result.stderr


def test_a_file_is_played_row_by_row(tmp_path: Path) -> None:
    source, target = tmp_path / "battles.csv", tmp_path / "rates.csv"
    rows = [
        "gyarados,tauros,thrash,headbutt,",
        "pikachuu,tauros,thrash,headbutt,",
        "25,7,thunderbolt,pistolet à o,90",
    ]
    rows += [
        "pikachu,squirtle,,water gun,",
        "pikachu,squirtle,thunderbolt",
        "pikachu,squirtle,thunderbolt,tackle,9",
    ] * 100
    source.write_text("\n".join(["a,b,move_a,move_b,level_a", *rows]), encoding="utf-8")

    result = dex("--file", str(source), "--out", str(target), "--n", "200", "--seed", "5", "--json")

    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert {key: summary[key] for key in ("rows", "played", "refused", "battles", "seed")} == {
        "rows": 303, "played": 102, "refused": 201, "battles": 200, "seed": 5,
    }  # fmt: skip
    with target.open(newline="") as written:
        played = list(csv.DictReader(written))
    assert len(played) == 303
    alone = json.loads(
        dex("gyarados:thrash", "tauros:headbutt", "--n", "200", "--seed", "5", "--json").stdout
    )
    assert float(played[0]["win_rate"]) == alone["win_rate"]
    assert float(played[0]["interval_low"]) == pytest.approx(alone["interval"][0], abs=1e-4)
    assert played[0]["error"] == ""
    assert "Pikachu" in played[1]["error"]
    assert played[2]["win_rate"] == "1.0"
    assert "b.moves" not in played[3]["error"]
    assert "a.moves" in played[3]["error"]
    assert played[4]["error"].startswith("malformed row")
    assert {row["win_rate"] for row in played[5::3]} == {played[5]["win_rate"]}


def test_a_file_that_has_the_added_columns_already_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text("a,b,move_a,move_b,win_rate\n")
    result = dex("--file", str(source), "--out", str(tmp_path / "out.csv"))
    assert isinstance(result.exception, Misconfigured)
    assert "win_rate" in str(result.exception)


def test_the_summary_of_a_file_in_words(tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text("a,b,move_a,move_b\npikachu,squirtle,thunderbolt,water-gun\n")
    result = dex("--file", str(source), "--out", str(tmp_path / "out.csv"), "--n", "7", "--seed", "2")
    assert "1 played 7 times, 0 refused; seed 2" in result.stderr
    assert result.stderr.startswith("1 rows in "), "no empty line before it, where no bar was"


def test_a_move_that_deals_no_damage_is_refused_with_one_reason() -> None:
    said = dex("pikachu:growl", "squirtle:water-gun").stderr
    assert said.count("weighed") == 1
