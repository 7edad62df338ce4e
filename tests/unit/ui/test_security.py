import os
import time
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.settings import Settings
from ui.security import cookie_options, prepare_visitor_storage, read_storage_secret


@pytest.mark.parametrize("content", ["", "short", "x" * 31, "   " + "x" * 31 + "\n"])
def test_a_short_storage_secret_is_refused_with_its_remedy(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content)
    with pytest.raises(Misconfigured, match=r"PDX_STORAGE_SECRET_FILE=.*too few.*token_urlsafe"):
        read_storage_secret(path)


def test_a_missing_or_unreadable_storage_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no such file"):
        read_storage_secret(tmp_path / "nothing")
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_storage_secret(tmp_path)
    (tmp_path / "bytes").write_bytes(b"\xff" * 64)
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_storage_secret(tmp_path / "bytes")


def test_a_long_enough_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x" * 32 + "\n")
    assert read_storage_secret(path) == "x" * 32


def test_the_cookie_is_secure_where_the_site_is_served_over_tls() -> None:
    assert cookie_options(Settings(ui_url="https://dex.example"))["https_only"] is True
    assert cookie_options(Settings(ui_url="http://127.0.0.1:8080"))["https_only"] is False


def test_storage_that_no_cookie_can_point_at_is_dropped(tmp_path: Path) -> None:
    old, young = tmp_path / "storage-user-old.json", tmp_path / "storage-user-young.json"
    for file in (old, young):
        file.write_text("{}")
    long_ago = time.time() - 40 * 86_400
    os.utime(old, (long_ago, long_ago))
    prepare_visitor_storage(tmp_path)
    assert not old.exists()
    assert young.exists()
