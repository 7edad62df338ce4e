from typing import Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.validation import field_path, of_validation


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    form: Literal["base", "alola"] | None = None
    limit: int | None = Field(None, ge=1, le=500)
    tm: bool | None = None


def remedy_for(
    given: dict[str, str], source: str = "query", known: tuple[str, ...] = ("form", "limit", "tm")
) -> str | None:
    try:
        Parameters.model_validate(given)
    except ValidationError as error:
        found = [{**one, "loc": (source, *one["loc"])} for one in error.errors()]
        remedy = of_validation(RequestValidationError(found), frozenset({"sides"}), known).remedy
        return None if remedy is None else remedy.say("en")
    raise AssertionError("nothing was refused")


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"form": "galar"}, "Take one of: base, alola."),
        ({"limit": "0"}, "Send 1 or more."),
        ({"limit": "501"}, "Send 500 or less."),
        ({"limit": "many"}, "Send a whole number, such as 20."),
        ({"tm": "perhaps"}, "Send true or false."),
        ({"colour": "yellow"}, "Take one of: form, limit, tm."),
    ],
)
def test_a_remedy_says_what_is_allowed(given: dict[str, str], remedy: str) -> None:
    assert remedy_for(given) == remedy


def test_a_path_without_parameters_says_so() -> None:
    assert remedy_for({"colour": "yellow"}, known=()) == "This path takes no query parameters."


def test_an_unknown_field_of_a_body_is_to_be_removed() -> None:
    assert "Remove this field" in str(remedy_for({"colour": "yellow"}, "body"))


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (("body", "sides", "a", "moves", 1), "a.moves[1]"),
        (("body",), "body"),
        (("query", "sides"), "sides"),
        (("query", "limit"), "limit"),
    ],
)
def test_a_location_is_the_path_that_the_caller_wrote(location: tuple[str | int, ...], path: str) -> None:
    assert field_path(location, frozenset({"sides"})) == path
