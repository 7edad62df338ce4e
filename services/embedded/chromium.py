"""Which browser page tests use."""

import os
import shutil
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Path of a Chromium (`PDX_CHROMIUM`, else on PATH); None when there is none."""
    return os.environ.get("PDX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
