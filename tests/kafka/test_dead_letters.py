"""`dex dlq` on a real broker: what is listed, shown, and published again."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from contracts import headers as names
from contracts.channels import AUDIT_EVENTS, TRAINING_REQUESTED, Channel
from services.cli import redriving
from services.cli.app import create_app
from services.cli.dlq import at_position, latest, letters_of, redrive_letters
from services.cli.dlq_texts import NONE_MATCH
from services.cli.letter_filter import LetterFilter, Position
from services.cli.redriving import Redriver
from shared.audit_log import AuditLog
from shared.bus import create_producer, decode
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, make_topics, ping_channel, read_all, settings_for
from tests.support.echo import Echo, echo_service, pings, send

pytestmark = pytest.mark.timeout(180)
EVERYTHING = LetterFilter()


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return settings_for(kafka_bootstrap)


@pytest.fixture
async def source(settings: Settings) -> Channel:
    """A channel with three dead letters: one not readable, two that broke the handler."""
    source, sink = ping_channel(), ping_channel()
    await make_topics(settings.kafka_bootstrap, source, sink)
    echo = Echo(sink)
    echo.broken_numbers = {1, 2}
    await send(settings, source, ("id-bad", b"{", {"mine": "kept", names.DEADLINE: "5"}), *pings(1, 2, 3))
    app, _ = echo_service(settings, source, echo)
    async with running(app):
        await eventually(lambda: 3 in echo.seen, "the good record")

        async def are_buried() -> bool:
            return (await latest(settings, [source], EVERYTHING, 10))[1] == 3

        await eventually(are_buried, "three dead letters")
    return source


async def redriven_events(settings: Settings, source: Channel) -> list[str]:
    events = [
        decode(AUDIT_EVENTS, record.value)
        for record in await read_all(settings.kafka_bootstrap, AUDIT_EVENTS.name)
    ]
    return [
        f"{event.action} {event.outcome} {event.subject.removeprefix(source.dead_letter_name)}"
        for event in events
        if event.subject.startswith(source.dead_letter_name)
    ]


async def test_letters_are_found_by_reason_error_and_time(settings: Settings, source: Channel) -> None:
    async def keys(**wanted: object) -> list[bytes | None]:
        found, _ = await latest(settings, [source], LetterFilter(**wanted), 10)  # type: ignore[arg-type]
        return [letter.record.key for letter in found]

    assert await keys(reason="poison") == [b"id-bad"]
    assert await keys(reason="failed") == [b"id-1", b"id-2"]
    assert await keys(error="NUMBER 2 breaks") == [b"id-2"]
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    assert len(await keys(since_ms=now_ms - 60_000)) == 3
    assert await keys(until_ms=now_ms - 60_000) == []
    found, total = await latest(settings, [source], EVERYTHING, 1)
    assert ([letter.record.key for letter in found], total) == ([b"id-2"], 3)


async def test_a_letter_that_is_not_there_is_none(settings: Settings, source: Channel) -> None:
    assert await at_position(settings, Position(source, 0, 99)) is None


async def test_a_channel_whose_twin_was_never_made_has_no_letters(settings: Settings) -> None:
    assert [letter async for letter in letters_of(settings, ping_channel())] == []


async def test_a_dry_run_does_nothing(settings: Settings, source: Channel) -> None:
    results = await redrive_letters(settings, ([source], EVERYTHING), dry_run=True)
    assert [result.state for result in results] == ["would be redriven"] * 3
    assert len(await read_all(settings.kafka_bootstrap, source.name)) == 4
    assert await redriven_events(settings, source) == []


async def test_what_was_mended_is_worked_on_again_and_once(settings: Settings, source: Channel) -> None:
    results = await redrive_letters(settings, ([source], LetterFilter(reason="failed")))
    assert [result.state for result in results] == ["redriven", "redriven"]
    *_, first, second = await read_all(settings.kafka_bootstrap, source.name)
    assert [(one.key, one.value) for one in (first, second)] == [
        (b"id-1", b'{"number":1}'),
        (b"id-2", b'{"number":2}'),
    ]
    assert dict(first.headers)[names.X_REDRIVEN_FROM].decode() == results[0].letter
    assert await redriven_events(settings, source) == [
        "dead_letter.redriven done :0:1",
        "dead_letter.redriven done :0:2",
    ]
    mended = Echo(ping_channel())
    await make_topics(settings.kafka_bootstrap, mended.to)
    app, _ = echo_service(settings, source, mended)
    async with running(app):
        await eventually(lambda: len(mended.seen) == 2, "the redriven records to be worked on")
    again = await redrive_letters(settings, ([source], LetterFilter(reason="failed")))
    assert [result.state for result in again] == ["already redriven"] * 2
    assert "--again" in again[0].document()["detail"]
    assert len(await read_all(settings.kafka_bootstrap, source.name)) == 6


async def test_again_is_possible_when_asked_for(settings: Settings, source: Channel) -> None:
    one = Position(source, 0, 0)
    for again in (False, True):
        (result,) = await redrive_letters(settings, one, again=again)
        assert result.state == "redriven"
    *_, last = await read_all(settings.kafka_bootstrap, source.name)
    found = dict(last.headers)
    assert (last.key, last.value, found["mine"]) == (b"id-bad", b"{", b"kept")
    assert names.DEADLINE not in found
    (told,) = await redrive_letters(settings, one)
    assert "2 times in all" in told.document()["detail"]


class SlowProducer:
    """Sends all; the second record is acknowledged late or never."""

    def __init__(self, real: AIOKafkaProducer, late_s: float | None) -> None:
        self.real = real
        self.late_s = late_s
        self.sent = 0
        self.has_second = asyncio.Event()

    async def send(self, *record: Any, **parts: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await self.real.send(*record, **parts)
        self.sent += 1
        if self.sent != 2:
            return future
        await future
        self.has_second.set()
        late = asyncio.get_running_loop().create_future()
        if self.late_s is not None:
            asyncio.get_running_loop().call_later(self.late_s, late.set_result, None)
        return late


@pytest.mark.parametrize(("late_s", "second"), [(0.5, "redriven"), (None, "failed")])
async def test_a_command_that_is_stopped_has_no_letter_sent_twice(
    settings: Settings,
    source: Channel,
    monkeypatch: pytest.MonkeyPatch,
    late_s: float | None,
    second: str,
) -> None:
    monkeypatch.setattr(redriving, "SENDING_SECONDS", 3.0)
    found, _ = await latest(settings, [source], EVERYTHING, 10)
    producer = create_producer(settings)
    await producer.start()
    try:
        slow: Any = SlowProducer(producer, late_s)
        redriver = Redriver(slow, AuditLog(settings, producer))
        command = asyncio.create_task(redriver(found))
        await slow.has_second.wait()
        command.cancel()
        with pytest.raises(asyncio.CancelledError):
            await command
    finally:
        await producer.stop()
    assert [one.state for one in redriver.told] == ["redriven", second, "failed"]
    results = await redrive_letters(settings, ([source], EVERYTHING))
    assert sorted(one.state for one in results) == ["already redriven", "already redriven", "redriven"]
    assert len(await read_all(settings.kafka_bootstrap, source.name)) == 7


async def test_of_two_commands_at_once_one_redrives(settings: Settings, source: Channel) -> None:
    outcomes = await asyncio.gather(*(redrive_letters(settings, ([source], EVERYTHING)) for _ in range(3)))
    for letter in range(3):
        states = [results[letter].state for results in outcomes]
        assert sorted(states) == ["already redriven", "already redriven", "redriven"]
    assert len(await read_all(settings.kafka_bootstrap, source.name)) == 7


def test_the_command_lists_shows_and_redrives(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(kafka_bootstrap)
    extra = {
        names.X_TOPIC: TRAINING_REQUESTED.name,
        names.X_PARTITION: "0",
        names.X_OFFSET: "9",
        names.X_REASON: "poison",
        names.X_ERROR: f"planted by {settings.instance_id}\x1b[2J",
    }
    twin = ping_channel(dead_letters=False)
    object.__setattr__(twin, "name", TRAINING_REQUESTED.dead_letter_name)
    asyncio.run(send(settings, twin, ("job", b"{no", extra)))
    monkeypatch.setenv("PDX_KAFKA_BOOTSTRAP", kafka_bootstrap)
    # a stack of this checkout is not the one that is meant
    monkeypatch.setattr("services.cli.app.use_running_stack", lambda: None)
    runner, app = CliRunner(), create_app()
    options = ["--error", settings.instance_id]
    touched = (TRAINING_REQUESTED.name, TRAINING_REQUESTED.dead_letter_name, AUDIT_EVENTS.name)
    listed = json.loads(
        runner.invoke(app, ["dlq", "list", TRAINING_REQUESTED.name, *options, "--json"]).stdout
    )
    assert listed["total"] == 1
    letter = listed["letters"][0]["letter"]
    assert letter in runner.invoke(app, ["dlq", "list", *options]).stdout
    shown = runner.invoke(app, ["dlq", "show", letter]).stdout
    assert "{no" in shown
    assert "\x1b" not in shown
    assert json.loads(runner.invoke(app, ["dlq", "show", letter, "--json"]).stdout)["body"] == "{no"
    assert runner.invoke(app, ["dlq", "show", letter.rpartition(":")[0] + ":999999"]).exit_code == 1
    dry = runner.invoke(app, ["dlq", "redrive", letter, "--dry-run", "--json"])
    assert (dry.exit_code, json.loads(dry.stdout)[0]["state"]) == (0, "would be redriven")
    assert runner.invoke(app, ["dlq", "redrive", letter]).exit_code == 0
    told = runner.invoke(app, ["dlq", "redrive", *options])
    assert told.exit_code == 1
    assert "already redriven" in told.stdout
    # One more, of which a dry run says what it would do, and what it would not.
    asyncio.run(send(settings, twin, ("job", b"{no", extra)))
    lengths = [len(asyncio.run(read_all(kafka_bootstrap, name))) for name in touched]
    dry = runner.invoke(app, ["dlq", "redrive", *options, "--reason", "poison", "--dry-run"])
    assert dry.exit_code == 0
    assert "1 already redriven, 1 would be redriven; nothing was changed." in dry.stdout
    assert [len(asyncio.run(read_all(kafka_bootstrap, name))) for name in touched] == lengths
    nothing = runner.invoke(app, ["dlq", "redrive", *options, "--reason", "conflict", "--dry-run"])
    assert (nothing.exit_code, nothing.stdout) == (0, f"{NONE_MATCH.en}\n")
    listed_none = runner.invoke(app, ["dlq", "list", *options, "--reason", "conflict"])
    assert listed_none.stdout == f"{NONE_MATCH.en}\n"
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    french = runner.invoke(app, ["dlq", "redrive", *options, "--dry-run"])
    assert "déjà renvoyée : 1, serait renvoyée : 1 ; rien n’a été changé." in french.stdout
    assert "abandonnée" in runner.invoke(app, ["dlq", "list", *options]).stdout
    assert "en-têtes" in runner.invoke(app, ["dlq", "show", letter]).stdout
    monkeypatch.delenv("LC_ALL")
    # What was said before comes true.
    assert "1 already redriven, 1 redriven." in runner.invoke(app, ["dlq", "redrive", *options]).stdout
    assert len(asyncio.run(read_all(kafka_bootstrap, TRAINING_REQUESTED.name))) == lengths[0] + 1
