"""The committed JSON Schemas are those of the messages, and a breaking edit cannot overwrite them."""

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.channels import CHANNELS
from contracts.schema_snapshot import (
    SNAPSHOT_FOLDER,
    BreakingChange,
    message_schemas,
    read_snapshot,
    snapshot_breaks,
    write_schemas,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / SNAPSHOT_FOLDER, tmp_path / SNAPSHOT_FOLDER)
    return tmp_path


def test_no_message_broke_its_snapshot() -> None:
    assert snapshot_breaks(read_snapshot(ROOT), message_schemas()) == []


def test_the_snapshot_is_current() -> None:
    assert read_snapshot(ROOT) == message_schemas(), "write it anew with contracts.schema_snapshot"


def test_every_message_of_every_channel_is_in_the_snapshot() -> None:
    expected = {f"{channel.name}.{kind.__name__}" for channel in CHANNELS for kind in channel.messages}
    assert expected <= read_snapshot(ROOT).keys()


@pytest.mark.parametrize("stem", sorted(message_schemas()))
def test_each_is_a_valid_json_schema(stem: str) -> None:
    Draft202012Validator.check_schema(message_schemas()[stem])


def test_writing_twice_changes_nothing(checkout: Path) -> None:
    assert write_schemas(checkout) == []


def test_an_additive_edit_is_written(checkout: Path) -> None:
    file = checkout / SNAPSHOT_FOLDER / "model.assigned.v1.ModelAssigned.json"
    older = json.loads(file.read_text("utf-8"))
    del older["$defs"]["ModelAssigned"]["properties"]["reason"]
    file.write_text(json.dumps(older), "utf-8")

    assert write_schemas(checkout) == [file]
    assert read_snapshot(checkout) == message_schemas()


def test_a_breaking_edit_is_refused_and_nothing_is_written(checkout: Path) -> None:
    folder = checkout / SNAPSHOT_FOLDER
    file = folder / "model.assigned.v1.ModelAssigned.json"
    other = json.loads(file.read_text("utf-8"))
    other["$defs"]["ModelAssigned"]["properties"]["champion"] = {"type": "integer"}
    file.write_text(json.dumps(other), "utf-8")
    (folder / "model.released.v1.ModelReleased.json").unlink()

    with pytest.raises(BreakingChange, match=r"ModelAssigned \$\.champion: type"):
        write_schemas(checkout)
    assert not (folder / "model.released.v1.ModelReleased.json").exists()


def test_a_message_that_vanished_is_refused(checkout: Path) -> None:
    stray = checkout / SNAPSHOT_FOLDER / "battle.requested.v0.BattleAsked.json"
    stray.write_text("{}", "utf-8")

    with pytest.raises(BreakingChange, match="removed or renamed"):
        write_schemas(checkout)
