"""`dex dlq`: look at dead letters, and publish them again once their cause is mended."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import typer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from contracts.channels import AUDIT_EVENTS, CHANNELS, Channel
from services.cli import dlq_texts, texts
from services.cli.answers import print_json
from services.cli.asking import await_broker
from services.cli.console import output, plain_table, say_error
from services.cli.letter_filter import REASONS, LetterFilter, Position, channel_of, read_filter, read_position
from services.cli.letter_text import as_json, as_row, as_text
from services.cli.reaching import NotRunning
from services.cli.redriving import Redriven, Redriver
from services.cli.speaking import say, spoken
from shared.audit_log import AuditLog
from shared.bus import create_producer
from shared.delivery.letters import Letter, read_letter
from shared.errors import Misconfigured
from shared.scanning import scan
from shared.settings import Settings

SHOWN: Final = 50
MOST_SHOWN: Final = 1_000
AT_ONCE: Final = 100
"""So many letters are held in memory; each may be a megabyte."""
NO: Final = 1
Result = TypeVar("Result")

ReasonOption = Annotated[str | None, typer.Option(help=f"One of {', '.join(REASONS)}.")]
SinceOption = Annotated[str | None, typer.Option(help="Not before: an age (2h, 7d) or a time (ISO, UTC).")]
UntilOption = Annotated[str | None, typer.Option(help="Before: an age or a time.")]
ErrorOption = Annotated[str | None, typer.Option(help="A part of the error's text.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Dead letters: what could not be worked on.", no_args_is_help=True)
    app.add_typer(group, name="dlq")
    group.command("list")(list_letters)
    group.command()(show)
    group.command()(redrive)


def list_letters(
    channel: Annotated[str | None, typer.Argument(help="One channel; without it, all.")] = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    error: ErrorOption = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many of the latest.")] = SHOWN,
    json: JsonOption = False,
) -> None:
    """The dead letters that are kept, the latest last."""
    chosen = _channels(channel)
    wanted = _filter(reason, since, until, error)
    found, total = _run(latest(Settings(), chosen, wanted, limit))
    if json:
        print_json({"total": total, "letters": [as_json(letter, with_body=False) for letter in found]})
        return
    if not found:
        output().print(say(dlq_texts.NONE_KEPT if wanted.is_empty else dlq_texts.NONE_MATCH))
        return
    table = plain_table(*map(say, dlq_texts.HEADS))
    for letter in found:
        table.add_row(*as_row(letter))
    output().print(table)
    if total > len(found):
        more = dlq_texts.NOT_SHOWN.of(count=total - len(found), limit=min(total, MOST_SHOWN))
        output().print(say(more))


def show(
    letter: Annotated[str, typer.Argument(help="TOPIC:PARTITION:OFFSET, as `dex dlq list` shows it.")],
    json: JsonOption = False,
) -> None:
    """One dead letter whole: why, whence, headers and body. Exit code 1: it is not kept any more."""
    position = read_position(letter, CHANNELS)
    found = _run(at_position(Settings(), position))
    if found is None:
        say_error(say(dlq_texts.NOT_KEPT.of(letter=letter)))
        raise typer.Exit(NO)
    if json:
        print_json(as_json(found, with_body=True))
    else:
        output().print(as_text(found, spoken()), markup=False)


def redrive(
    letter: Annotated[str | None, typer.Argument(help="One letter, TOPIC:PARTITION:OFFSET.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="Those of one channel, named as `dex dlq list` takes it.")
    ] = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    error: ErrorOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters there are.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what was redriven before.")] = False,
    json: JsonOption = False,
) -> None:
    """Publish dead letters to their channels again, each once; each is an event on `audit.events.v1`.

    Exit code 1: some were not redriven, for the reasons that are printed. With --dry-run it is 0.
    """
    wanted = _filter(reason, since, until, error)
    is_selected = channel is not None or not wanted.is_empty
    if sum((letter is not None, is_selected, everything)) != 1:
        raise Misconfigured(dlq_texts.SAY_WHICH)
    position = None if letter is None else read_position(letter, CHANNELS)
    results: list[Redriven] = []

    def tell(some: Sequence[Redriven]) -> None:
        results.extend(some)
        if not json:
            _print_results(some)

    selection = position or (_channels(channel), wanted)
    try:
        _run(redrive_letters(Settings(), selection, again=again, dry_run=dry_run, tell=tell))
    except BaseException:
        # whatever ended the command: what was sent is sent
        if json and results:
            print_json([result.document() for result in results])
        raise
    if json:
        print_json([result.document() for result in results])
    if letter is not None and not results:
        say_error(say(dlq_texts.NOT_KEPT.of(letter=letter)))
        raise typer.Exit(NO)
    if not json:
        none = dlq_texts.NONE_KEPT if everything else dlq_texts.NONE_MATCH
        output().print(_summary(results, dry_run=dry_run) if results else say(none))
    if not dry_run and any(result.state != "redriven" for result in results):
        raise typer.Exit(NO)


Selection = Position | tuple[Sequence[Channel], LetterFilter]


async def redrive_letters(
    settings: Settings,
    selection: Selection,
    *,
    again: bool = False,
    dry_run: bool = False,
    tell: Callable[[Sequence[Redriven]], None] = lambda _: None,
) -> list[Redriven]:
    """What became of each letter of the selection, as they lie at the call. Raises KafkaError.

    `tell` is given the same, some at a time, also of those at which it is ended.
    """
    producer = create_producer(settings)
    await producer.start()
    try:
        redriver = Redriver(producer, AuditLog(settings, producer), again=again, dry_run=dry_run)
        held: list[Letter] = []
        async with aclosing(_selected(settings, selection)) as selected:
            async for letter in selected:
                held.append(letter)
                if len(held) == AT_ONCE:
                    await _redrive_some(redriver, held, tell)
                    held = []
        if held:
            await _redrive_some(redriver, held, tell)
        return redriver.told
    finally:
        await producer.stop()


async def _redrive_some(
    redriver: Redriver, letters: Sequence[Letter], tell: Callable[[Sequence[Redriven]], None]
) -> None:
    before = len(redriver.told)
    try:
        await redriver(letters)
    finally:
        tell(redriver.told[before:])


async def latest(
    settings: Settings, channels: Sequence[Channel], wanted: LetterFilter, limit: int
) -> tuple[list[Letter], int]:
    """The last letters that are wanted, by time, and how many there are in all. Raises KafkaError."""
    total = 0
    found: list[Letter] = []
    for channel in channels:
        kept: deque[Letter] = deque(maxlen=limit)
        async for letter in letters_of(settings, channel):
            if wanted(letter):
                total += 1
                kept.append(letter)
        found += kept
    found.sort(key=lambda letter: letter.at_ms)
    return found[-limit:], total


async def at_position(settings: Settings, position: Position) -> Letter | None:
    """The letter there; None when it is not kept. Raises KafkaError."""
    topic = position.channel.dead_letter_name
    async with aclosing(scan(settings, topic, {position.partition: position.offset})) as records:
        async for record in records:
            if (record.partition, record.offset) == (position.partition, position.offset):
                return read_letter(position.channel, record)
    return None


async def letters_of(settings: Settings, channel: Channel) -> AsyncIterator[Letter]:
    """The letters of one channel as they lie; none when its topic was never made. Raises KafkaError."""
    try:
        async for record in scan(settings, channel.dead_letter_name):
            yield read_letter(channel, record)
    except UnknownTopicOrPartitionError:
        return


async def _selected(settings: Settings, selection: Selection) -> AsyncGenerator[Letter, None]:
    if isinstance(selection, Position):
        found = await at_position(settings, selection)
        if found is not None:
            yield found
        return
    channels, wanted = selection
    for channel in channels:
        async for letter in letters_of(settings, channel):
            if wanted(letter):
                yield letter


def _channels(name: str | None) -> Sequence[Channel]:
    if name is not None:
        return [channel_of(name, CHANNELS)]
    return [channel for channel in CHANNELS if channel.dead_letters]


def _filter(reason: str | None, since: str | None, until: str | None, error: str | None) -> LetterFilter:
    return read_filter(reason=reason, since=since, until=until, error=error, now=datetime.now(UTC))


def _print_results(results: Sequence[Redriven]) -> None:
    if not results:
        return
    table = plain_table(*map(say, dlq_texts.REDRIVEN_HEADS))
    for result in results:
        state, detail = say(dlq_texts.STATES[result.state]), say(result.detail)
        table.add_row(result.letter, state, result.to, detail.replace("[", "\\["))
    output().print(table)


def _summary(results: Sequence[Redriven], *, dry_run: bool) -> str:
    """How many came to what."""
    counts = Counter(result.state for result in results)
    told = ", ".join(
        say(dlq_texts.COUNTED.of(count=count, state=dlq_texts.STATES[state]))
        for state, count in counts.items()
    )
    return say((dlq_texts.NOTHING_CHANGED if dry_run else dlq_texts.CHANGED).of(told=told))


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    async def on_a_broker() -> Result:
        settings = Settings()
        try:
            await await_broker(settings)
        except BaseException:
            work.close()
            raise
        try:
            return await work
        except UnknownTopicOrPartitionError as error:
            raise NotRunning(say(dlq_texts.NO_TOPIC.of(topic=AUDIT_EVENTS.name))) from error
        except KafkaError as error:
            failed = dlq_texts.BROKER_FAILED.of(
                address=settings.kafka_bootstrap, error=repr(error), remedy=texts.START_REMEDY
            )
            raise NotRunning(say(failed)) from error

    return asyncio.run(on_a_broker())
