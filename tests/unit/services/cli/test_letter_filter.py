from datetime import UTC, datetime

import pytest

from contracts.channels import BATTLE_REQUESTED, CHANNELS
from services.cli.letter_filter import LetterFilter, channel_of, read_filter, read_position, read_time
from shared.errors import Misconfigured

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_position_names_its_channel() -> None:
    position = read_position("battle.requested.v1.dlq:0:17", CHANNELS)
    assert (position.channel, position.partition, position.offset) == (BATTLE_REQUESTED, 0, 17)


@pytest.mark.parametrize(
    "text",
    ["", "battle.requested.v1.dlq", "battle.requested.v1.dlq:0", "battle.requested.v1.dlq:0:x", "a:²:1"],
)
def test_what_is_no_position_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(Misconfigured, match="TOPIC:PARTITION:OFFSET"):
        read_position(text, CHANNELS)


def test_a_position_in_the_channel_itself_is_refused_with_the_topics_that_have_letters() -> None:
    with pytest.raises(Misconfigured, match=r"Topics that do: battle\.requested\.v1\.dlq"):
        read_position("battle.requested.v1:0:17", CHANNELS)


@pytest.mark.parametrize("name", ["battle.requested.v1", "battle.requested.v1.dlq"])
def test_a_channel_is_named_by_itself_or_by_its_twin(name: str) -> None:
    assert channel_of(name, CHANNELS) is BATTLE_REQUESTED


def test_a_channel_without_letters_is_refused() -> None:
    with pytest.raises(Misconfigured, match="no dead letters"):
        channel_of("model.released.v1", CHANNELS)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", datetime(2026, 11, 21, 11, 58, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 21, 10, 0, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 14, 12, 0, tzinfo=UTC)),
        ("2026-11-21T10:30", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("2026-11-21T10:30+02:00", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
    ],
)
def test_an_age_or_a_time(text: str, moment: datetime) -> None:
    assert read_time("--since", text, NOW) == int(moment.timestamp() * 1000)


@pytest.mark.parametrize("text", ["", "yesterday", "2w", "-3h", "9999999999d", "2026-13-01"])
def test_no_time_is_refused_with_its_forms(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"--since .*30m"):
        read_time("--since", text, NOW)


def filter_of(**options: str) -> LetterFilter:
    return read_filter(**dict.fromkeys(("reason", "since", "until", "error")) | options, now=NOW)


def test_options_make_a_filter() -> None:
    hour = 3_600_000
    now_ms = int(NOW.timestamp() * 1000)
    assert filter_of() == LetterFilter()
    assert filter_of(reason="poison", since="2h", until="1h", error="x") == LetterFilter(
        reason="poison", since_ms=now_ms - 2 * hour, until_ms=now_ms - hour, error="x"
    )


def test_a_reason_that_no_letter_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(Misconfigured, match=r"--reason Poisson: .*poison, failed.*unknown"):
        filter_of(reason="Poisson")


@pytest.mark.parametrize(("since", "until"), [("1h", "2h"), ("1h", "1h")])
def test_a_span_that_ends_before_it_begins_is_refused(since: str, until: str) -> None:
    with pytest.raises(Misconfigured, match=f"--since {since} is not before --until {until}"):
        filter_of(since=since, until=until)


def test_a_filter_that_asks_for_nothing_is_empty() -> None:
    assert LetterFilter().is_empty
    assert not LetterFilter(reason="poison").is_empty


def test_what_is_typed_wrongly_is_told_in_french_too() -> None:
    with pytest.raises(Misconfigured) as refused:
        read_filter(reason="bad", since=None, until=None, error=None, now=NOW)
    assert refused.value.words.say("fr").startswith("--reason bad : prenez l’un de poison")
