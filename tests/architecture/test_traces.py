"""What a committed file must not tell: where it was written, and which package index was used."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.support.sources import CHECKOUT, tracked_files

MACHINE: Final = re.compile(r"(?<![\w.$~-])/(root|work|home/\w+|Users/\w+)/\w|[A-Z]:\\Users\\")
# names that end in .example belong to nobody
INDEX: Final = re.compile(
    r"^\s*(extra-)?index-url *=|--(extra-)?index-url \S|--find-links \S|^\s*registry\s*=\s*http"
    r"|\"resolved\":|https?://(?![^/]*\.example/)[^\s\"'<>]*/(simple|pypi|npm-proxy|artifactory|nexus)(/|\b)",
    re.MULTILINE,
)
LOCK_URL: Final = re.compile(r"https?://")
BINARY: Final = frozenset({".png", ".jpg", ".ico", ".woff2"})
HERE: Final = "tests/architecture/test_traces.py"


def traces(path: str, text: str) -> list[str]:
    """Paths of a machine and addresses of an index, with their lines."""
    patterns = [MACHINE, INDEX] + ([LOCK_URL] if path.endswith(".lock") else [])
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0].strip()}"
        for pattern in patterns
        for found in pattern.finditer(text)
    ]


def relative(file: Path) -> str:
    return str(file.relative_to(CHECKOUT))


def test_no_committed_file_names_a_machine_or_an_index() -> None:
    files = [file for file in tracked_files() if file.suffix not in BINARY and relative(file) != HERE]
    assert len(files) > 100
    assert [found for file in files for found in traces(relative(file), file.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 'PATH = "/root/checkout"'),
        ("a.md", "see /home/someone/notes"),
        ("a.toml", "cache = '/work/checkout/.cache'"),
        ("requirements.lock", "--index-url somewhere"),
        ("requirements.lock", "# from https://host.example/x"),
        ("pip.conf", "index-url = somewhere"),
        (".npmrc", "registry=https://host.example/"),
        ("package-lock.json", '  "resolved": "x"'),
        ("a.sh", "curl https://packages.internal/artifactory/x"),
    ],
)
def test_a_planted_trace_is_found(path: str, text: str) -> None:
    assert len(traces(path, text)) == 1


@pytest.mark.parametrize(
    "text", ["$root/work", "https://example.org/root", "work/checkout", "an index of names", "~/work/x"]
)
def test_what_is_no_trace_is_not_reported(text: str) -> None:
    assert traces("a.md", text) == []
