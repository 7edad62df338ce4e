"""CSV files of battles as spreadsheets write them: encoding and separator are found, rows checked."""

import codecs
import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from shared.errors import Misconfigured

REQUIRED: Final = ("a", "b", "move_a", "move_b")
MEANT: Final = frozenset({*REQUIRED, "level_a", "level_b"})
ADDED: Final = ("win_probability", "error", "model_version", "request_id")
UNREADABLE: Final = "\x00unreadable"
"""The key under which a row says why it could not be read."""
SEPARATORS: Final = ",;\t|"
UTF_8: Final = "utf-8-sig"
WINDOWS: Final = "cp1252"
LONGEST_FIRST_LINE: Final = 65_536
_BLOCK: Final = 1_048_576
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleCsv:
    """How one file is written; answers are written in the same way, in UTF-8."""

    source: Path
    encoding: str
    separator: str
    columns: tuple[str, ...]
    added: tuple[str, ...]

    @classmethod
    def of(cls, source: Path, added: tuple[str, ...] = ADDED) -> "BattleCsv":
        """Look at the file, to which columns are to be `added`.

        Raises Misconfigured when it cannot be read, lacks a column, or has an added one already.
        """
        try:
            encoding = _encoding(source)
            with source.open(encoding=encoding, errors="replace", newline="") as text:
                first = text.readline(LONGEST_FIRST_LINE)
        except OSError as error:
            raise Misconfigured(f"{source}: {error.strerror}") from error
        if not first.strip():
            raise Misconfigured(
                f"{source} is empty, or its first line is: it must name {', '.join(REQUIRED)}."
            )
        separator = max(SEPARATORS, key=lambda one: _named(_cells(source, first, one)))
        columns = _cells(source, first, separator)
        _check_columns(source, columns, added)
        return cls(source=source, encoding=encoding, separator=separator, columns=tuple(columns), added=added)

    @contextmanager
    def opened(self) -> Iterator[Iterator[Row]]:
        """The rows below the first line; what cannot be read has its reason under `UNREADABLE`."""
        with self.source.open(encoding=self.encoding, errors="replace", newline="") as text:
            text.readline()
            yield self._rows(text)

    def _rows(self, text: TextIO) -> Iterator[Row]:
        reader = csv.reader(text, delimiter=self.separator)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield dict.fromkeys(self.columns, "") | {UNREADABLE: _reason(error)}
                continue
            if not cells:
                continue
            row = dict(zip(self.columns, [*cells, *[""] * len(self.columns)], strict=False))
            if len(cells) != len(self.columns):
                row[UNREADABLE] = f"{len(cells)} cells instead of {len(self.columns)}"
            yield row

    @contextmanager
    def writing(self, target: Path) -> Iterator[Callable[[Row], object]]:
        """Write rows with the added columns. Raises Misconfigured when `target` is the source."""
        if target.exists() and target.samefile(self.source):
            raise Misconfigured(f"--out {target} is the file that is read: choose another.")
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, [*self.columns, *self.added], delimiter=self.separator)
            writer.writeheader()
            yield writer.writerow


def _encoding(source: Path) -> str:
    """UTF-8 if all of the file is; spreadsheets write UTF-16 with a mark, or Windows' Latin-1."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    with source.open("rb") as content:
        block = content.read(_BLOCK)
        if block.startswith(_UTF_16_MARKS):
            return "utf-16"
        if block.startswith(codecs.BOM_UTF8):
            return UTF_8
        try:
            while block:
                decoder.decode(block)
                block = content.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return WINDOWS
    return UTF_8


def _cells(source: Path, line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error as error:
        raise Misconfigured(f"{source}: the first line cannot be read: {error}") from error
    return [_column(cell.strip()) for cell in cells]


def _column(name: str) -> str:
    """Columns that mean something here are known in capitals too; others stay as they are written."""
    known = name.casefold()
    return known if known in MEANT else name


def _reason(error: csv.Error) -> str:
    limit = csv.field_size_limit()
    is_long = "field limit" in str(error)
    return f"a cell is longer than {limit:,} characters" if is_long else str(error)


def _named(columns: list[str]) -> int:
    return sum(column in columns for column in REQUIRED)


def _check_columns(source: Path, columns: list[str], added: tuple[str, ...]) -> None:
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise Misconfigured(
            f"{source}: the columns {', '.join(missing)} are missing; "
            f"the first line must name {', '.join(REQUIRED)}."
        )
    repeated = {column for column in columns if columns.count(column) > 1}
    taken = repeated | (set(columns) & set(added))
    if taken:
        raise Misconfigured(f"{source}: rename the columns {', '.join(sorted(taken))}.")
