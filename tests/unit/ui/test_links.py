import pytest

from ui.links import LinkedSide, read_battle_link


def test_a_link_gives_each_side_its_name_level_and_moves() -> None:
    link = read_battle_link(
        [
            ("a", "mew"),
            ("level_a", " 7 "),
            ("move_a", "surf"),
            ("move_a", "psychic"),
            ("b", "eevee"),
            ("id", "x"),
        ]
    )
    assert link.sides["a"] == LinkedSide("mew", "7", ["surf", "psychic"])
    assert link.sides["b"] == LinkedSide("eevee")
    assert (link.id, link.ignored) == ("x", [])


@pytest.mark.parametrize("name", ["a", "level_b", "id"])
def test_what_is_given_twice_is_taken_the_first_time_and_then_named(name: str) -> None:
    link = read_battle_link([(name, "1"), (name, "2")])
    assert link.ignored == [f"{name}=2"]


def test_empty_parts_say_nothing_and_unknown_ones_are_named() -> None:
    link = read_battle_link([("a", ""), ("level", "101"), ("c", " ")])
    assert link.ignored == ["level=101"]
    assert not any(side.is_given for side in link.sides.values())


def test_an_endless_link_is_bounded() -> None:
    link = read_battle_link([("move_a", "surf")] * 1000 + [("x" * 1000, "y")] * 1000)
    assert len(link.sides["a"].moves) == len(link.ignored) == 32
    assert all(len(part) <= 64 for part in link.ignored)
