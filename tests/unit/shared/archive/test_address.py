"""`PDX_ARCHIVE` names a folder or a bucket; what it gets wrong is told, and no key repeated."""

from pathlib import Path

import pytest
from pyarrow import fs

from services.recorder.app import create_app
from shared.archive.address import BucketAddress, FolderAddress, parse_address
from shared.errors import Misconfigured
from shared.settings import Settings


def test_what_is_no_address_is_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found = parse_address("data/archive")
    assert found == FolderAddress(Path("data/archive"))
    assert (str(found), found.uri("t/x.parquet")) == (
        "data/archive",
        str(tmp_path / "data/archive/t/x.parquet"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket", BucketAddress(bucket="bucket")),
        ("s3://bucket/a/b%20c/", BucketAddress(bucket="bucket", prefix="a/b c")),
        (
            "s3://bucket/p?region=eu-west-3&tls_ca_file_path=%2Fca.pem",
            BucketAddress(bucket="bucket", prefix="p", region="eu-west-3", ca_file="/ca.pem"),
        ),
        (
            "s3://bucket/p?endpoint_override=localhost:9000&scheme=http",
            BucketAddress(bucket="bucket", prefix="p", scheme="http", endpoint="localhost:9000"),
        ),
        (
            "s3://bucket/p?endpoint_override=http://localhost:9000",
            BucketAddress(bucket="bucket", prefix="p", scheme="http", endpoint="localhost:9000"),
        ),
    ],
)
def test_a_bucket_has_prefix_region_and_endpoint(text: str, expected: BucketAddress) -> None:
    assert parse_address(text) == expected
    assert parse_address(expected.uri("")) == expected


def test_other_programs_read_the_address_of_an_object() -> None:
    bucket = parse_address("s3://bucket/a/b%20c?region=x&endpoint_override=http://localhost:9000")
    assert isinstance(bucket, BucketAddress)
    found, path = fs.FileSystem.from_uri(bucket.uri("t/day/x.parquet"))
    assert (path, found.region) == ("bucket/a/b c/t/day/x.parquet", "x")
    assert str(bucket) == "s3://bucket/a/b c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gs://bucket/prefix", "PDX_ARCHIVE=gs://bucket/prefix: the archive is a folder"),
        ("s3://me:hidden@bucket/p", "PDX_ARCHIVE=s3://bucket/p: keys have no place"),
        ("s3://me:hidden/hidden@bucket/p", "PDX_ARCHIVE=s3://bucket/p: keys have no place"),
        ("s3://me:hidden/p", "PDX_ARCHIVE=s3://me:…: this is no name of a bucket"),
        ("s3://bucket/p?secret_key=hidden", "no parameter secret_key, only region, scheme"),
        ("s3://bucket:9000/p", "endpoint_override=host:port"),
        ("s3:///p", "this is no name of a bucket"),
        ("s3://bucket/a/../b", "dots alone"),
        ("s3://bucket/a//b", "an empty part"),
        ("s3://bucket/p#1", "%23"),
        ("s3://bucket?region=a&region=b&scheme=http", ": region: give each parameter once"),
        ("s3://bucket?region=", "region: give each parameter once, with a value"),
        ("s3://bucket?scheme=ftp", "scheme is http or https"),
        ("s3://bucket?scheme=https&endpoint_override=http://h:1", "the one of endpoint_override"),
        ("s3://bucket?endpoint_override=http://a:hidden@host/x", "without a path or keys"),
    ],
)
def test_what_is_wrong_is_told_and_no_key_repeated(text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=r"PDX_ARCHIVE=") as caught:
        parse_address(text)
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_recorder_with_an_archive_nowhere_does_not_start() -> None:
    with pytest.raises(Misconfigured, match="PDX_ARCHIVE=gs://bucket"):
        create_app(Settings(archive="gs://bucket"))
