"""Whether the reference engine can be run here: Node, and the package that tools/oracle pins."""

import shutil
from pathlib import Path
from typing import Final

from services.embedded.layout import CHECKOUT

FOLDER: Final = CHECKOUT / "tools" / "oracle"
SCRIPT: Final = FOLDER / "play.js"
INSTALL: Final = "(cd tools/oracle && npm install --no-package-lock --ignore-scripts --omit=optional)"


def missing_of_oracle(folder: Path = FOLDER) -> str:
    """What keeps the reference engine from running, with the remedy; empty when nothing does."""
    if shutil.which("node") is None:
        return f"apt-get install nodejs npm, then {INSTALL}"
    if not (folder / "node_modules" / "pokemon-showdown" / "package.json").is_file():
        return INSTALL
    return ""
