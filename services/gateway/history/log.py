"""The prediction log, read. The recorder writes it a moment after the reply went out."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

import msgspec
from sqlalchemy import ARRAY, Label, Row, Text, cast, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import array

from contracts.serving import Predicted
from services.gateway.database import LogDatabase
from services.gateway.history.stored import LENGTHY, Filters, Kept, Position, StoredPrediction, is_request_id
from shared.database.tables import Outcome, Prediction

PATIENCE_SECONDS: Final = 1.0
"""So long a request id is looked for: who just got the reply may ask before the row is written."""
PAUSE_SECONDS: Final = 0.1


class PredictionLog:
    """Reads from the gateway's database. Each method raises TransientFailure while that is away."""

    def __init__(self, database: LogDatabase) -> None:
        """`database` is opened by its owner."""
        self._database = database

    async def find(
        self, request_id: str, key_ids: Collection[str], *, of_anyone: bool = False
    ) -> StoredPrediction | None:
        """The prediction of this id, if it was asked with one of `key_ids` or is `of_anyone`.

        Waits up to a second for a row that is not there yet.
        """
        if not is_request_id(request_id):
            return None
        statement = select(*_COLUMNS, Prediction.answer, _outcome(key_ids)).where(
            Prediction.request_id == request_id
        )
        if not of_anyone:
            statement = statement.where(Prediction.requester.in_(key_ids))
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            async with self._database.transaction() as connection:
                row = (await connection.execute(statement)).one_or_none()
            if row is not None:
                return _stored(row)
            if asyncio.get_running_loop().time() >= deadline:
                return None
            await asyncio.sleep(PAUSE_SECONDS)

    async def kept(self, request_ids: Collection[str]) -> dict[str, Kept]:
        """What is there now under these ids, whoever asked."""
        statement = select(*_COLUMNS, Prediction.body_hash, Prediction.answer).where(
            Prediction.request_id.in_([one for one in request_ids if is_request_id(one)])
        )
        async with self._database.transaction() as connection:
            return {row.request_id: _kept(row) for row in await connection.execute(statement)}

    async def page(
        self, key_ids: Collection[str], filters: Filters, limit: int, after: Position | None = None
    ) -> list[StoredPrediction]:
        """The newest `limit` predictions of these keys that pass, answers without their lengthy members."""
        conditions = _conditions(filters)
        if after is not None:
            place = tuple_(Prediction.made_at, Prediction.request_id)
            conditions.append(place < tuple_(after.made_at, after.request_id))
        newest = (Prediction.made_at.desc(), Prediction.request_id.desc())
        # The newest of each key first: the index has a key's rows in order, but not those of several.
        unnested = func.unnest(cast(list(key_ids), ARRAY(Text)))
        keys = unnested.table_valued("key_id").render_derived(name="keys")
        of_key = (
            select(Prediction.request_id)
            .where(Prediction.requester == keys.c.key_id, *conditions)
            .order_by(*newest)
            .limit(limit)
            .lateral("of_key")
        )
        candidates = select(of_key.c.request_id).select_from(keys).join(of_key, true())
        answer = Prediction.answer.op("-")(array(LENGTHY)).label("answer")
        statement = (
            select(*_COLUMNS, answer, _outcome(key_ids))
            .where(Prediction.request_id.in_(candidates))
            .order_by(*newest)
            .limit(limit)
        )
        async with self._database.transaction() as connection:
            return [_stored(row) for row in await connection.execute(statement)]


_COLUMNS: Final = (
    Prediction.request_id,
    Prediction.requester,
    Prediction.family,
    Prediction.made_at,
    Prediction.late,
    Prediction.model_version,
    Prediction.feature_set,
    Prediction.pokedex_hash,
    Prediction.request,
)


def _outcome(key_ids: Collection[str]) -> Label[str]:
    """What was reported first with any of the keys."""
    own = (Outcome.request_id == Prediction.request_id, Outcome.reporter.in_(key_ids))
    first = select(Outcome.outcome).where(*own).order_by(Outcome.reported_at, Outcome.reporter).limit(1)
    return first.scalar_subquery().correlate(Prediction).label("outcome")


def _conditions(filters: Filters) -> list[Any]:
    said = func.jsonb_extract_path_text
    wanted = {
        Prediction.family: filters.family,
        Prediction.model_version: filters.model_version,
        said(Prediction.answer, "winner"): filters.winner,
    }
    conditions: list[Any] = [column == value for column, value in wanted.items() if value is not None]
    if filters.pokemon is not None:
        sides = (said(Prediction.answer, f"pokemon_{side}") for side in "ab")
        conditions.append(or_(*(side == filters.pokemon for side in sides)))
    if filters.since is not None:
        conditions.append(Prediction.made_at >= filters.since)
    if filters.until is not None:
        conditions.append(Prediction.made_at < filters.until)
    return conditions


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        row.requester,
        row.body_hash,
        Predicted(
            request_id=row.request_id,
            family=row.family,
            model_version=row.model_version,
            feature_set=row.feature_set,
            pokedex_hash=row.pokedex_hash,
            answer=msgspec.Raw(msgspec.json.encode(row.answer)),
        ),
    )


def _stored(row: Row[Any]) -> StoredPrediction:
    return StoredPrediction(**row._mapping)
