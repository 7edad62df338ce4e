"""Records of `predictions.made` as rows of a Parquet file, and back."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from contracts.serving import PredictionMade
from shared.archive.record import ArchivedRecord

SCHEMA: Final = pa.schema(
    [
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("timestamp", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("request_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("feature_set", pa.string(), nullable=False),
        pa.field("pokedex_hash", pa.string(), nullable=False),
        pa.field("body_hash", pa.string(), nullable=False),
        pa.field("late", pa.bool_(), nullable=False),
        pa.field("requester", pa.string(), nullable=False),
        pa.field("request", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("features", pa.list_(pa.float32()), nullable=False),
    ]
)
"""`timestamp` is broker time; `request` and `answer` are JSON; `features` the decisive row, float32."""


def to_table(records: Sequence[ArchivedRecord]) -> pa.Table:
    """One row a record, in their order, of `SCHEMA`."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for record in records:
        made = record.made
        columns["partition"].append(record.partition)
        columns["offset"].append(record.offset)
        columns["timestamp"].append(record.timestamp_ms)
        columns["request"].append(bytes(made.request).decode())
        columns["answer"].append(bytes(made.answer).decode())
        columns["features"].append(np.frombuffer(made.features, dtype="<f4"))
        for name in _TEXTS:
            columns[name].append(getattr(made, name))
    return pa.table(columns, schema=SCHEMA)


_TEXTS: Final = (
    "request_id",
    "family",
    "model_version",
    "feature_set",
    "pokedex_hash",
    "body_hash",
    "late",
    "requester",
)


def from_table(table: pa.Table) -> Iterator[ArchivedRecord]:
    """What `to_table` was given: equal messages, to the bit."""
    timestamps = table["timestamp"].cast(pa.int64()).to_pylist()
    features = [value.values.to_numpy().tobytes() for value in table["features"]]
    rest = table.drop_columns(["timestamp", "features"]).to_pylist()
    for row, timestamp_ms, block in zip(rest, timestamps, features, strict=True):
        made = PredictionMade(
            request=msgspec.Raw(row["request"].encode()),
            answer=msgspec.Raw(row["answer"].encode()),
            features=block,
            **{name: row[name] for name in _TEXTS},
        )
        yield ArchivedRecord(row["partition"], row["offset"], timestamp_ms, made)
