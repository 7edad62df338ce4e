"""What visitors ask: every battle is legal, every mistake is one."""

import random

import httpx
import pytest

from contracts.battle import ResolvedBattle
from services.cli.traffic.calls import Ask, Aspect, Caller, Fetch, scored_moves
from shared.battle.resolving import resolve_battle
from shared.families import Refusal
from tests.support.pokedex import load_snapshot_pokedex

DRAWS = 300


@pytest.fixture(scope="module")
def caller() -> Caller:
    return Caller(load_snapshot_pokedex())


@pytest.mark.parametrize("shifted", [frozenset(), *(frozenset({one}) for one in Aspect), frozenset(Aspect)])
def test_every_valid_battle_is_legal_and_every_move_of_it_is_weighed(shifted: frozenset[Aspect]) -> None:
    pokedex = load_snapshot_pokedex()
    caller, rng = Caller(pokedex, shifted, 3), random.Random(1)
    seen = set()
    for _ in range(DRAWS // 2):
        call = caller.draw("prediction", rng, is_shifted=True)
        assert isinstance(call, Ask)
        resolved = resolve_battle(call.request, pokedex)
        assert isinstance(resolved, ResolvedBattle), resolved
        for asked, found in ((call.request.a, resolved.a), (call.request.b, resolved.b)):
            if asked.moves is not None:
                assert set(found.moves) == set(asked.moves)
            seen.add(asked.moves is None)
    assert seen == {True, False}


def test_every_mistake_on_the_bus_is_refused_and_each_kind_comes_up(caller: Caller) -> None:
    rng, reasons = random.Random(2), set()
    for _ in range(DRAWS):
        call = caller.draw("bad", rng)
        assert call.kind == "bad"
        if isinstance(call, Ask):
            refused = resolve_battle(call.request, load_snapshot_pokedex())
            assert isinstance(refused, Refusal), call
            reasons.add((refused.field.partition("[")[0], refused.reason))
    assert reasons == {
        ("a.pokemon", "unknown"),
        ("a.level", "invalid"),
        ("a.moves", "not_learnable"),
        ("a.moves", "unknown"),
        ("a.moves", "invalid"),
    }


def test_pages_and_mistakes_of_the_rest_api_are_well_formed_and_mistakes_expect_an_error(
    caller: Caller,
) -> None:
    rng = random.Random(3)
    fetches = [caller.draw(kind, rng) for _ in range(DRAWS) for kind in ("read", "bad")]
    for call in fetches:
        if isinstance(call, Fetch):
            assert httpx.URL("http://gateway" + call.path).path.startswith("/")
            assert (call.status == 200) == (call.kind == "read")
    assert len({call.path.split("/")[1] for call in fetches if isinstance(call, Fetch)}) >= 4


def test_whoever_has_no_move_that_is_weighed_does_not_fight() -> None:
    pokedex = load_snapshot_pokedex()
    moves = scored_moves(pokedex)
    assert "ditto" not in moves
    assert len(moves) > 150
