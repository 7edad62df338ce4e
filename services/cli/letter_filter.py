"""Which dead letters a command means: a position, or what a letter must be like. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from contracts.channels import Channel
from services.cli import dlq_texts as texts
from shared.delivery.dead_letters import Reason
from shared.delivery.letters import UNKNOWN, Letter
from shared.errors import Misconfigured

_AGE: Final = re.compile(r"(\d+)(s|m|h|d)")
REASONS: Final[tuple[str, ...]] = (*get_args(Reason), UNKNOWN)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """All that is set must hold. Times are epoch milliseconds; `error` is a part of the text."""

    reason: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    error: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every letter passes."""
        return self == LetterFilter()

    def __call__(self, letter: Letter) -> bool:
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.since_ms is None or letter.at_ms >= self.since_ms)
            and (self.until_ms is None or letter.at_ms < self.until_ms)
            and (self.error is None or self.error.casefold() in letter.error.casefold())
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Where one letter lies."""

    channel: Channel
    partition: int
    offset: int


def read_position(text: str, channels: Sequence[Channel]) -> Position:
    """The position that `topic:partition:offset` names. Raises Misconfigured."""
    topic, _, numbers = text.partition(":")
    partition, _, offset = numbers.partition(":")
    if not (partition.isascii() and partition.isdigit() and offset.isascii() and offset.isdigit()):
        raise Misconfigured(texts.NO_POSITION.of(text=text))
    return Position(channel_of(topic, channels, needs_letters=True), int(partition), int(offset))


def channel_of(name: str, channels: Sequence[Channel], *, needs_letters: bool = False) -> Channel:
    """The channel of that name, or of that dead-letter topic. Raises Misconfigured.

    `needs_letters`: only the name of a dead-letter topic will do.
    """
    known = {channel.dead_letter_name: channel for channel in channels if channel.dead_letters}
    found = known.get(name) or (None if needs_letters else known.get(f"{name}.dlq"))
    if found is None:
        raise Misconfigured(texts.NO_CHANNEL.of(name=name, known=", ".join(known)))
    return found


def read_filter(
    *, reason: str | None, since: str | None, until: str | None, error: str | None, now: datetime
) -> LetterFilter:
    """The filter that the options ask for. Raises Misconfigured for one that no letter could pass."""
    if reason is not None and reason not in REASONS:
        raise Misconfigured(texts.NO_REASON.of(reason=reason, known=", ".join(REASONS)))
    since_ms, until_ms = read_time("--since", since, now), read_time("--until", until, now)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise Misconfigured(texts.NEVER.of(since=since, until=until))
    return LetterFilter(reason=reason, since_ms=since_ms, until_ms=until_ms, error=error)


def read_time(option: str, text: str | None, now: datetime) -> int | None:
    """Epoch milliseconds of `2h` ago (s, m, h, d) or of an ISO time; UTC without an offset.

    Raises Misconfigured.
    """
    if text is None:
        return None
    age = _AGE.fullmatch(text)
    try:
        if age is not None:
            moment = now - timedelta(**{_UNITS[age[2]]: int(age[1])})
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Misconfigured(texts.NO_TIME.of(option=option, text=text)) from None
