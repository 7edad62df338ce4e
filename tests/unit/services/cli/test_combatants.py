import pytest

from contracts.battle import Combatant
from contracts.serving import Refused
from services.cli.combatants import combatant, parse_moves, parse_side


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pikachu:thunderbolt", Combatant("pikachu", 50, ("thunderbolt",))),
        ("pikachu", Combatant("pikachu", 50, None)),
        ("pikachu@30:thunderbolt", Combatant("pikachu", 30, ("thunderbolt",))),
        ("pikachu@30", Combatant("pikachu", 30, None)),
        ("25:85", Combatant("25", 50, ("85",))),
        (" Mr. Mime : Psyko ", Combatant("Mr. Mime", 50, ("Psyko",))),
        ("Raichu d'Alola@100:Tonnerre", Combatant("Raichu d'Alola", 100, ("Tonnerre",))),
        ("Nidoran♀:Morsure", Combatant("Nidoran♀", 50, ("Morsure",))),
        ("pikachu@1", Combatant("pikachu", 1, None)),
        # Only the first colon divides: the rest is a name that nothing has.
        ("pikachu:a:b", Combatant("pikachu", 50, ("a:b",))),
    ],
)
def test_a_side_is_name_level_and_move(text: str, expected: Combatant) -> None:
    assert parse_side("a", text) == expected


def test_the_level_option_counts_where_the_text_has_none() -> None:
    assert parse_side("a", "pikachu", level=30) == Combatant("pikachu", 30, None)
    assert parse_side("a", "pikachu@30", level=30) == Combatant("pikachu", 30, None)


def test_two_different_levels_are_refused() -> None:
    refused = parse_side("a", "pikachu@40", level=30)
    assert isinstance(refused, Refused)
    assert (refused.field, refused.message) == ("a.level", "@40 and the level 30 beside it differ.")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "b.pokemon"),
        (":thunderbolt", "b.pokemon"),
        ("@30", "b.pokemon"),
        ("   ", "b.pokemon"),
        ("x" * 200_000, "b.pokemon"),
        ("pik\udcff", "b.pokemon"),
        ("pikachu:", "b.moves[0]"),
        ("pikachu:" + "x" * 65, "b.moves[0]"),
        ("pikachu@", "b.level"),
        ("pikachu@x", "b.level"),
        ("pikachu@0", "b.level"),
        ("pikachu@101", "b.level"),
        ("pikachu@-1", "b.level"),
        ("pikachu@1e9", "b.level"),
        ("pikachu@nan", "b.level"),
        ("pikachu@5.5", "b.level"),
        ("pikachu@" + "9" * 5_000, "b.level"),
        ("pikachu@٥", "b.level"),
        ("pikachu@30@40", "b.level"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field(text: str, field: str) -> None:
    refused = parse_side("b", text)

    assert isinstance(refused, Refused)
    assert refused.field == field
    assert refused.reason == "invalid"
    assert len(refused.value) <= 200
    assert refused.message
    assert refused.remedy
    refused.value.encode()


def test_a_move_beside_the_text_counts_where_the_text_has_none() -> None:
    assert parse_side("a", "pikachu", move="surf") == Combatant("pikachu", 50, ("surf",))
    assert parse_side("a", "pikachu:surf", move=" surf") == Combatant("pikachu", 50, ("surf",))
    refused = parse_side("a", "pikachu:surf", move="dig")
    assert isinstance(refused, Refused)
    assert (refused.field, refused.message) == ("a.moves[0]", ":surf and the move dig beside it differ.")


def test_a_level_out_of_range_is_refused_wherever_it_is_given() -> None:
    assert isinstance(combatant("a", "pikachu", level=2**31), Refused)
    assert isinstance(parse_side("a", "pikachu", level="101"), Refused)


def test_moves_are_a_list_with_commas() -> None:
    assert parse_moves(None) is None
    assert parse_moves("tackle,vine whip") == ("tackle", "vine whip")
    assert isinstance(combatant("a", "pikachu", moves=parse_moves("")), Refused)
    refused = combatant("a", "pikachu", moves=parse_moves("tackle,,"))
    assert isinstance(refused, Refused)
    assert refused.field == "a.moves[1]"
