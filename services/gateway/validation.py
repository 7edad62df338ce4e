"""What FastAPI refuses, as field, value and remedy."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from services.gateway.problems import Problem, problem, shown

MAXIMUM_ERRORS: Final = 10
_REMEDIES: Final = {
    "missing": "Add this field.",
    "extra_forbidden": "Remove this field; /docs lists those that are known.",
    "int_type": "Send a whole number without quotes, such as 50.",
    "int_parsing": "Send a whole number, such as 20.",
    "bool_parsing": "Send true or false.",
    "greater_than_equal": "Send {ge} or more.",
    "less_than_equal": "Send {le} or less.",
    "string_too_long": "Send at most {max_length} characters.",
    "too_long": "Send fewer.",
    "too_short": "Send at least one, or leave the field out.",
}
"""By kind of violation, filled with its context."""


def of_validation(error: RequestValidationError, tags: frozenset[str], known: Sequence[str]) -> Problem:
    """The first violation as field, value and remedy; up to ten in `errors`.

    `tags`: names of body variants. `known`: the query parameters of the route.
    """
    violations = error.errors()
    found = [
        {
            "field": shown(field_path(one["loc"], tags)),
            "value": "" if one["type"] == "missing" else shown(one["input"]),
            "message": str(one["msg"]),
        }
        for one in violations[:MAXIMUM_ERRORS]
    ]
    first = found[0]
    return problem(
        "invalid",
        "Invalid value",
        422,
        f"{first['field']}: {first['message']}",
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


def _remedy(violation: Mapping[str, Any], known: Sequence[str]) -> str:
    kind, context = violation["type"], violation.get("ctx", {})
    if kind == "extra_forbidden" and violation["loc"][0] == "query":
        return f"Take one of: {', '.join(known)}." if known else "This path takes no query parameters."
    if kind == "literal_error":
        values = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return f"Take one of: {values}."
    remedy = _REMEDIES.get(kind, "See /docs for the form of the request.")
    return remedy.format_map(context)
