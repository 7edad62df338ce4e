from hypothesis import given
from hypothesis import strategies as st

from services.gateway.pokedex.parameters import Page


@given(total=st.integers(0, 60), limit=st.integers(1, 70))
def test_following_next_from_first_shows_every_row_once(total: int, limit: int) -> None:
    rows = list(range(total))
    shown: list[int] = []
    offset: int | None = Page(limit=limit).links(total)["first"]
    while offset is not None:
        page = Page(limit=limit, offset=offset)
        shown += page.cut(rows)
        offset = page.links(total).get("next")
    assert shown == rows


@given(total=st.integers(1, 60), limit=st.integers(1, 70))
def test_following_prev_from_last_shows_every_row_once(total: int, limit: int) -> None:
    rows = list(range(total))
    shown: list[int] = []
    offset: int | None = Page(limit=limit).links(total)["last"]
    while offset is not None:
        page = Page(limit=limit, offset=offset)
        shown = [*page.cut(rows), *shown]
        offset = page.links(total).get("prev")
    assert shown == rows


@given(total=st.integers(0, 60), limit=st.integers(1, 70), offset=st.integers(0, 200))
def test_every_link_leads_to_rows_when_there_are_any(total: int, limit: int, offset: int) -> None:
    links = Page(limit=limit, offset=offset).links(total)
    assert all(0 <= aim < max(total, 1) for aim in links.values())
    assert ("prev" in links) == (offset > 0)


def test_without_a_limit_the_list_goes_to_its_end() -> None:
    page = Page(offset=2)
    assert page.cut("abcd") == "cd"
    assert page.links(4) == {}
