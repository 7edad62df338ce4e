"""What a folder and a bucket promise alike to the archive, and how a bucket that is away is told."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from services.embedded.ports import free_port
from shared.archive.address import BucketAddress, parse_address
from shared.archive.bucket import Bucket
from shared.archive.record import ArchivedRecord
from shared.archive.rows import to_table
from shared.archive.store import ArchiveStore
from shared.errors import ArchiveAway, Misconfigured
from tests.support.archives import in_each_place, later, lay
from tests.support.predictions import a_prediction
from tests.support.s3_server import S3Server

FEATURES = np.array([1.5, -2.0, np.nan], dtype="<f4")
PART_BYTES = 11_000_000
"""More than goes into one request."""


def a_table(*offsets: int) -> object:
    return to_table(
        [
            ArchivedRecord(2, offset, 1_772_366_400_000, a_prediction("r", features=FEATURES.tobytes()))
            for offset in offsets
        ]
    )


@pytest.fixture
def store(archive_root: str) -> ArchiveStore:
    return ArchiveStore(archive_root, attempts=1)


@pytest.fixture
def nowhere(s3_server: S3Server) -> ArchiveStore:
    """A bucket on a port where nobody listens."""
    host = f"127.0.0.1:{free_port()}"
    return ArchiveStore(s3_server.archive(s3_server.make_bucket(), host=host), attempts=1)


@in_each_place
def test_what_was_written_is_read_and_pandas_opens_it(store: ArchiveStore) -> None:
    store.check()
    written = store.write("t/day/battle/x.parquet", a_table(7, 9))
    assert store.read("t/day/battle/x.parquet", written.sha256).num_rows == 2
    frame = pd.read_parquet(store.address.uri("t/day/battle/x.parquet"))
    assert list(frame["offset"]) == [7, 9]
    assert frame["timestamp"][0] == pd.Timestamp(datetime(2026, 3, 1, 12, tzinfo=UTC))
    np.testing.assert_array_equal(np.stack(frame["features"].to_list()), [FEATURES, FEATURES])


@in_each_place
def test_a_file_that_was_altered_or_is_gone_is_refused(store: ArchiveStore, archive_root: str) -> None:
    written = store.write("a/x.parquet", a_table(1))
    lay(archive_root, "a/x.parquet", b"altered")
    with pytest.raises(Misconfigured, match=r"a/x\.parquet was altered"):
        store.read("a/x.parquet", written.sha256)
    assert store.delete(["a/x.parquet"]) == 1
    with pytest.raises(Misconfigured, match=r"a/x\.parquet, which the manifest names, is gone"):
        store.read("a/x.parquet", written.sha256)


@in_each_place
def test_names_are_of_files_of_the_archive_and_as_old_as_is_asked(
    store: ArchiveStore, archive_root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.names() == []
    for name in ("t/one/a.parquet", "t/two/b.parquet"):
        store.write(name, a_table(1))
    lay(archive_root, "t/two/notes.txt", b"somebody's")
    assert store.names() == ["t/one/a.parquet", "t/two/b.parquet"]
    assert store.names(older_than_s=3_600) == []
    assert store.delete(["t/one/a.parquet", "t/one/a.parquet"]) == 1
    later(monkeypatch)
    assert store.names(older_than_s=3_600) == ["t/two/b.parquet"]
    assert store.partials(older_than_s=3_600) == []


def test_a_folder_tells_what_is_half_written_and_drops_empty_folders(tmp_path: Path) -> None:
    store = ArchiveStore(str(tmp_path))
    store.write("t/one/a.parquet", a_table(1))
    lay(str(tmp_path), "t/one/.partial-x", b"")
    assert store.partials() == ["t/one/.partial-x"]
    assert store.names() == ["t/one/.partial-x", "t/one/a.parquet"]
    assert store.delete(store.names()) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing_and_may_succeed_later(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder is to be")
    store = ArchiveStore(str(tmp_path))
    with pytest.raises(ArchiveAway, match=f"PDX_ARCHIVE={tmp_path}: .*blocked"):
        store.write("blocked/x.parquet", a_table(1))
    assert [path.name for path in tmp_path.rglob("*")] == ["blocked"]


def test_archives_in_one_bucket_do_not_see_each_other(s3_server: S3Server) -> None:
    bucket = s3_server.make_bucket()
    ours, longer = (
        ArchiveStore(s3_server.archive(bucket).replace("/pdx?", f"/{prefix}?")) for prefix in ("a", "ab")
    )
    longer.write("t/x.parquet", a_table(1))
    assert (ours.names(), longer.names()) == ([], ["t/x.parquet"])


def test_a_large_object_goes_in_parts_and_comes_back(s3_server: S3Server) -> None:
    address = parse_address(s3_server.archive(s3_server.make_bucket()))
    assert isinstance(address, BucketAddress)
    bucket, content = Bucket(address, attempts=1), np.random.default_rng(3).bytes(PART_BYTES)
    bucket.put("x.parquet", memoryview(content))
    assert bucket.get("x.parquet") == content


def test_a_bucket_that_nobody_answers_for_is_told_with_the_remedy(nowhere: ArchiveStore) -> None:
    for use in (
        nowhere.check,
        nowhere.names,
        lambda: nowhere.write("x.parquet", a_table(1)),
        lambda: nowhere.read("x.parquet", ""),
        lambda: nowhere.delete(["x.parquet"]),
    ):
        with pytest.raises(ArchiveAway, match=r"PDX_ARCHIVE=s3://archive-\w+/pdx: .* Is it up, .*endpoint"):
            use()


def test_a_bucket_that_is_not_there_is_told_with_the_remedy(s3_server: S3Server) -> None:
    store = ArchiveStore(s3_server.archive("never-made"))
    for use in (store.check, store.names, lambda: store.write("x.parquet", a_table(1))):
        with pytest.raises(ArchiveAway, match="Make the bucket, or name another one in PDX_ARCHIVE"):
            use()
    s3_server.make_bucket("never-made")
    assert store.names() == []


def test_keys_that_are_refused_are_told_with_the_remedy(s3_server: S3Server) -> None:
    store = ArchiveStore(s3_server.archive(s3_server.make_bucket()))
    with s3_server.refusing():
        for use in (store.check, lambda: store.write("x.parquet", a_table(1))):
            with pytest.raises(ArchiveAway, match="Keys come from AWS_ACCESS_KEY_ID") as caught:
                use()
            assert "made-up" not in str(caught.value)
    store.check()
