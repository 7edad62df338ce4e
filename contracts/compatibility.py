"""Which edits of a message's JSON Schema are breaking, on a bus where old and new run side by side.

During a rolling upgrade an old consumer reads what a new producer wrote, and a new consumer reads
what was written before: a compacted topic keeps records for ever. Hence an edit is additive only
when both directions still decode: a new field that has a default. Everything else (a field removed
or renamed, another type, another enum value, a bound moved, a default changed, a field that became
required or optional) needs a `.v2` channel beside the old one.

A type that refuses unknown fields may still gain an optional one: its consumers are upgraded before
its producers use it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_ANNOTATIONS: Final = frozenset({"title", "description", "examples", "$schema", "$id", "$defs", "$comment"})
_STRUCTURE: Final = frozenset(
    {"properties", "required", "additionalProperties", "items", "prefixItems", "anyOf", "enum", "default"}
)


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Each breaking edit from `old` to `new` as `path: what happened`; empty when compatible.

    Both are self-contained JSON Schemas as `msgspec.json.schema` makes them: `$ref` points into
    their own `$defs`. Raises ValueError on any other reference and on a recursive type.
    """
    return list(_compare(_resolved(old, old, ()), _resolved(new, new, ()), "$"))


def _resolved(schema: Any, root: Schema, trail: tuple[str, ...]) -> Any:
    """`schema` with its references replaced by what they name and without annotations."""
    if isinstance(schema, list):
        return [_resolved(item, root, trail) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        if name in trail or name not in root.get("$defs", {}):
            raise ValueError(f"cannot follow the reference {schema['$ref']!r}")
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _resolved({**root["$defs"][name], **beside}, root, (*trail, name))
    kept = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    if "properties" in kept:
        # Field names are not keywords: a field may be called `title` or `description`.
        fields = {name: _resolved(field, root, trail) for name, field in kept.pop("properties").items()}
        return {**_resolved(kept, root, trail), "properties": fields}
    return {key: _resolved(value, root, trail) for key, value in kept.items()}


def _compare(old: Any, new: Any, path: str) -> Iterator[str]:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        if old != new:
            yield f"{path}: {_shown(old)} became {_shown(new)}"
        return
    yield from _compare_alternatives(old, new, path)
    yield from _compare_fields(old, new, path)
    if "enum" in old or "enum" in new:
        yield from _compare_values(old, new, path)
    if old.get("default", _NONE) != new.get("default", _NONE):
        yield f"{path}: the default {_shown(old.get('default'))} became {_shown(new.get('default'))}"
    for keyword in ("items", "prefixItems"):
        yield from _compare_items(old.get(keyword), new.get(keyword), path, keyword)
    for keyword in sorted((old.keys() | new.keys()) - _STRUCTURE):
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} {_shown(old.get(keyword))} became {_shown(new.get(keyword))}"


_NONE: Final = object()


def _compare_fields(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    had_to, has_to = set(old.get("required", ())), set(new.get("required", ()))
    for name, field in before.items():
        where = f"{path}.{name}"
        if name not in after:
            yield f"{where}: the field was removed or renamed"
            continue
        yield from _compare(field, after[name], where)
        if name in had_to - has_to:
            yield f"{where}: the field was required and became optional"
        if name in has_to - had_to:
            yield f"{where}: the field was optional and became required"
    for name in sorted(has_to - before.keys()):
        yield f"{path}.{name}: a new field must have a default"
    rest_before, rest_after = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if rest_after is False and rest_before is not False:
        yield f"{path}: unknown fields were accepted and are refused now"
    elif isinstance(rest_before, Mapping) or isinstance(rest_after, Mapping):
        yield from _compare(rest_before, rest_after, f"{path}.*")


def _compare_values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _distinct(old.get("enum", ())), _distinct(new.get("enum", ()))
    if "enum" not in old or "enum" not in new:
        yield f"{path}: a list of values was {'dropped' if 'enum' in old else 'introduced'}"
        return
    for value in sorted(before - after):
        yield f"{path}: the value {value} was removed"
    for value in sorted(after - before):
        yield f"{path}: the value {value} is new, and a reader of today refuses it"


def _compare_alternatives(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Unions: a variant is known by its type and tag, so that order does not matter."""
    if "anyOf" not in old and "anyOf" not in new:
        return
    before = {_signature(variant): variant for variant in old.get("anyOf", [_single(old)])}
    after = {_signature(variant): variant for variant in new.get("anyOf", [_single(new)])}
    for signature in sorted(before.keys() - after.keys()):
        yield f"{path}: {signature} is no longer accepted"
    for signature in sorted(after.keys() - before.keys()):
        yield f"{path}: {signature} is new, and a reader of today refuses it"
    for signature in sorted(before.keys() & after.keys()):
        yield from _compare(before[signature], after[signature], f"{path}|{signature}")


def _single(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "default"}


def _signature(variant: Schema) -> str:
    tags = [
        f"{name}={field['enum'][0]}"
        for name, field in sorted(variant.get("properties", {}).items())
        if len(field.get("enum", ())) == 1
    ]
    return " ".join([str(variant.get("type", "anything")), *tags])


def _compare_items(old: Any, new: Any, path: str, keyword: str) -> Iterator[str]:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for position, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _compare(before, after, f"{path}[{position}]")
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _compare(old, new, f"{path}[]")
    elif old != new:
        yield f"{path}: {keyword} {_shown(old)} became {_shown(new)}"


def _distinct(values: Any) -> set[str]:
    return {_shown(value) for value in values}


def _shown(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
