import json
from typing import Any

import pytest

from contracts.battle import BattleRequested, Combatant
from services.gateway.domain import Question
from services.gateway.jobs.job import MAXIMUM_BATTLES, Row, keep_question, kept_question
from services.gateway.jobs.uploads import read_upload
from services.gateway.problems import Draft, ProblemError
from tests.support.pokedex import load_snapshot_pokedex

DUEL = BattleRequested(Combatant("pikachu", 50, ("thunderbolt",)), Combatant("squirtle", 50, ("surf",)))
PLAIN = BattleRequested(Combatant("pikachu"), Combatant("squirtle"))
BODY: dict[str, Any] = {"a": {"pokemon": "pikachu"}, "b": {"pokemon": "squirtle"}}


def read(body: str | bytes, media_type: str = "text/csv") -> list[Row]:
    content = body.encode() if isinstance(body, str) else body
    return read_upload(media_type, content, load_snapshot_pokedex)


def asked(row: Row) -> BattleRequested:
    assert isinstance(row, Question), row
    return row.request


def refused(row: Row) -> Draft:
    assert isinstance(row, Draft), row
    return row


@pytest.mark.parametrize(
    "text",
    [
        "a,b,move_a,move_b\npikachu,squirtle,thunderbolt,surf\n",
        "\ufeffa;b;move_a;move_b\r\npikachu;squirtle;thunderbolt;surf",
        "b\ta\tmove_b\tmove_a\tmine\n squirtle \t pikachu \tsurf\tthunderbolt\tnote\n\n \t\n",
        '"a","b","move_a","move_b","level_a","level_b"\npikachu,squirtle,thunderbolt,surf,50,\n',
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(text: str) -> None:
    assert list(map(asked, read(text))) == [DUEL]


def test_only_the_two_sides_are_needed() -> None:
    [row, explained] = read("a,b,explain\npikachu,squirtle\npikachu,squirtle,TRUE\n")
    assert asked(row) == PLAIN
    assert asked(explained).explain


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("pikachu,squirtle,500,", "level_a", "500"),
        ("pikachu,squirtle,,high", "level_b", "high"),
        ("pikachu,squirtle,99999999999,", "level_a", "99999999999"),
        (",squirtle,,", "a", ""),
        ("pikachu,squirtle,,,extra", "row", "pikachu,squirtle,,,extra"),
    ],
)
def test_a_row_that_is_wrong_is_refused_by_itself_in_the_words_of_the_file(
    line: str, field: str, value: str
) -> None:
    rows = read(f"a,b,level_a,level_b\n{line}\npikachu,squirtle,,\n")
    assert (refused(rows[0]).field, refused(rows[0]).value) == (field, value)
    assert asked(rows[1]) == PLAIN


def test_what_a_service_refuses_is_named_by_its_column_too() -> None:
    [row] = read("a,b,move_a\npikachu,squirtle,surf\n")
    assert isinstance(row, Question)
    assert [row.caller_field(name) for name in ("a.pokemon", "b.pokemon", "a.moves[0]", "b.level")] == [
        "a",
        "b",
        "move_a",
        "level_b",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"", "no column a, b"),
        (b"pokemon,b\nx,y\n", "no column a"),
        (b"a,b,a\nx,y,z\n", "names a twice"),
    ],
)
def test_a_table_that_cannot_be_read_at_all_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(body)
    assert caught.value.problem.status == 400
    assert said in caught.value.problem.detail.say("en")


def test_lines_and_a_document_are_read_alike() -> None:
    earlier = {"pokemon_a_id": 25, "pokemon_b_id": 7}
    wrong = {**BODY, "weather": "rain"}
    lines = "\n".join(json.dumps(one) for one in (BODY, earlier, wrong)) + "\n\n{\n"
    document = json.dumps({"battles": [BODY, earlier, wrong]})
    of_lines = read(lines, "application/x-ndjson")
    assert of_lines[:3] == read(document, "application/json")
    assert asked(of_lines[0]) == PLAIN
    assert asked(of_lines[1]) == BattleRequested(Combatant(25), Combatant(7))
    assert refused(of_lines[2]).field == "weather"
    assert refused(of_lines[3]).status == 400


@pytest.mark.parametrize("body", ["[]", "{}", '{"battles":{}}', '{"battles":[],"more":1}', "1"])
def test_a_document_of_another_form_is_refused(body: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(body, "application/json")
    assert caught.value.problem.status == 422


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/csv", "a,b\n"),
        ("application/x-ndjson", "\n\n"),
        ("application/json", '{"battles":[]}'),
        ("text/csv", "a,b\n" + "mew,mew\n" * (MAXIMUM_BATTLES + 1)),
    ],
)
def test_no_battle_and_too_many_are_refused(media_type: str, body: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(body, media_type)
    assert (caught.value.problem.status, caught.value.problem.field) == (422, "battles")


def test_the_most_battles_are_taken() -> None:
    assert len(read("a,b\n" + "mew,mew\n" * MAXIMUM_BATTLES)) == MAXIMUM_BATTLES


@pytest.mark.parametrize("line", ["pikachu,squirtle,thunderbolt", "25,7,"])
def test_a_question_that_was_kept_is_asked_with_the_same_bytes(line: str) -> None:
    [row] = read(f"a,b,move_a\n{line}\n")
    assert isinstance(row, Question)
    kept = json.loads(keep_question(row))
    # PostgreSQL orders the members of a document in its own way.
    again = kept_question(json.loads(json.dumps(kept, sort_keys=True)))
    assert again.request == row.request
    assert dict(again.fields) == dict(row.fields)
