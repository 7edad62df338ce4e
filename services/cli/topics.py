"""`dex topics`: create what is missing, verify the rest, explain what differs."""

import asyncio
from typing import Final

import typer
from aiokafka.errors import KafkaError

from contracts.channels import CHANNELS
from services.cli import texts
from services.cli.console import output, plain_table
from services.cli.quiet import quiet_logs
from services.cli.reaching import DataOption, NotRunning, use_data, use_running_stack
from services.cli.speaking import say
from shared.compacted import CompactedReader, Skipped
from shared.settings import Settings
from shared.topics import TopicReport, create_topics

READ_WHOLE: Final = tuple(channel for channel in CHANNELS if channel.cleanup == "compact")
READ_SECONDS: Final = 20.0
COLOURS: Final = {"created": "green", "ok": "green", "missing": "red", "mismatch": "red"}


def command(data: DataOption = None) -> None:
    """Create the topics of the channel table and compare the rest with it; exit code 1 on a mismatch.

    Records of compacted topics that cannot be read are told: every reader skips them.
    """
    quiet_logs()
    use_data(data)
    use_running_stack()
    settings = Settings()
    bootstrap = settings.kafka_bootstrap
    try:
        reports = asyncio.run(create_topics(bootstrap))
        _print(reports)
        skipped = asyncio.run(find_skipped(settings))
    except TimeoutError as error:
        raise NotRunning(
            f"The compacted topics were not read whole within {READ_SECONDS:g} s: see `./dex status`."
        ) from error
    except (KafkaError, OSError) as error:
        raise NotRunning(f"Kafka at {bootstrap} does not answer ({error}): see `./dex status`.") from error
    for (topic, key), one in skipped.items():
        name = key.decode("utf-8", "replace")
        told = texts.RECORD_SKIPPED.of(topic=topic, key=name, offset=one.offset, reason=one.error)
        output().print(say(told), markup=False)
    if any(report.state in ("missing", "mismatch") for report in reports):
        raise typer.Exit(1)


async def find_skipped(settings: Settings) -> dict[tuple[str, bytes], Skipped]:
    """What cannot be read of the compacted topics, by topic and key. Raises KafkaError, TimeoutError."""
    reader = CompactedReader(settings, READ_WHOLE, lambda *_: None, lambda: None)
    try:
        await reader.start()
        async with asyncio.timeout(READ_SECONDS):
            await reader.caught_up.wait()
    finally:
        await reader.stop()
    return reader.skipped


def _print(reports: list[TopicReport]) -> None:
    table = plain_table("topic", "state", "what to do")
    for report in reports:
        table.add_row(
            report.name, f"[{COLOURS[report.state]}]{report.state}[/]", report.detail.replace("[", "\\[")
        )
    output().print(table)
