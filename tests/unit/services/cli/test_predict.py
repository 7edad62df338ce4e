"""The commands with a requester of ours: what is asked, what is printed, which exit code."""

import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.battle import BattleRequested, Combatant, Equilibrium, MoveOutlook
from contracts.serving import Predicted, Refused
from services.cli.predict import register
from services.cli.reaching import NotRunning
from shared.errors import Overloaded, ReplyTimeout
from tests.support.explanations import explanation
from tests.support.gateway import answer, predicted


class Bus:
    """Says `reply`, or raises it; keeps what was asked."""

    def __init__(self) -> None:
        self.reply: Predicted | Refused | Exception = predicted("r1", answer())
        self.is_running = True
        self.asked: list[tuple[BattleRequested, float]] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Bus"]:
        if not self.is_running:
            raise NotRunning("No bus at 127.0.0.1:9092.\nStart the stack with `./dex up`.")
        yield self

    async def ask(self, _: Any, body: Any, *, request_id: str | None = None, timeout_s: float = 5.0) -> Any:
        self.asked.append((body, timeout_s))
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@pytest.fixture
def bus() -> Bus:
    return Bus()


def dex(bus: Bus, *arguments: str) -> Result:
    app = typer.Typer()
    register(app, bus.connect)
    return CliRunner().invoke(app, arguments)


REFUSED = Refused(
    request_id="r1",
    field="a.pokemon",
    value="pikachuu",
    reason="unknown",
    message="There is no Pokémon pikachuu.",
    remedy="Look at the Pokédex.",
    suggestions=("Pikachu", "Raichu"),
)


def test_predict_asks_with_the_command_lines_deadline_and_says_who_wins(bus: Bus) -> None:
    result = dex(bus, "predict", "pikachu:thunderbolt", "squirtle@30:water-gun")

    assert result.exit_code == 0, result.output
    expected = BattleRequested(
        Combatant("pikachu", 50, ("thunderbolt",)), Combatant("squirtle", 30, ("water-gun",))
    )
    assert bus.asked == [(expected, 15.0)]
    assert "Pikachu (level 50) with Thunderbolt beats Squirtle" in result.stdout
    assert "0.970 (0.940 to 0.990), sure" in result.stdout
    assert "model 7, request r1" in result.stdout


def test_predict_as_json_has_the_fields_that_scripts_read(bus: Bus) -> None:
    result = dex(bus, "predict", "pikachu:thunderbolt", "squirtle:water-gun", "--level-a", "60", "--json")

    body = json.loads(result.stdout)
    assert body["win_probability"] == 0.97
    assert body["interval"] == [0.94, 0.99]
    assert (body["verdict"], body["model_version"], body["request_id"]) == ("sure", "7", "r1")
    assert bus.asked[0][0].a.level == 60


def test_the_loser_is_named_second(bus: Bus) -> None:
    bus.reply = predicted("r1", answer(0.2))
    result = dex(bus, "predict", "pikachu", "squirtle")
    assert "Squirtle (level 50) with Water Gun beats Pikachu" in result.stdout
    assert "win probability of Pikachu: 0.200" in result.stdout


def test_best_move_weighs_the_moves_of_both_sides(bus: Bus) -> None:
    result = dex(
        bus, "best-move", "pikachu@30", "squirtle", "--moves", "thunderbolt,surf", "--opponent-moves", "55"
    )

    assert result.exit_code == 0, result.output
    expected = BattleRequested(
        Combatant("pikachu", 30, ("thunderbolt", "surf")), Combatant("squirtle", 50, ("55",))
    )
    assert bus.asked[0][0] == expected
    assert "Pikachu plays Thunderbolt against Squirtle" in result.stdout
    assert "worst case" in result.stdout


def test_best_move_without_moves_asks_about_all(bus: Bus) -> None:
    result = dex(bus, "best-move", "pikachu", "squirtle", "--json")
    assert json.loads(result.stdout)["recommended_move"] == "thunderbolt"
    assert bus.asked[0][0].a.moves is None


def explained(**changes: Any) -> Predicted:
    said = msgspec.structs.replace(answer(), coverage=0.9, explanation=explanation(**changes))
    return predicted("r1", said)


@pytest.mark.parametrize("command", ["predict", "best-move"])
def test_reasons_are_asked_for_and_printed(bus: Bus, command: str) -> None:
    bus.reply = explained()
    result = dex(bus, command, "pikachu", "squirtle", "--explain")

    assert result.exit_code == 0, result.output
    assert bus.asked[0][0].explain is True
    assert "90% of such intervals hold the true chance" in result.stdout
    lines = result.stdout.splitlines()
    start = lines.index("why: from a typical duel (0.500) to this one (0.970), in points")
    assert lines[start + 1 : start + 3] == [
        "   +31.0  Damage: Pikachu",
        "    +8.0  Types and same-type bonus",
    ]
    assert "Pikachu moves first: Speed 95 against 64." in lines
    assert "  Thunderbolt takes 96 to 114 of 119 HP (81% to 96%)." in lines


