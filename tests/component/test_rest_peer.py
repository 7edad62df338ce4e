"""The REST peer of the benchmark answers what it is asked, by the frame that it would have trained on."""

import httpx
import numpy as np
import pytest

from tests.benchmarks.frames import Duels, Pipeline, encoded, fit, scaled
from tests.benchmarks.questions import Draw
from tests.benchmarks.rest_peer import create_app
from tests.support.pokedex import load_snapshot_pokedex


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    battles = Draw(1).resolved(60)
    won = [bool(number % 2) for number in range(len(battles))]
    return fit(Duels(load_snapshot_pokedex()), battles, won, trees=3)


async def test_the_peer_weighs_each_move_and_recommends_the_best(pipeline: Pipeline) -> None:
    transport = httpx.ASGITransport(app=create_app(pipeline))
    (asked,) = Draw(2).best_moves(1)
    moves = list(asked.a.moves or ())
    async with httpx.AsyncClient(transport=transport, base_url="http://peer") as client:
        answer = (
            await client.post("/best-move", json={"a": asked.a.pokemon, "b": asked.b.pokemon, "moves": moves})
        ).json()
    chances = {one["move"]: one["win_probability"] for one in answer["moves"]}
    assert list(chances) == moves
    assert chances[answer["recommended_move"]] == max(chances.values())
    assert all((one["win_probability"] > 0.5) == (one["winner"] == "a") for one in answer["moves"])


def test_a_frame_has_the_columns_of_the_training_whatever_its_types(pipeline: Pipeline) -> None:
    duels = Duels(load_snapshot_pokedex())
    row = scaled(pipeline, encoded(duels.frame("pikachu", "thunderbolt", "squirtle", "water-gun")))
    assert list(row.columns) == pipeline.columns
    assert len(pipeline.columns) > 100
    assert np.isfinite(row.to_numpy()).all()


def test_what_follows_from_a_frame_is_right() -> None:
    row = Duels(load_snapshot_pokedex()).frame("pikachu", "thunderbolt", "squirtle", "water-gun").iloc[0]
    assert row["derived_a_stab"] == 1.5
    assert row["derived_a_multiplier"] == 2.0
    assert row["a_moves_first"] == 1
