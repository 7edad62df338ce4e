"""FastAPI leaves every null out of its OpenAPI document, in examples too: here they come back."""

from typing import Any, Final

from fastapi import FastAPI

_NULL: Final = "\0null"
"""Stands for null while FastAPI makes the document; no name or text holds it."""


def with_nulls(example: Any) -> Any:
    """`example` with its nulls in a form that FastAPI keeps."""
    return _replaced(example, None, _NULL)


def restore_nulls(app: FastAPI) -> None:
    """Make the OpenAPI document of `app` show the nulls of `with_nulls`."""
    make = app.openapi
    app.openapi = lambda: _replaced(make(), _NULL, None)  # type: ignore[method-assign]


def _replaced(value: Any, old: str | None, new: str | None) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(member, old, new) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(member, old, new) for member in value]
    return new if value == old else value