@pytest.mark.parametrize("command", ["predict", "best-move"])
def test_answers_are_told_in_french(bus: Bus, command: str) -> None:
    bus.reply = explained()
    result = dex(bus, command, "pikachu", "squirtle", "--explain", "--language", "fr")

    assert result.exit_code == 0, result.output
    assert "probabilité de victoire, Pikachu : 0,970 (0,940 à 0,990), sûr" in result.stdout
    assert "Pistolet à O retire de 24 à 29 PV sur 110" in result.stdout
    assert "pourquoi : d’un duel typique" in result.stdout
    assert ("bat Carapuce" if command == "predict" else "joue Tonnerre contre Carapuce") in result.stdout


def test_without_a_reference_the_facts_are_told_alone(bus: Bus) -> None:
    bus.reply = explained(contributions=(), reference_probability=None)
    result = dex(bus, "predict", "pikachu", "squirtle", "--explain")
    assert "why:" not in result.stdout
    assert "Pikachu moves first" in result.stdout


def test_an_unknown_language_is_wrong_usage(bus: Bus) -> None:
    assert dex(bus, "predict", "pikachu", "squirtle", "--language", "de").exit_code == 2


def test_best_move_tells_both_mixes_and_what_was_considered(bus: Bus) -> None:
    said = msgspec.structs.replace(
        answer(),
        opponent_moves=("water-gun", "ice-beam", "tackle"),
        opponent_moves_were_given=False,
        moves=(
            MoveOutlook("thunderbolt", (0.97, 0.9, 0.99), 0.9, 0.95, "ice-beam"),
            MoveOutlook("dig", (0.2, 0.95, 0.9), 0.2, 0.68, "water-gun"),
        ),
        equilibrium=Equilibrium((0.9375, 0.0625), (0.0625, 0.9375, 0.0), 0.903),
    )
    bus.reply = predicted("r1", said)
    result = dex(bus, "best-move", "pikachu", "squirtle")

    head, first, second = (line.split() for line in result.stdout.splitlines()[3:6])
    assert head[-1] == "mix"
    assert (first[0], first[-1], second[0], second[-1]) == ("Thunderbolt", "94%", "Dig", "6%")
    assert "Pikachu secures 0.903; Squirtle mixes Ice Beam 94%, Water Gun 6%" in result.stdout
    assert "every damaging move it can learn was considered" in result.stdout


@pytest.mark.parametrize("command", ["predict", "best-move"])
def test_a_refusal_goes_to_stderr_with_what_to_do_and_exit_code_1(bus: Bus, command: str) -> None:
    bus.reply = REFUSED
    result = dex(bus, command, "pikachuu", "squirtle")

    assert result.exit_code == 1
    assert result.stdout == ""
    for text in ("a.pokemon", "There is no Pokémon pikachuu.", "Look at the Pokédex.", "Pikachu, Raichu"):
        assert text in result.stderr


@pytest.mark.parametrize("command", ["predict", "best-move"])
def test_a_refusal_as_json_is_on_stdout(bus: Bus, command: str) -> None:
    bus.reply = REFUSED
    result = dex(bus, command, "pikachuu", "squirtle", "--json")

    assert result.exit_code == 1
    body = json.loads(result.stdout)
    assert (body["kind"], body["reason"], body["field"]) == ("refused", "unknown", "a.pokemon")
    assert body["suggestions"] == ["Pikachu", "Raichu"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("predict", "pikachu@x", "squirtle"), "a.level"),
        (("predict", "pikachu@101", "squirtle"), "a.level"),
        (("predict", "", ""), "a.pokemon"),
        (("predict", "@abc", "squirtle"), "a.pokemon"),
        (("predict", "pikachu", ":water-gun"), "b.pokemon"),
        (("predict", "x" * 200_000, "squirtle"), "a.pokemon"),
        (("predict", "pikachu", "squirtle", "--level-b", str(10**30)), "b.level"),
        (("best-move", "pikachu", "squirtle", "--moves", ""), "a.moves[0]"),
        (("best-move", "pikachu", "squirtle", "--opponent-moves", "surf,"), "b.moves[1]"),
    ],
)
def test_what_cannot_be_sent_is_refused_without_asking(
    bus: Bus, arguments: tuple[str, ...], field: str
) -> None:
    result = dex(bus, *arguments, "--json")

    assert result.exit_code == 2, "it is wrong usage, whoever would be asked"
    assert json.loads(result.stdout)["field"] == field
    assert bus.asked == []


