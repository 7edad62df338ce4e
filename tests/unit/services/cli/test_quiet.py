"""What a person who typed a command reads."""

import logging
from collections.abc import Iterator

import pytest

from contracts.channels import MODEL_ASSIGNED
from services.cli.quiet import SAID_OTHERWISE, quiet_logs
from shared.compacted import CompactedReader
from shared.settings import Settings


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    root = logging.getLogger()
    before, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(before)
    root.handlers[:] = handlers
    for name in SAID_OTHERWISE:
        logging.getLogger(name).setLevel(logging.NOTSET)


def a_reader() -> CompactedReader:
    return CompactedReader(Settings(), [MODEL_ASSIGNED], lambda *_: None, lambda: None)


def test_a_stray_record_prints_no_line_of_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    quiet_logs()
    a_reader()._take(MODEL_ASSIGNED.name, b"stray", b"no message", 7)
    logging.getLogger("services").error("what is ours is said")
    said = capsys.readouterr().err
    assert "what is ours is said" in said
    assert "record skipped" not in said


def test_a_stray_record_is_known_until_its_key_is_removed() -> None:
    reader = a_reader()
    reader._take(MODEL_ASSIGNED.name, b"stray", b"no message", 7)
    assert reader.skipped[MODEL_ASSIGNED.name, b"stray"].offset == 7
    reader._take(MODEL_ASSIGNED.name, b"stray", None, 8)
    assert reader.skipped == {}
