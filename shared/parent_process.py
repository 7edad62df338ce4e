"""A process that only works for its parent ends with it."""

import os
import threading
import time
from typing import Final

LOOK_SECONDS: Final = 0.2


def end_with(parent: int) -> None:
    """End this process soon after `parent`, which must be the one that started it, is gone.

    `parent` comes from the parent itself: who asks for it here may be too late.
    """
    threading.Thread(target=_watch, args=(parent,), name="end with the parent", daemon=True).start()


def _watch(parent: int) -> None:
    """A parent that was killed says nothing; what it would have waited for is not wanted any more."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
