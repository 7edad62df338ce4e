"""What a client holds already is not sent again, until the Pokédex changes."""

import msgspec

from shared.pokedex import Pokedex
from tests.support.gateway_door import POKEDEX_FIXED, POKEDEX_LISTS, Door, assert_problem
from tests.support.pokedex import load_snapshot_pokedex


async def test_what_a_client_holds_is_not_sent_again(door: Door) -> None:
    for path in (*POKEDEX_LISTS, *POKEDEX_FIXED):
        first = await door.client.get(path)
        tag = first.headers["etag"]
        for held in (tag, f"W/{tag}", f'"another", {tag}', "*"):
            again = await door.client.get(path, headers={"if-none-match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = await door.client.get(path, headers={"if-none-match": '"another"'})
        assert other.content == first.content


async def test_another_state_of_the_pokedex_is_sent(door: Door) -> None:
    tag = (await door.client.get("/moves/left-out")).headers["etag"]
    pokedex = load_snapshot_pokedex()
    weaker = [msgspec.structs.replace(move, power=1) for move in pokedex.moves]
    for changed in (
        Pokedex(pokedex.pokemon, weaker, pokedex.types, pokedex.left_out),
        Pokedex(pokedex.pokemon, pokedex.moves, pokedex.types, ()),
    ):
        door.pokedex.pokedex = changed
        response = await door.client.get("/moves/left-out", headers={"if-none-match": tag})
        assert response.status_code == 200


async def test_an_unknown_name_is_unknown_whatever_the_client_holds(door: Door) -> None:
    assert_problem(await door.client.get("/pokemon/pikachuu", headers={"if-none-match": "*"}), 404)
