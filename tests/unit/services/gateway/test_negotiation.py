import pytest

from services.gateway.negotiation import CSV, JSON, LINES, preferred
from services.gateway.problems import ProblemError


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; charset=utf-8", CSV),
        ("text/*", CSV),
        ("application/*;q=0.5, text/csv;q=0.4", JSON),
        ("application/json;q=0.2, text/csv;q=0.9", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.1", JSON),
        ("application/json;q=0, */*", CSV),
        ("application/x-ndjson", LINES),
        ("text/csv;q=x, application/json;q=0.1", JSON),
        (",, ,", JSON),
    ],
)
def test_the_form_of_the_highest_quality_is_taken(accept: str | None, form: str) -> None:
    assert preferred(accept, (JSON, CSV, LINES)) == form


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/json;q=nan, text/html"])
def test_what_is_not_offered_is_refused_with_what_is(accept: str) -> None:
    with pytest.raises(ProblemError) as caught:
        preferred(accept, (JSON, CSV) if accept != "text/csv;q=0" else (CSV,))
    assert caught.value.problem.status == 406
    remedy = caught.value.problem.remedy
    assert remedy is not None
    assert "text/csv" in remedy.say("en")
