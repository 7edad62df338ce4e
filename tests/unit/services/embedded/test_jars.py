import json
import time
from pathlib import Path

import pytest

from services.embedded import jars
from shared.errors import Misconfigured


def test_every_jar_has_a_pinned_hash() -> None:
    pinned = jars.pinned_hashes()
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in pinned
    assert all(len(digest) == 64 for digest in pinned.values())


def test_the_kept_list_is_used_while_every_jar_is_whole(tmp_path: Path) -> None:
    home = tmp_path / f"kafka-{jars.KAFKA_VERSION}"
    home.mkdir()
    jar = home / "a.jar"
    jar.write_bytes(b"1234")
    (home / jars.LIST_NAME).write_text(json.dumps({str(jar): 4}))
    assert jars.kafka_jars(tmp_path) == (jar,)


def test_a_jar_cut_short_is_resolved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / f"kafka-{jars.KAFKA_VERSION}"
    home.mkdir()
    (home / "a.jar").write_bytes(b"12")
    (home / jars.LIST_NAME).write_text(json.dumps({str(home / "a.jar"): 4}))
    monkeypatch.setattr(jars, "_build", lambda _: (home / "a.jar",))
    with pytest.raises(Misconfigured, match="not those that were reviewed"):
        jars.kafka_jars(tmp_path)


def test_no_network_is_said_with_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = []

    def unreachable(home: Path) -> tuple[Path, ...]:
        attempts.append(home)
        raise ConnectionError("no route to host")

    monkeypatch.setattr(jars, "_build", unreachable)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(Misconfigured, match=r"45 MB.*PDX_KAFKA_BOOTSTRAP"):
        jars.kafka_jars(tmp_path)
    assert len(attempts) == jars.ATTEMPTS
