"""Imports modules in an empty environment and prints, as JSON, what they did that an import must not.

Run as a script: `python import_trace.py ROOT MODULE…`. The network is closed: a connection or a
look-up fails at once. A file written or a process started counts when our own code asked for it.
"""

import importlib
import json
import os
import sys
from types import FrameType

NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"})
"""Refused whoever asks."""
OURS_ONLY = frozenset({"socket.bind", "subprocess.Popen", "os.mkdir", "os.remove", "os.rename", "os.fork"})


class Trace:
    """What happened while a module was imported."""

    def __init__(self, root: str) -> None:
        self._root = os.path.join(os.path.realpath(root), "")
        self.module = ""
        self.found: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """The audit hook."""
        if not self.module:
            return
        if event in NETWORK:
            self.found.append(f"{self.module}: {event}")
            raise ConnectionError(f"{event} while {self.module} is imported")
        is_write = event == "open" and _writes(arguments)
        if (is_write or event in OURS_ONLY) and self._is_ours(sys._getframe(1)):
            self.found.append(f"{self.module}: {event} {arguments[0]!r}")

    def _is_ours(self, frame: FrameType | None) -> bool:
        """Whether the nearest frame outside the standard library is one of the project's."""
        while frame is not None:
            file = frame.f_code.co_filename
            if "site-packages" in file or file.startswith("<frozen importlib"):
                return False
            if file.startswith(self._root):
                return True
            frame = frame.f_back
        return False


def _writes(arguments: tuple[object, ...]) -> bool:
    _, mode, flags = (*arguments, None, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wxa+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def main(root: str, modules: list[str]) -> None:
    """Import each module, then print the findings and the top-level packages that are loaded."""
    trace = Trace(root)
    sys.addaudithook(trace)
    for module in modules:
        trace.module = module
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - an import that fails is a finding
            trace.found.append(f"{module}: {type(error).__name__}: {error}")
    trace.module = ""
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    print(json.dumps({"found": trace.found, "loaded": loaded}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
