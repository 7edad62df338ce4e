"""Planted edits, one a row: the checker must refuse each breaking one and let each additive one pass."""

import copy
from typing import Any, Literal

import msgspec
import pytest

from contracts.compatibility import breaking_changes
from contracts.schema_snapshot import message_schemas


class Side(msgspec.Struct):
    name: str
    level: int = 50


class Before(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    side: Side
    kind: Literal["base", "mega"]
    value: int | str
    moves: tuple[str, ...] | None = None
    pair: tuple[int, int] = (1, 2)
    metrics: dict[str, float] = {}
    title: str = ""


def _schema(**edits: Any) -> dict[str, Any]:
    """The schema of `Before` with fields replaced (a type or a (type, default)) or, by None, removed."""
    fields: dict[str, Any] = {
        "id": int,
        "side": Side,
        "kind": Literal["base", "mega"],
        "value": int | str,
        "moves": (tuple[str, ...] | None, None),
        "pair": (tuple[int, int], (1, 2)),
        "metrics": (dict[str, float], msgspec.field(default_factory=dict)),
        "title": (str, ""),
    }
    fields.update(edits)
    required = [(name, kind) for name, kind in fields.items() if kind and not isinstance(kind, tuple)]
    optional = [(name, *kind) for name, kind in fields.items() if isinstance(kind, tuple)]
    edited = msgspec.defstruct("Before", [*required, *optional], forbid_unknown_fields=True)
    return msgspec.json.schema(edited)


class Renamed(msgspec.Struct):
    title: str
    level: int = 50


class Deeper(msgspec.Struct):
    name: str
    level: float = 50


class Grown(msgspec.Struct):
    name: str
    level: int = 50
    shiny: bool = False


def test_a_message_is_compatible_with_itself() -> None:
    assert breaking_changes(msgspec.json.schema(Before), _schema()) == []


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param({"remark": (str, "")}, id="new field with a default"),
        pytest.param({"remark": (str | None, None)}, id="new field that may be null"),
        pytest.param({"side": Grown}, id="new field with a default, one level down"),
        pytest.param({"value": str | int}, id="order of a union"),
        pytest.param({"kind": Literal["mega", "base"]}, id="order of values"),
    ],
)
def test_an_additive_edit_passes(edits: dict[str, Any]) -> None:
    assert breaking_changes(_schema(), _schema(**edits)) == []


@pytest.mark.parametrize(
    ("edits", "where", "what"),
    [
        ({"title": None}, "$.title", "removed or renamed"),
        ({"title": None, "heading": (str, "")}, "$.title", "removed or renamed"),
        ({"side": Renamed}, "$.side.name", "removed or renamed"),
        ({"side": Deeper}, "$.side.level", "type"),
        ({"id": str}, "$.id", "type"),
        ({"id": float}, "$.id", "type"),
        ({"id": int | None}, "$.id", "null is new"),
        ({"value": int}, "$.value", "string is no longer accepted"),
        ({"value": int | str | bool}, "$.value", "boolean is new"),
        ({"kind": Literal["base"]}, "$.kind", "was removed"),
        ({"kind": Literal["base", "mega", "alola"]}, "$.kind", "is new"),
        ({"kind": str}, "$.kind", "list of values was dropped"),
        ({"moves": (tuple[int, ...] | None, None)}, "$.moves|array[]", "type"),
        ({"moves": (tuple[str, ...], ())}, "$.moves", "null is no longer accepted"),
        ({"pair": (tuple[int, str], (1, ""))}, "$.pair[1]", "type"),
        ({"pair": (tuple[int, int, int], (1, 2, 3))}, "$.pair", "prefixItems"),
        ({"metrics": (dict[str, str], msgspec.field(default_factory=dict))}, "$.metrics.*", "type"),
        ({"remark": str}, "$.remark", "must have a default"),
        ({"title": str}, "$.title", "became required"),
        ({"id": (int, 0)}, "$.id", "became optional"),
        ({"title": (str, "none")}, "$.title", "default"),
    ],
)
def test_a_breaking_edit_is_refused_and_named(edits: dict[str, Any], where: str, what: str) -> None:
    found = breaking_changes(_schema(), _schema(**edits))

    assert any(change.startswith(f"{where}:") and what in change for change in found), found


def test_a_type_that_begins_to_refuse_unknown_fields_is_breaking() -> None:
    closed = msgspec.json.schema(Before)
    opened = copy.deepcopy(closed)
    del opened["$defs"]["Before"]["additionalProperties"]

    assert breaking_changes(opened, closed) == ["$: unknown fields were accepted and are refused now"]
    assert breaking_changes(closed, opened) == []


def test_a_bound_that_moves_is_breaking_in_both_directions() -> None:
    old = {"type": "integer", "minimum": 1}
    assert breaking_changes(old, {"type": "integer", "minimum": 0}) == ["$: minimum 1 became 0"]
    assert breaking_changes(old, {"type": "integer"}) == ["$: minimum 1 became null"]


def test_the_tag_of_a_reply_may_not_change() -> None:
    old = message_schemas()["request.answered.v1.Predicted"]
    new = copy.deepcopy(old)
    new["$defs"]["Predicted"]["properties"]["kind"]["enum"] = ["answered"]

    assert len(breaking_changes(old, new)) == 2


@pytest.mark.parametrize("stem", sorted(message_schemas()))
def test_removing_any_field_of_any_message_is_refused(stem: str) -> None:
    schema = message_schemas()[stem]
    definition = schema["$defs"][stem.rsplit(".", 1)[1]]
    for name in definition["properties"]:
        edited = copy.deepcopy(schema)
        properties = edited["$defs"][stem.rsplit(".", 1)[1]]["properties"]
        del properties[name]
        assert breaking_changes(schema, edited), f"{stem} lost {name} unnoticed"


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        breaking_changes({"$ref": "#/$defs/Missing", "$defs": {}}, {})


def test_free_members_that_get_a_type_are_breaking() -> None:
    old, new = {"type": "object"}, {"type": "object", "additionalProperties": {"type": "string"}}
    assert len(breaking_changes(old, new)) == 1
    assert len(breaking_changes(new, old)) == 1
