"""The peer of P9 as a process: FastAPI, one worker, a pickled pipeline, a frame and two calls per move.

`python -m tests.benchmarks.rest_peer PORT PIPELINE`. In its fairest form: no gauge that blocks, no forced
garbage collection, the Pokédex in memory.
"""

import pickle  # noqa: TID251 - the peer's way; nothing of the product reads it
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from services.embedded.ports import LOOPBACK
from tests.benchmarks.frames import Duels, Pipeline, encoded, scaled
from tests.support.pokedex import load_snapshot_pokedex


class BestMove(BaseModel):
    """What is asked."""

    a: str
    b: str
    moves: list[str]


def create_app(pipeline: Pipeline) -> FastAPI:
    """One route."""
    app, pokedex = FastAPI(), load_snapshot_pokedex()
    duels = Duels(pokedex)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/best-move")
    def best_move(body: BestMove) -> dict[str, Any]:
        reply = duels.best_reply(body.b, body.a, pokedex.damaging_moves(body.b))
        weighed = []
        for move in body.moves:
            row = scaled(pipeline, encoded(duels.frame(body.a, move, body.b, reply)))
            winner = int(pipeline.model.predict(row)[0])
            chance = float(pipeline.model.predict_proba(row)[0][1])
            weighed.append({"move": move, "winner": "a" if winner else "b", "win_probability": chance})
        return {
            "recommended_move": max(weighed, key=lambda one: one["win_probability"])["move"],
            "moves": weighed,
        }

    return app


def main() -> None:
    """Serve until ended."""
    pipeline = pickle.loads(Path(sys.argv[2]).read_bytes())
    uvicorn.run(create_app(pipeline), host=LOOPBACK, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
