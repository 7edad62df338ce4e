"""`dex replay` that is killed from within, in the middle of a partition.

A worker is made by spawn and reads this module again, so that its checkpoints meet the knife too.
"""

import os
import signal
import threading

from services.cli.app import main
from services.cli.replay import counting
from services.cli.replay.cells import Checkpoint, PartitionFiles

KILLED_AT_CHECKPOINT = 20
_keep = PartitionFiles.save
_kept = 0


def _keep_and_die(files: PartitionFiles, checkpoint: Checkpoint) -> None:
    global _kept
    _keep(files, checkpoint)
    _kept += 1
    if _kept == KILLED_AT_CHECKPOINT:
        os.kill(os.getppid(), signal.SIGKILL)
        threading.Event().wait()  # a worker dies with its parent


counting.CHECKPOINT_SECONDS = 0.0  # type: ignore[misc]
PartitionFiles.save = _keep_and_die  # type: ignore[method-assign, assignment]

if __name__ == "__main__":
    main()
