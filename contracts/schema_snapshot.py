"""JSON Schema of every message, and the snapshot of it that a breaking edit cannot pass.

`contracts/schemas/` holds one file per message of the channel table, `<channel>.<Type>.json`, and
one per payload that a family carries inside a generic message, `<family>.<Type>.json`. The files
are generated; what is written there is what other languages may rely on.
"""

import inspect
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.battle import FAMILY, BattleAnswer, ResolvedBattle
from contracts.channels import CHANNELS
from contracts.compatibility import breaking_changes

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SNAPSHOT_FOLDER: Final = Path("contracts/schemas")

CARRIED: Final[dict[str, tuple[type, ...]]] = {FAMILY: (ResolvedBattle, BattleAnswer)}
"""Family → the types that travel undecoded in `request` and `answer` of the serving messages."""


class BreakingChange(Exception):
    """A message no longer fits its snapshot; the text names each edit and the remedy."""


def message_schemas() -> dict[str, dict[str, Any]]:
    """File stem → self-contained JSON Schema, in the order of the channel table."""
    types = {
        f"{channel.name}.{message.__name__}": message for channel in CHANNELS for message in channel.messages
    }
    types |= {f"{family}.{kind.__name__}": kind for family, kinds in CARRIED.items() for kind in kinds}
    return {stem: _schema(stem, kind) for stem, kind in types.items()}


def read_snapshot(root: Path) -> dict[str, dict[str, Any]]:
    """The snapshot below the checkout `root`, by file stem; empty when there is none."""
    files = sorted((root / SNAPSHOT_FOLDER).glob("*.json"))
    return {file.name.removesuffix(".json"): json.loads(file.read_text("utf-8")) for file in files}


def snapshot_breaks(snapshot: dict[str, dict[str, Any]], current: dict[str, dict[str, Any]]) -> list[str]:
    """Each edit from `snapshot` to `current` that an old reader or an old record would not survive."""
    found = [f"{stem}: the message was removed or renamed" for stem in snapshot if stem not in current]
    for stem, schema in snapshot.items():
        if stem in current:
            found += [f"{stem} {change}" for change in breaking_changes(schema, current[stem])]
    return found


def write_schemas(root: Path) -> list[Path]:
    """Write the snapshot below the checkout `root`; returns the files whose content changed.

    Raises BreakingChange, and writes nothing, when a message broke. To give up a message on
    purpose, delete its snapshot file by hand: that is a line in the diff which a reviewer sees.
    """
    current = message_schemas()
    broken = snapshot_breaks(read_snapshot(root), current)
    if broken:
        raise BreakingChange(
            "\n".join(broken) + "\nKeep the old message as it is and add a channel with the next version."
        )
    folder = root / SNAPSHOT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for stem, schema in current.items():
        file, text = folder / f"{stem}.json", render(schema)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(file)
    return changed


def render(document: dict[str, Any]) -> str:
    """JSON as it is committed: two spaces, UTF-8, a line at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def plain_schema(schema: Any) -> Any:
    """What msgspec made, as it is in JSON: an array's default is a list, docstrings are dedented."""
    return _dedented(json.loads(json.dumps(schema)))


def _dedented(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_dedented(item) for item in schema]
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else _dedented(value)
            for key, value in schema.items()
        }
    return schema


def _schema(stem: str, kind: type) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"{stem}.json", **plain_schema(msgspec.json.schema(kind))}
