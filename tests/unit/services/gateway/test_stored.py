import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.history.stored import Position, brief, is_request_id

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.text(min_size=1, max_size=128).filter(is_request_id))
def test_a_cursor_leads_back_to_its_place(made_at: datetime, request_id: str) -> None:
    position = Position(made_at, request_id)
    assert Position.of_cursor(position.cursor()) == position


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "é",
        "a" * 300,
        encoded("1 "),
        encoded("x r"),
        encoded("-1 r"),
        encoded("٣ r"),
        encoded("9999999999999999 r"),
        encoded("1" * 17 + " r"),
        encoded("1 r\0"),
        encoded("1 " + "r" * 129),
        base64.b64encode(b"1 \xff").decode(),
    ],
)
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert Position.of_cursor(text) is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_a_cursor(text: str) -> None:
    found = Position.of_cursor(text)
    assert found is None or found.made_at - datetime(1970, 1, 1, tzinfo=UTC) >= timedelta(0)


@pytest.mark.parametrize(("text", "is_one"), [("r", True), ("", False), ("a\0", False), ("é" * 65, False)])
def test_what_may_be_a_request_id(text: str, is_one: bool) -> None:
    assert is_request_id(text) is is_one


def test_a_brief_answer_leaves_out_what_is_lengthy() -> None:
    assert brief({"winner": "a", "moves": [], "equilibrium": {}, "explanation": {}}) == {"winner": "a"}
