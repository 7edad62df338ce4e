"""What FastAPI refuses, as field, value and remedy."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from services.gateway import texts
from services.gateway.problems import Draft, problem, shown
from shared.wording import Said, Words

MAXIMUM_ERRORS: Final = 10


def of_validation(error: RequestValidationError, tags: frozenset[str], known: Sequence[str]) -> Draft:
    """The first violation as field, value and remedy; up to ten in `errors`.

    `tags`: names of body variants. `known`: the query parameters of the route.
    """
    return of_violations(error.errors(), tags, known)


def of_violations(
    violations: Sequence[Mapping[str, Any]], tags: frozenset[str], known: Sequence[str]
) -> Draft:
    """The same of violations as pydantic lists them, each `loc` beginning with where the value was."""
    found: list[dict[str, str | Words]] = [
        {
            "field": shown(field_path(one["loc"], tags)),
            "value": "" if one["type"] == "missing" else shown(one["input"]),
            "message": _said(one),
        }
        for one in violations[:MAXIMUM_ERRORS]
    ]
    first = found[0]
    return problem(
        "invalid",
        texts.INVALID,
        422,
        texts.OF_FIELD.of(field=first["field"], message=first["message"]),
        field=first["field"],
        value=first["value"],
        remedy=_remedy(violations[0], known),
        errors=found if len(found) > 1 else None,
    )


def field_path(location: Sequence[int | str], tags: frozenset[str] = frozenset()) -> str:
    """`("body", "a", "moves", 1)` as `a.moves[1]`; the source and union tags are left out."""
    path = ""
    for position, part in enumerate(location):
        if position == 0 or (position == 1 and location[0] == "body" and part in tags):
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".") or str(location[0])


def query_parameters(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the query parameters of the route that was found for an HTTP request."""
    declared = getattr(getattr(scope.get("route"), "dependant", None), "query_params", ())
    names: list[str] = []
    for parameter in declared:
        model = parameter.field_info.annotation
        is_model = isinstance(model, type) and issubclass(model, BaseModel)
        names += model.model_fields if is_model else [parameter.alias]
    return tuple(names)


def _said(violation: Mapping[str, Any]) -> Said:
    """What is wrong, in English as Pydantic says it."""
    text = texts.VIOLATIONS.get(violation["type"], texts.VIOLATION)
    return text.of(message=violation["msg"], **violation.get("ctx", {}))


def _remedy(violation: Mapping[str, Any], known: Sequence[str]) -> Said:
    kind, context = violation["type"], violation.get("ctx", {})
    if kind == "extra_forbidden" and violation["loc"][0] == "query":
        return texts.TAKE_ONE_OF.of(values=", ".join(known)) if known else texts.NO_PARAMETERS.of()
    if kind == "literal_error":
        return texts.TAKE_ONE_OF.of(values=str(context["expected"]).replace("'", "").replace(" or ", ", "))
    return texts.REMEDIES.get(kind, texts.FORM_REMEDY).of(**context)
