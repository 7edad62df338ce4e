"""One data directory: what lies where, who may touch it, and how it is wiped."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

import services
from services.embedded.accounts import remove_server_files
from shared.errors import Misconfigured, PredictionDexError

MARKER: Final = ".predictiondex"
LOCK: Final = "lock"
LONGEST_SOCKET_PATH: Final = 90
"""A Unix socket's path ends at about 104 characters, and supervisord appends to it while binding."""
CHECKOUT: Final = Path(services.__file__).resolve().parent.parent


class Busy(PredictionDexError):
    """Another command is starting or stopping this stack; `pid` is its process, 0 when unknown."""

    def __init__(self, directory: Path, pid: int) -> None:
        super().__init__(f"Another command (process {pid}) is starting or stopping the stack in {directory}.")
        self.pid = pid


def default_data_directory() -> Path:
    """`PDX_DATA_DIR`, else `.pdx` in the checkout, else `.pdx` here."""
    setting = os.environ.get("PDX_DATA_DIR")
    if setting:
        return Path(setting).expanduser().absolute()
    home = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return home / ".pdx"


class DataDirectory:
    """A folder that is ours: it holds the marker that we wrote, with an id of its own."""

    def __init__(self, root: Path) -> None:
        """Nothing is read or written yet."""
        self.root = root.absolute()

    @property
    def exists(self) -> bool:
        """Whether the folder is there and ours."""
        return self._marker.is_file()

    @property
    def _marker(self) -> Path:
        return self.root / MARKER

    @property
    def id(self) -> str:
        """The id written at creation; processes of this stack carry it."""
        try:
            identity = json.loads(self._marker.read_text())["id"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"{self.root} is not a data directory of PredictionDex ({error}).") from error
        return str(identity)

    def create(self) -> None:
        """Make the folder and its marker. Raises Misconfigured when others' files are in it."""
        if self.exists:
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # a wipe that was killed leaves the lock
            if any(entry.name != LOCK for entry in self.root.iterdir()):
                raise Misconfigured(
                    f"{self.root} has files in it that are not ours: choose an empty folder for --data."
                )
            self.root.chmod(0o700)
            fresh = self.root / f"{MARKER}.new"
            fresh.write_text(json.dumps({"id": uuid.uuid4().hex, "made_by": "dex up"}) + "\n")
            fresh.replace(self._marker)
        except OSError as error:
            raise Misconfigured(f"The data directory {self.root} cannot be made: {error}") from error

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def log_file(self, part: str) -> Path:
        """What a part prints."""
        return self.logs / f"{part}.log"

    @property
    def run(self) -> Path:
        """What describes a running stack; worth nothing when none runs."""
        return self.root / "run"

    @property
    def ports_file(self) -> Path:
        return self.root / "ports.json"

    @property
    def password_file(self) -> Path:
        """One line for libpq and asyncpg (`PGPASSFILE`)."""
        return self.keys / "pgpass"

    @property
    def socket(self) -> Path:
        """supervisord's socket: in a short folder of this user where ours has too long a name."""
        usual = self.run / "supervisor.sock"
        if len(str(usual)) <= LONGEST_SOCKET_PATH:
            return usual
        return (
            Path(tempfile.gettempdir()) / f"predictiondex-{os.geteuid()}-{self.id[:12]}" / "supervisor.sock"
        )

    def make_folders(self) -> None:
        """Make what a start needs, readable by this account only."""
        for folder in (self.keys, self.logs, self.run, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                raise Misconfigured(f"{folder} belongs to another account: remove it and try again.")

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Held while a command starts or stops the stack. Raises Busy when another one does."""
        file = self.root / LOCK
        with file.open("a+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                stream.seek(0)
                text = stream.read().strip()
                raise Busy(self.root, int(text) if text.isdecimal() else 0) from error
            if not _is_same_file(stream, file):
                raise Busy(self.root, 0)  # it was wiped between our two steps
            stream.truncate(0)
            stream.write(str(os.getpid()))
            stream.flush()
            try:
                yield
            finally:
                stream.truncate(0)

    def wipe(self) -> None:
        """Remove all that is in it, and what PostgreSQL had to keep elsewhere.

        Raises Misconfigured when the folder is not ours.
        """
        _ = self.id
        remove_server_files(self.root / "database")
        for entry in self.root.iterdir():
            # these last: an interrupted wipe can be repeated, and we hold the lock until the end
            if entry.name in (MARKER, LOCK):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self._marker.unlink()
        (self.root / LOCK).unlink(missing_ok=True)


def _is_same_file(stream: TextIO, path: Path) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False
