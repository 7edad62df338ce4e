"""`dex topics`: create what is missing, verify the rest, explain what differs."""

import asyncio
from typing import Final

import typer
from aiokafka.errors import KafkaError

from services.cli.console import output, plain_table
from services.cli.reaching import DataOption, NotRunning, use_data, use_running_stack
from shared.settings import Settings
from shared.topics import TopicReport, create_topics

COLOURS: Final = {"created": "green", "ok": "green", "missing": "red", "mismatch": "red"}


def command(data: DataOption = None) -> None:
    """Create the topics of the channel table and compare the rest with it; exit code 1 on a mismatch."""
    use_data(data)
    use_running_stack()
    bootstrap = Settings().kafka_bootstrap
    try:
        reports = asyncio.run(create_topics(bootstrap))
    except (KafkaError, OSError) as error:
        raise NotRunning(f"Kafka at {bootstrap} does not answer ({error}): see `./dex status`.") from error
    _print(reports)
    if any(report.state in ("missing", "mismatch") for report in reports):
        raise typer.Exit(1)


def _print(reports: list[TopicReport]) -> None:
    table = plain_table("topic", "state", "what to do")
    for report in reports:
        table.add_row(
            report.name, f"[{COLOURS[report.state]}]{report.state}[/]", report.detail.replace("[", "\\[")
        )
    output().print(table)
