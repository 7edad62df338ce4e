"""Row 18: a volume of 64 MB is full, under the broker, the database, or a service."""

import asyncio
import os
import pwd
import time
from typing import Final

from services.embedded.kafka import EmbeddedKafka
from tests.faults.connecting import connected
from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.support.small_volume import SmallVolume, missing_of_small_volume, small_volume


async def disk_full(run: Run) -> None:
    """Whatever stands on the volume says so or ends; with space again, all goes on."""
    with small_volume() as volume:
        await (_under_a_service, _under_the_database, _under_the_broker)[run.repetition % 3](run, volume)


async def _under_the_broker(run: Run, volume: SmallVolume) -> None:
    """A broker ends when its only log directory fails; it is started again as a supervisor does."""
    broker = EmbeddedKafka(volume.path)
    await asyncio.to_thread(broker.start)
    try:
        async with run.on(broker) as asker:
            end = asyncio.Event()
            async with in_background(asker.load_until(end, in_flight=8, timeout_s=3, pause_s=0.01)):
                await until(lambda: asker.answered > 20 + run.draw.randrange(40), "the load to run")
                volume.fill()
                await until(lambda: not broker.process.is_running, "the broker to end", 60)
                await until(lambda: asker.failed > 0, "a call to fail by name")
                volume.free()
                await asyncio.to_thread(broker.start)
                back, before = time.monotonic(), asker.answered
                await until(lambda: asker.answered > before + 20, "answers with space again")
                end.set()
            await run.heal(15, back)
    finally:
        await asyncio.to_thread(broker.kill)


async def _under_the_database(run: Run, volume: SmallVolume) -> None:
    """The prediction log is moved there; predictions go on while it takes nothing."""
    user = run.scene.postgres.account.user
    if user is not None:
        os.chown(volume.path, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    end = asyncio.Event()
    async with connected(run) as connection:
        await connection.execute(f"create tablespace small location '{volume.path}'")
        try:
            await connection.execute("alter table predictions set tablespace small")
            async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=15, pause_s=0.005)):
                await until(lambda: run.asker.answered > 20, "the load to run")
                recorder = run.scene.members["recorder"]
                recorder.mark_log()
                volume.fill()
                await until(lambda: "No space left" in recorder.log(), "the recorder to meet the full disk")
                before = run.asker.answered
                await until(lambda: run.asker.answered > before + 20, "answers meanwhile")
                volume.free()
                freed = time.monotonic()
                end.set()
            await run.heal(15, freed)
        finally:
            volume.free()
            await connection.execute("alter table predictions set tablespace pg_default")
            await connection.execute("drop tablespace small")


async def _under_a_service(run: Run, volume: SmallVolume) -> None:
    """Inference cannot keep its model on disk; it serves from memory and says so."""
    volume.fill()
    async with run.scene.another("inference", model_cache_dir=volume.path / "models") as inference:
        await run.asker.load(60)
        run.check("model not kept on disk" in inference.log(), "nobody said that the model was not kept")
    over = time.monotonic()
    await run.asker.load(20)
    await run.heal(run.scene.durations.session_s + 5, over)


ROWS: Final = (
    Row(
        number=18,
        title="a full volume of 64 MB under the broker, the prediction log, a service",
        expected="calls fail by name, nothing is damaged, all goes on when there is space",
        kind="fixed",
        run=disk_full,
        allowed=Allowed(timeouts=True),
        needs=missing_of_small_volume,
        variants=3,
    ),
)
