import os
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from services.ingest.sources.pokeapi.disk_cache import DiskCache
from services.ingest.sources.pokeapi.fetching import Fetcher, Limits, parse_retry_after

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("0", 0.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:59:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


async def test_what_is_put_is_got_until_it_is_too_old(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, "http://a/", longest_age_s=100)
    assert await cache.get("move/1/") is None
    await cache.put("move/1/", b"{}")
    assert await cache.get("move/1/") == b"{}"
    old = time.time() - 101
    os.utime(files(tmp_path)[0], (old, old))
    assert await cache.get("move/1/") is None


async def test_another_address_has_another_cache(tmp_path: Path) -> None:
    await DiskCache(tmp_path, "http://a/").put("move/1/", b"{}")
    assert await DiskCache(tmp_path, "http://b/").get("move/1/") is None


async def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, "http://a/")
    await cache.put("move/1/", b"{}")
    await cache.forget("move/1/")
    await cache.forget("move/1/")
    assert await cache.get("move/1/") is None


@pytest.mark.parametrize("kept", [b'{"name":"\xff"}', b'{"name":', b'{"name":1}'])
async def test_a_kept_answer_that_cannot_be_read_is_fetched_anew(tmp_path: Path, kept: bytes) -> None:
    class Named(msgspec.Struct):
        name: str

    whole = b'{"name":"pound"}'
    cache = DiskCache(tmp_path, "http://a/")
    await cache.put("move/1/", kept)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=whole))
    async with httpx.AsyncClient(transport=transport, base_url="http://a/") as client:
        assert await Fetcher(client, cache, Limits(attempts=1)).get("move/1/", Named) == Named("pound")
    assert await cache.get("move/1/") == whole


async def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = DiskCache(tmp_path, "http://a/")
    await cache.put("move/1/", b"whole")

    def refuse(self: Path, target: Path) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        await cache.put("move/1/", b"half")
    assert await cache.get("move/1/") == b"whole"
    assert [file.name for file in files(tmp_path)] == ["1.json"]
