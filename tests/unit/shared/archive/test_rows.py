"""Rows of the archive: what comes back is what lay on the topic, and pandas opens it."""

from datetime import UTC, datetime
from pathlib import Path

import hypothesis.strategies as st
import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from shared.archive.record import ArchivedRecord
from shared.archive.rows import from_table, to_table
from shared.archive.store import ArchiveStore
from shared.errors import Misconfigured, TransientFailure
from tests.support.predictions import a_prediction

TEXT = st.text(max_size=20)
JSON = st.dictionaries(TEXT, TEXT, max_size=3).map(lambda value: msgspec.Raw(msgspec.json.encode(value)))
RECORDS = st.builds(
    ArchivedRecord,
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 4_102_444_800_000),
    st.builds(
        a_prediction,
        TEXT,
        family=TEXT,
        request=JSON,
        answer=JSON,
        body_hash=TEXT,
        model_version=TEXT,
        late=st.booleans(),
        requester=TEXT,
        features=st.lists(st.binary(min_size=4, max_size=4), max_size=5).map(b"".join),
    ),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(RECORDS, max_size=4))
def test_records_come_back_as_they_were_to_the_bit(records: list[ArchivedRecord]) -> None:
    assert list(from_table(to_table(records))) == records


def test_pandas_opens_a_file_with_its_features(tmp_path: Path) -> None:
    features = np.array([1.5, -2.0, np.nan], dtype="<f4")
    records = [
        ArchivedRecord(2, offset, 1_772_366_400_000, a_prediction(f"r{offset}", features=features.tobytes()))
        for offset in (7, 9)
    ]
    store = ArchiveStore(str(tmp_path))
    store.write("t/day/battle/x.parquet", to_table(records))

    frame = pd.read_parquet(store.path("t/day/battle/x.parquet"))

    assert list(frame["offset"]) == [7, 9]
    assert frame["timestamp"][0] == pd.Timestamp(datetime(2026, 3, 1, 12, tzinfo=UTC))
    np.testing.assert_array_equal(np.stack(frame["features"].to_list()), [features, features])
    assert len(pd.read_parquet(tmp_path)) == 2  # the whole archive at once, too


def test_a_file_that_was_altered_or_is_gone_is_refused(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    written = store.write("a/x.parquet", to_table([ArchivedRecord(0, 1, 1, a_prediction("r"))]))
    assert store.read("a/x.parquet", written.sha256).num_rows == 1
    content = bytearray(store.path("a/x.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    store.path("a/x.parquet").write_bytes(content)
    with pytest.raises(Misconfigured, match="altered"):
        store.read("a/x.parquet", written.sha256)
    store.path("a/x.parquet").unlink()
    with pytest.raises(Misconfigured, match="cannot be read"):
        store.read("a/x.parquet", written.sha256)


def test_a_write_that_fails_leaves_nothing_and_may_succeed_later(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder is to be")
    store = ArchiveStore(str(tmp_path))
    with pytest.raises(TransientFailure, match="blocked"):
        store.write("blocked/x.parquet", to_table([]))
    assert [path.name for path in tmp_path.rglob("*")] == ["blocked"]


def test_deleting_takes_the_empty_folders_along(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    for name in ("t/one/a.parquet", "t/two/b.parquet"):
        store.write(name, to_table([]))
    assert store.delete(["t/one/a.parquet", "t/one/a.parquet"]) == 1
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["two"]
    assert list(store.names()) == ["t/two/b.parquet"]
    assert list(store.names(older_than_s=3_600)) == []


def test_an_archive_elsewhere_than_on_this_machine_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="PDX_ARCHIVE=s3://bucket"):
        ArchiveStore("s3://bucket")
