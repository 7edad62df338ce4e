"""The log of runs in PostgreSQL: what was asked, how it ended, how long each step took."""

from sqlalchemy import func, insert, update

from contracts.pokedex import PokedexRefreshCompleted
from services.ingest.completion import Order
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import IngestRun, IngestStepRun


class RunLog:
    """Writes to a database that is open while the service runs."""

    def __init__(self, database: Database) -> None:
        """Nothing is written before `begin`."""
        self._database = database

    async def begin(self, order: Order) -> None:
        """Note that a run begins; one that was running before was interrupted. Raises TransientFailure."""
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(
                    update(IngestRun)
                    .where(IngestRun.outcome == "running")
                    .values(outcome="interrupted", finished_at=func.now())
                )
                await connection.execute(
                    insert(IngestRun).values(
                        run_id=order.run_id,
                        refresh_id=order.refresh_id,
                        source=order.source,
                        forced=order.force,
                        outcome="running",
                        problems=[],
                        disagreements=0,
                    )
                )

    async def end(self, completed: PokedexRefreshCompleted) -> None:
        """Note how the run ended. Raises TransientFailure."""
        counts = completed.counts
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(
                    update(IngestRun)
                    .where(IngestRun.run_id == completed.run_id)
                    .values(
                        outcome=completed.outcome,
                        failed_step=completed.failed_step,
                        problems=list(completed.problems),
                        disagreements=completed.disagreement_count,
                        pokedex_hash=completed.pokedex_hash,
                        pokemon=counts.pokemon if counts is not None else None,
                        moves=counts.moves if counts is not None else None,
                        types=counts.types if counts is not None else None,
                        published=completed.published,
                        removed=completed.removed,
                        finished_at=func.now(),
                    )
                )
                await connection.execute(
                    insert(IngestStepRun),
                    [
                        {"run_id": completed.run_id, "step": one.step, "seconds": one.seconds}
                        for one in completed.steps
                    ],
                )
