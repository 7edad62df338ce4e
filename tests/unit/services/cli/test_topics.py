"""Topics themselves are shown on a broker (`tests/kafka`); here what is said when they are slow."""

from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import topics
from services.cli.app import create_app
from shared.settings import Settings
from shared.topics import TopicReport


def test_topics_that_are_not_read_whole_are_told_after_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    async def reports(_: str) -> list[TopicReport]:
        return [TopicReport("battle.requested.v1", "ok", "")]

    async def too_slow(_: Settings) -> Any:
        raise TimeoutError

    monkeypatch.setattr(topics, "create_topics", reports)
    monkeypatch.setattr(topics, "find_skipped", too_slow)
    monkeypatch.setenv("PDX_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    outcome = CliRunner().invoke(create_app("topics"), ["topics"])
    assert "battle.requested.v1" in outcome.stdout
    assert "not read whole within 20 s" in str(outcome.exception)
