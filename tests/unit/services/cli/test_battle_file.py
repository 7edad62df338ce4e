"""A file of battles with a requester of ours: order, bounds, and an outcome for every row."""

import asyncio
import csv
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.channels import Channel
from contracts.serving import Predicted, Refused
from services.cli.battle_file import Tally, answer_file, answer_rows, count_rows
from shared.errors import CallFailed, Misconfigured, ReplyTimeout

HEADER = "a,b,move_a,move_b\n"


class Answering:
    """Answers with the level of `a` as a percentage; later rows first, refuses what it does not know."""

    def __init__(self, failure: CallFailed | None = None) -> None:
        self.failure = failure
        self.asked: list[BattleRequested] = []
        self.in_flight = self.most_in_flight = 0

    async def ask(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        *,
        request_id: str | None = None,
        timeout_s: float = 5.0,
    ) -> Predicted | Refused:
        assert isinstance(body, BattleRequested)
        assert timeout_s == 120
        self.asked.append(body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        for _ in range(200 - len(self.asked) % 100):
            await asyncio.sleep(0)
        self.in_flight -= 1
        if self.failure is not None:
            raise self.failure
        if body.a.pokemon == "pikachuu":
            return Refused(
                request_id="r",
                field="a.pokemon",
                value="pikachuu",
                reason="unknown",
                message="There is no Pokémon pikachuu.",
                remedy="",
                suggestions=("Pikachu", "Raichu"),
            )
        answer = msgspec.json.encode({"win_probability": body.a.level / 100})
        return Predicted(
            request_id=f"r{body.a.pokemon}",
            family="battle",
            model_version="7",
            feature_set="battle-1",
            pokedex_hash="h",
            answer=msgspec.Raw(answer),
        )


async def run(tmp_path: Path, content: str | bytes, asks: Answering | None = None) -> list[dict[str, str]]:
    source, target = tmp_path / "battles.csv", tmp_path / "answers.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    await answer_file(asks or Answering(), source, target)
    with target.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


async def test_every_row_is_asked_and_comes_back_with_its_answer(tmp_path: Path) -> None:
    asks = Answering()
    rows = await run(tmp_path, HEADER + "pikachu,squirtle,thunderbolt,water-gun\n", asks)

    assert rows == [
        {
            "a": "pikachu",
            "b": "squirtle",
            "move_a": "thunderbolt",
            "move_b": "water-gun",
            "win_probability": "0.5",
            "error": "",
            "model_version": "7",
            "request_id": "rpikachu",
        }
    ]
    assert asks.asked[0].a.moves == ("thunderbolt",)


async def test_rows_keep_their_order_and_few_are_in_flight() -> None:
    asks = Answering()
    rows = [
        {"a": str(n), "b": "1", "move_a": "", "move_b": "", "level_a": str(1 + n % 100)} for n in range(1000)
    ]

    outcomes = [outcome async for outcome in answer_rows(asks, rows, in_flight=50)]

    assert [outcome.row["a"] for outcome in outcomes] == [str(n) for n in range(1000)]
    assert [outcome.row["win_probability"] for outcome in outcomes] == [
        str((1 + n % 100) / 100) for n in range(1000)
    ]
    assert 1 < asks.most_in_flight <= 50


async def test_bad_rows_carry_their_reason_and_the_others_are_answered(tmp_path: Path) -> None:
    lines = [
        "pikachuu,squirtle,thunderbolt,water-gun",
        ",squirtle,thunderbolt,water-gun",
        "pikachu,squirtle,thunderbolt",
        "pikachu,squirtle,thunderbolt,water-gun,more",
        f"{'x' * 140_000},squirtle,,",
        f"pikachu,squirtle,{'x' * 100},",
        "pik\x00achu,squirtle,,",
        "",
        "pikachu,squirtle,,",
    ]
    rows = await run(tmp_path, HEADER + "\n".join(lines) + "\n")

    errors = [row["error"] for row in rows]
    assert errors[0] == ("unknown a.pokemon: There is no Pokémon pikachuu. (try one of: Pikachu, Raichu)")
    assert errors[1].startswith("invalid a.pokemon:")
    assert errors[2] == "malformed row: 3 cells instead of 4"
    assert errors[3] == "malformed row: 5 cells instead of 4"
    assert errors[4].startswith("malformed row: a cell is longer than 131,072")
    assert errors[5].startswith("invalid a.moves[0]:")
    assert errors[-1] == ""
    assert len(rows) == 8
    assert [bool(row["win_probability"]) for row in rows] == [not error for error in errors]


@pytest.mark.parametrize("level", ["x", "NaN", "5.5", "1e9", "9" * 30])
async def test_a_level_that_is_no_number_is_refused(tmp_path: Path, level: str) -> None:
    [row] = await run(tmp_path, f"a,b,move_a,move_b,level_a\npikachu,squirtle,,,{level}\n")
    assert row["error"].startswith("invalid a.level:")


async def test_levels_other_columns_and_their_order_are_kept(tmp_path: Path) -> None:
    content = "note,b,a,level_a,move_b,move_a\nx,squirtle,pikachu,30,,\n"
    [row] = await run(tmp_path, content)
    assert row["win_probability"] == "0.3"
    assert list(row)[:6] == ["note", "b", "a", "level_a", "move_b", "move_a"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
async def test_the_encodings_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    [row] = await run(tmp_path, (HEADER + "salamèche,squirtle,,\n").encode(encoding))
    assert row["a"] == "salamèche"


async def test_bytes_of_no_encoding_cost_only_their_name(tmp_path: Path) -> None:
    [row] = await run(tmp_path, b"\xef\xbb\xbf" + HEADER.encode() + b"salam\x81che,squirtle,,\n")
    assert row["a"] == "salam\ufffdche"


@pytest.mark.parametrize("separator", [";", "\t", "|"])
async def test_other_separators_are_found_and_kept(tmp_path: Path, separator: str) -> None:
    lines = ["a,b,move_a,move_b,note", 'pikachu,squirtle,,,"x,y"']
    content = "\n".join(line.replace(",", separator) for line in lines) + "\n"
    source, target = tmp_path / "battles.csv", tmp_path / "answers.csv"
    source.write_text(content)
    await answer_file(Answering(), source, target)
    with target.open(newline="") as text:
        [row] = csv.DictReader(text, delimiter=separator)
    assert (row["a"], row["win_probability"], row["note"]) == ("pikachu", "0.5", f"x{separator}y")


async def test_a_full_disk_is_named(tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text(HEADER + "pikachu,squirtle,,\n")
    with pytest.raises(Misconfigured, match="/dev/full: No space left"):
        await answer_file(Answering(), source, Path("/dev/full"))


async def test_a_timeout_is_the_error_of_its_row(tmp_path: Path) -> None:
    [row] = await run(tmp_path, HEADER + "pikachu,squirtle,,\n", Answering(ReplyTimeout("no reply")))
    assert row["error"] == "ReplyTimeout: no reply"


async def test_after_a_window_of_silence_the_rest_is_not_asked() -> None:
    asks = Answering(ReplyTimeout("no reply"))
    rows = [{"a": "1", "b": "2", "move_a": "", "move_b": ""} for _ in range(100)]

    outcomes = [outcome async for outcome in answer_rows(asks, rows, in_flight=10)]

    assert len(outcomes) == 100
    assert {outcome.kind for outcome in outcomes} == {"silent"}
    assert len(asks.asked) < 25
    assert outcomes[-1].row["error"].startswith("not asked:")


async def test_the_tally_counts_each_kind(tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text(HEADER + "pikachu,squirtle,,\npikachuu,squirtle,,\n")
    seen: list[int] = []

    tally = await answer_file(
        Answering(), source, tmp_path / "out.csv", on_row=lambda tally: seen.append(tally.rows)
    )

    assert (tally.rows, tally.answered, tally.refused, tally.silent) == (2, 1, 1, 0)
    assert tally.rate > 0
    assert seen == [1, 2]
    assert count_rows(source) == 2
    assert Tally().rate == 0


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "is empty, or its first line is: it must name a, b, move_a, move_b"),
        ("a,b\n", "move_a, move_b are missing"),
        ("a b move_a move_b\n", "are missing"),
        ("a,b,move_a,move_b,a\n", "rename the columns a"),
        ("a,b,move_a,move_b,error\n", "rename the columns error"),
        ("x" * 140_000, "are missing"),
    ],
)
async def test_a_file_without_the_columns_is_refused_whole(tmp_path: Path, content: str, what: str) -> None:
    with pytest.raises(Misconfigured, match=what):
        await run(tmp_path, content)


async def test_columns_are_known_in_capitals_and_with_spaces(tmp_path: Path) -> None:
    [row] = await run(tmp_path, " A ,B,Move_A, MOVE_B,Level_a,Note\npikachu,squirtle,,,30,x\n")
    assert (row["win_probability"], row["Note"]) == ("0.3", "x")


async def test_a_cell_says_level_and_move_as_on_the_command_line(tmp_path: Path) -> None:
    asks = Answering()
    lines = "pikachu@30:surf,squirtle@20,,tackle,\npikachu@30,squirtle,,,40\n"
    rows = await run(tmp_path, "a,b,move_a,move_b,level_a\n" + lines, asks)
    assert [(one.a, one.b) for one in asks.asked] == [
        (Combatant("pikachu", 30, ("surf",)), Combatant("squirtle", 20, ("tackle",)))
    ]
    assert rows[1]["error"] == "invalid a.level: @30 and the level 40 beside it differ."


async def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    source = tmp_path / "battles.csv"
    source.write_text(HEADER)
    missing: Any = tmp_path / "missing.csv"
    with pytest.raises(Misconfigured, match=r"missing\.csv"):
        await answer_file(Answering(), missing, tmp_path / "out.csv")
    with pytest.raises(Misconfigured, match=r"missing\.csv"):
        count_rows(missing)
    with pytest.raises(Misconfigured, match="is the file that is read"):
        await answer_file(Answering(), source, source)
    with pytest.raises(Misconfigured, match="no-such-folder"):
        await answer_file(Answering(), source, tmp_path / "no-such-folder" / "out.csv")
    assert source.read_text() == HEADER
