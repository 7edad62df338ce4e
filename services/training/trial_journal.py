"""Finished trials of a search on disk: a search that was interrupted goes on with the next one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class FinishedTrial(msgspec.Struct, frozen=True):
    """What one trial came to: its parameters, the validation loss of each round, and the best one.

    `best` None: it was pruned after its last round.
    """

    number: int
    parameters: dict[str, float | int]
    losses: tuple[float, ...]
    best: float | None


class TrialJournal:
    """One line a trial, in a file whose name says which search it is."""

    def __init__(self, file: Path | None) -> None:
        """What `file` holds is read at once; a line that cannot be read counts as absent.

        None: nothing is kept.
        """
        self._file = file
        self._finished = {} if file is None else _read(file)

    def find(self, number: int, parameters: Mapping[str, Any]) -> FinishedTrial | None:
        """The trial of this number, if it was finished before with exactly these parameters."""
        found = self._finished.get(number)
        return found if found is not None and found.parameters == dict(parameters) else None

    def add(self, trial: FinishedTrial) -> None:
        """Keep a trial, on the disk when this returns."""
        self._finished[trial.number] = trial
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(f".{os.getpid()}.partial")
        lines = [msgspec.json.encode(one) + b"\n" for one in self._finished.values()]
        with partial.open("wb") as stream:
            stream.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._file)


def _read(file: Path) -> dict[int, FinishedTrial]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return {}
    finished = {}
    for line in lines:
        try:
            trial = msgspec.json.decode(line, type=FinishedTrial)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        finished[trial.number] = trial
    return finished
