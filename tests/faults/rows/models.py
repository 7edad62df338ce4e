"""Row 19: what inference loads is away, half there, or behind a server that is down."""

import shutil
import time
from pathlib import Path
from typing import Final

from contracts.serving import Predicted
from tests.faults.running import Row, Run, in_background, until


async def no_model_store(run: Run) -> None:
    """A restart without the store, without MLflow, with half an artefact on disk."""
    variant = run.repetition % 3
    inference = run.scene.members["inference"]
    await run.asker.load(20)
    store, away = run.scene.directory / "data" / "artifacts", run.scene.directory / "data" / "away"
    inference.kill()
    if variant > 0:
        _truncate(run.scene.directory / "models" / inference.log_file.stem)
    if variant != 1:
        store.rename(away)
    try:
        inference.start()
        if variant == 2:
            await _serves_nothing(run)
        else:
            await inference.wait_ready()
            await run.asker.load(40)
    finally:
        if away.exists():
            if store.exists():
                shutil.rmtree(store)
            away.rename(store)
    back = time.monotonic()
    await inference.wait_ready()
    await run.asker.load(20)
    await run.heal(15, back)


def _truncate(cache: Path) -> None:
    files = [file for file in cache.rglob("*") if file.is_file()]
    assert files, f"inference keeps nothing in {cache}"
    for file in files:
        with file.open("r+b") as stream:
            stream.truncate(file.stat().st_size // 2)


async def _serves_nothing(run: Run) -> None:
    """Half an artefact and no store: red, and refused as unavailable rather than answered."""
    inference = run.scene.members["inference"]

    async def is_red() -> bool:
        checks = await inference.checks() or {}
        return checks.get("model", "ok") != "ok"

    async with in_background(run.asker.ask(30, foreseen=True)) as asked:
        await until(is_red, "inference not to be ready")
    reply = asked.result()
    run.check(reply is not None and not isinstance(reply, Predicted), f"answered by half a model: {reply}")


ROWS: Final = (
    Row(
        number=19,
        title="MLflow away, model store away, half an artefact on disk, and inference restarts",
        expected="serves the verified model that it kept; never half a model; without any, refused by name",
        kind="fixed",
        run=no_model_store,
        variants=3,
    ),
)
