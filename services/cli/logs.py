"""`dex logs`: what the parts print, one or all, filtered by level, followed over rotations."""

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TextIO

import typer

from services.cli.console import is_terminal, output
from services.cli.reaching import DataOption, use_data
from services.embedded.layout import DataDirectory
from services.embedded.stack import PARTS, Stack
from shared.errors import Misconfigured

POLL_SECONDS: Final = 0.2
LEVELS: Final = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "WARN": 30, "ERROR": 40, "CRITICAL": 50, "FATAL": 50}
# PostgreSQL says LOG for what others call INFO
WORDS: Final = re.compile(r"\b(DEBUG|INFO|LOG|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)\b")
OTHER_WORDS: Final = {"LOG": "INFO", "PANIC": "FATAL"}
COLOURS: Final = {10: "dim", 20: "", 30: "yellow", 40: "red", 50: "bold red"}
SHOWN_FIRST: Final = ("timestamp", "level", "event", "service", "logger")


class Level(StrEnum):
    """Least level that is shown."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass
class LogFile:
    """One part's log; remembers where it was read to, and the level of its last line."""

    part: str
    path: Path
    _stream: TextIO | None = None
    _level: int = LEVELS["INFO"]
    _inode: int = field(default=0)

    def last(self, count: int) -> list[tuple[int, str]]:
        """The last lines with their levels; a following `new` begins after them."""
        return list(deque(self.new(), maxlen=count))

    def new(self) -> Iterator[tuple[int, str]]:
        """Lines written since the last call, also when the file was rotated meanwhile."""
        if self._stream is None and not self._open():
            return
        yield from self._rest()
        if self._is_rotated() and self._open():
            yield from self._rest()

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open(self) -> bool:
        self.close()
        if not self.path.exists():
            return False
        self._stream = self.path.open(errors="replace")
        self._inode = self.path.stat().st_ino
        return True

    def _is_rotated(self) -> bool:
        if self._stream is None or not self.path.exists():
            return False
        found = self.path.stat()
        return found.st_ino != self._inode or found.st_size < self._stream.tell()

    def _rest(self) -> Iterator[tuple[int, str]]:
        if self._stream is None:
            return
        for line in self._stream.readlines():
            text = line.rstrip("\n")
            # a line that says no level, as of a traceback, belongs to the one before
            self._level = level_of(text) or self._level
            yield self._level, text


def level_of(line: str) -> int | None:
    """The level that a line states, as a number; None when it states none."""
    entry = _as_json(line)
    word = str(entry.get("level", "")).upper() if entry else ""
    if not word and (found := WORDS.search(line)):
        word = found.group(1)
    return LEVELS.get(OTHER_WORDS.get(word, word))


def readable(line: str) -> str:
    """A JSON line as `time level event key=value …`; other lines as they are."""
    entry = _as_json(line)
    if entry is None or "event" not in entry:
        return line
    when = str(entry.get("timestamp", ""))[11:23]
    rest = " ".join(f"{name}={value}" for name, value in entry.items() if name not in SHOWN_FIRST)
    return f"{when} {entry.get('level', '')!s:<7} {entry['event']} {rest}".rstrip()


def _as_json(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def command(
    part: Annotated[str | None, typer.Argument(help="One part; without it, all.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    tail: Annotated[int, typer.Option(min=0, help="Lines to begin with, of each part.")] = 30,
    level: Annotated[Level, typer.Option(help="Least level shown.")] = Level.DEBUG,
    data: DataOption = None,
) -> None:
    """Show what the parts print."""
    directory = use_data(data)
    parts = _parts(directory)
    if part is not None and part not in parts:
        raise Misconfigured(f"There is no part {part!r}. Parts: {', '.join(parts)}.")
    if not directory.logs.exists():
        raise Misconfigured(f"There are no logs in {directory.root}: run `./dex up` first.")
    names = (part,) if part else parts
    files = [LogFile(name, directory.log_file(name)) for name in names]
    least = LEVELS[level.value.upper()]
    width = max(len(name) for name in names) if part is None else 0
    for file in files:
        _print(file.part, file.last(tail), least, width)
    while follow:
        for file in files:
            _print(file.part, list(file.new()), least, width)
        time.sleep(POLL_SECONDS)


def _parts(directory: DataDirectory) -> tuple[str, ...]:
    """Those of the last start; the usual ones when there was none."""
    try:
        return tuple(Stack.load(directory).parts())
    except Misconfigured:
        return PARTS


def _print(part: str, lines: list[tuple[int, str]], least: int, width: int) -> None:
    console = output()
    for level, line in lines:
        if level < least:
            continue
        prefix = f"{part:<{width}} " if width else ""
        if is_terminal():
            console.print(prefix + readable(line), markup=False, style=COLOURS[level])
        else:
            print(prefix + line)
