"""The channel table as people read it in the README."""

from typing import Final

from contracts.channels import CHANNELS, DAY_MS, FOREVER, MINUTE_MS, Channel

_COLUMNS: Final = ("channel", "message", "key", "partitions", "kept", "from", "to", "says")


def channel_table(channels: tuple[Channel, ...] = CHANNELS) -> str:
    """A Markdown table, one row a channel in their order, ending in a newline.

    A dagger marks the channels that have a dead-letter twin.
    """
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS), *(_row(channel) for channel in channels)]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return table + "\n† has a dead-letter twin, `….dlq`, for what could not be worked on.\n"


def kept(channel: Channel) -> str:
    """How long records stay, in words."""
    if channel.cleanup == "compact":
        return "last per key"
    if channel.retention_ms == FOREVER:
        return "for ever"
    if channel.retention_ms % DAY_MS == 0:
        days = channel.retention_ms // DAY_MS
        return f"{days} day" if days == 1 else f"{days} days"
    return f"{channel.retention_ms // MINUTE_MS} min"


def _row(channel: Channel) -> tuple[str, ...]:
    return (
        f"`{channel.name}`{' †' if channel.dead_letters else ''}",
        ", ".join(f"`{kind.__name__}`" for kind in channel.messages),
        channel.key,
        str(channel.partitions),
        kept(channel),
        ", ".join(channel.producers),
        ", ".join(channel.consumers),
        channel.summary.replace("|", "\\|"),
    )