def test_a_stack_that_does_not_run_is_exit_code_3(bus: Bus) -> None:
    bus.is_running = False
    result = dex(bus, "predict", "pikachu", "squirtle")
    assert result.exit_code == 3
    assert "./dex up" in result.stderr

    result = dex(bus, "predict", "pikachu", "squirtle", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["reason"] == "NotRunning"


@pytest.mark.parametrize("failure", [ReplyTimeout("no reply"), Overloaded("busy")])
def test_no_reply_is_exit_code_3(bus: Bus, failure: Exception) -> None:
    bus.reply = failure
    result = dex(bus, "best-move", "pikachu", "squirtle")
    assert result.exit_code == 3
    assert str(failure) in result.stderr

    result = dex(bus, "predict", "pikachu", "squirtle", "--json")
    assert json.loads(result.stdout)["reason"] == type(failure).__name__


def test_a_file_is_answered_row_by_row(bus: Bus, tmp_path: Path) -> None:
    source, target = tmp_path / "battles.csv", tmp_path / "answers.csv"
    source.write_text("a,b,move_a,move_b\npikachu,squirtle,thunderbolt,water-gun\n,squirtle,,\n")

    result = dex(bus, "predict", "--file", str(source), "--out", str(target))

    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("2 rows in "), "no empty line before it, where no bar was"
    assert "in 0.0 s" not in result.stderr
    assert "1 answered, 1 refused, 0 without a reply" in result.stderr
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [(row["win_probability"], bool(row["error"])) for row in rows] == [("0.97", False), ("", True)]


def test_the_summary_of_a_file_as_json(bus: Bus, tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text("a,b,move_a,move_b\npikachu,squirtle,,\n")
    result = dex(bus, "predict", "--file", str(source), "--out", str(tmp_path / "out.csv"), "--json")
    body = json.loads(result.stdout)
    assert (body["rows"], body["answered"]) == (1, 1)


def test_a_file_that_nobody_answers_is_exit_code_3(bus: Bus, tmp_path: Path) -> None:
    bus.reply = ReplyTimeout("no reply")
    source = tmp_path / "battles.csv"
    source.write_text("a,b,move_a,move_b\npikachu,squirtle,,\n")
    assert dex(bus, "predict", "--file", str(source), "--out", str(tmp_path / "out.csv")).exit_code == 3


@pytest.mark.parametrize("content", ["", "\n", "a,b,move_a,move_b\n"])
def test_a_file_without_battles_is_wrong_usage(bus: Bus, tmp_path: Path, content: str) -> None:
    source = tmp_path / "battles.csv"
    source.write_text(content)
    result = dex(bus, "predict", "--file", str(source), "--out", str(tmp_path / "out.csv"))
    assert result.exit_code == 2
    assert ("no row below its first line" if "a" in content else "is empty") in result.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--file", "x.csv"), "--out answers.csv"),
        (("pikachu", "squirtle", "--file", "x.csv", "--out", "y.csv"), "a battle cannot stand beside it"),
        (("--file", "x.csv", "--out", "y.csv", "--explain"), "--explain cannot stand beside it"),
        (("--file", "x.csv", "--out", "y.csv", "--level-a", "3"), "--level-a or --level-b cannot stand"),
        (("pikachu", "squirtle", "--out", "x.csv"), "it is where --file writes"),
        (("pikachu",), "give two sides"),
    ],
)
def test_each_mistake_of_a_file_has_its_message(bus: Bus, arguments: tuple[str, ...], words: str) -> None:
    result = dex(bus, "predict", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_without_a_model_the_message_blames_no_field(bus: Bus) -> None:
    bus.reply = msgspec.structs.replace(
        REFUSED, reason="unavailable", field="service", message="There is no model yet.", suggestions=()
    )
    assert "service" not in dex(bus, "predict", "pikachu", "squirtle").stderr


def test_a_file_that_cannot_be_read_is_wrong_usage(bus: Bus, tmp_path: Path) -> None:
    result = dex(bus, "predict", "--file", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.csv"))
    assert result.exit_code == 2
    assert "no.csv" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("pikachu",),
        ("pikachu", "squirtle", "--out", "x.csv"),
        ("--file", "x.csv"),
        ("pikachu", "squirtle", "--file", "x.csv", "--out", "y.csv"),
        ("pikachu", "squirtle", "--level-a", "x"),
    ],
)
def test_wrong_usage_is_exit_code_2(bus: Bus, arguments: tuple[str, ...]) -> None:
    assert dex(bus, "predict", *arguments).exit_code == 2
    assert bus.asked == []
