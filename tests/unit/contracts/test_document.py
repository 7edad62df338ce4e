from dataclasses import replace

import pytest

from contracts.channels import (
    BATTLE_REQUESTED,
    CHANNELS,
    DAY_MS,
    FOREVER,
    MINUTE_MS,
    POKEDEX_POKEMON,
    REQUEST_ANSWERED,
)
from contracts.document import channel_table, kept


def test_the_table_has_one_row_a_channel_in_their_order() -> None:
    rows = [line for line in channel_table().splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == [channel.name for channel in CHANNELS]
    assert all(row.count(" | ") == 7 for row in rows)


def test_a_row_says_how_long_records_are_kept_and_what_has_a_dead_letter_twin() -> None:
    requested, answered, pokemon = (
        next(line for line in channel_table().splitlines() if f"`{channel.name}`" in line)
        for channel in (BATTLE_REQUESTED, REQUEST_ANSWERED, POKEDEX_POKEMON)
    )

    assert "†" in requested
    assert "| 7 days |" in requested
    assert "†" not in answered
    assert "| 10 min |" in answered
    assert "| last per key |" in pokemon


@pytest.mark.parametrize(
    ("retention_ms", "words"),
    [(FOREVER, "for ever"), (DAY_MS, "1 day"), (2 * DAY_MS, "2 days"), (90 * MINUTE_MS, "90 min")],
)
def test_retention_is_said_in_words(retention_ms: int, words: str) -> None:
    assert kept(replace(CHANNELS[0], retention_ms=retention_ms)) == words
